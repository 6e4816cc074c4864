import { standsFor, type ApproverRole, type Standing } from './approval-rule.ts';

/** What can be kept to some: proposing runs, stopping them, reading of them. */
export type Deed = 'propose' | 'stop' | 'see';

/** For each deed the roles of which one is needed. A deed that is absent is everybody's. */
export type Access = Readonly<Partial<Record<Deed, readonly ApproverRole[]>>>;

/** Whether somebody stands for a role that each of these rules asks for: a rule can narrow what another allows, never widen it. */
export function mayDo(deed: Deed, standing: Standing, rules: readonly Access[]): boolean {
  return rules.every(
    ({ [deed]: roles }) => roles?.some((role) => standsFor(role, standing)) ?? true,
  );
}

/** A rule of chaos.yaml that keeps somebody from a deed: where it stands, and the names of the roles it asks for. */
export type BrokenRule = {
  readonly scope: 'all' | 'cluster' | 'experiment';
  readonly roles: readonly string[];
};
