import type { ObjectId } from './ids.ts';
import type { Approver, Person } from './person.ts';

/** A group of the organisation's directory (Entra); whoever is in it, also through other groups, counts. */
export type DirectoryGroup = { readonly id: ObjectId; readonly name: string };

/** What somebody stands for in an approval, such as the service's owner or on-call, and who does. */
export type ApproverRole = {
  readonly name: string;
  readonly people: readonly Approver[];
  readonly groups: readonly DirectoryGroup[];
  /** Whoever is a member of the conversation in which the run was proposed. */
  readonly channelMembers?: true;
};

/** How many different people must approve, and of which roles each must be represented among them. */
export type ApprovalRule = {
  readonly quorum: number;
  readonly roles: readonly ApproverRole[];
  /** How long after the last approval the run may begin. */
  readonly startWithinMs: number;
};

/** Somebody, with the groups that they were found in when they decided, and whether they were in the conversation. */
export type Standing = {
  readonly by: Person;
  readonly memberOf: readonly ObjectId[];
  readonly inChannel?: boolean;
};

/** The roles that somebody stands for. */
export function findRoles(rule: ApprovalRule, standing: Standing): ApproverRole[] {
  return rule.roles.filter((role) => standsFor(role, standing));
}

/** Whether somebody is among those whom a role names. */
export function standsFor(
  { people, groups, channelMembers }: ApproverRole,
  { by, memberOf, inChannel = false }: Standing,
): boolean {
  return (
    people.some(({ id }) => id === by.id) ||
    groups.some(({ id }) => memberOf.includes(id)) ||
    (channelMembers === true && inChannel)
  );
}

/** What is still missing: how many more people, and the roles of which nobody has approved. */
export type Missing = { readonly people: number; readonly roles: readonly string[] };

/** What a rule still asks for after these approvals; undefined when nothing. */
export function findMissing(
  rule: ApprovalRule,
  approvals: readonly Standing[],
): Missing | undefined {
  const people = new Set(approvals.map(({ by }) => by.id)).size;
  const present = new Set(
    approvals.flatMap((approval) => findRoles(rule, approval).map(({ name }) => name)),
  );
  const roles = rule.roles.map(({ name }) => name).filter((name) => !present.has(name));
  // One more person may stand for every missing role at once, but not for fewer than one.
  const more = Math.max(rule.quorum - people, roles.length > 0 ? 1 : 0);
  return more === 0 ? undefined : { people: more, roles };
}

/** Everybody whom a rule names, once. Members of groups are not known by name. */
export function listApprovers({ roles }: ApprovalRule): readonly Approver[] {
  const all = roles.flatMap(({ people }) => people);
  return all.filter(({ id }, index) => all.findIndex((other) => other.id === id) === index);
}

/** The groups that have to be looked up to know what somebody stands for. */
export function listGroupIds({ roles }: Pick<ApprovalRule, 'roles'>): readonly ObjectId[] {
  return [...new Set(roles.flatMap(({ groups }) => groups.map(({ id }) => id)))];
}

/** Two rules that both apply: the greater quorum, every role, the shorter time. */
export function joinRules(one: ApprovalRule, other: ApprovalRule): ApprovalRule {
  const names = new Set(one.roles.map(({ name }) => name));
  return {
    quorum: Math.max(one.quorum, other.quorum),
    roles: [...one.roles, ...other.roles.filter(({ name }) => !names.has(name))],
    startWithinMs: Math.min(one.startWithinMs, other.startWithinMs),
  };
}
