import { mayDo, type Access, type Deed } from '../domain/access.ts';
import type { ApproverRole, Standing } from '../domain/approval-rule.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import type { Person } from '../domain/person.ts';
import type { Run } from '../domain/run.ts';
import { findStanding, type StandingDeps } from './find-standing.ts';
import type { RunStore } from './ports.ts';
import type { StopRequest } from './use-cases.ts';

export type EntitleDeps = StandingDeps & { readonly catalogue: Catalogue };

/** What a right is about: the names of an experiment and of a cluster. */
type Where = { readonly experiment: string; readonly cluster: string };

/** Rejects with `not-entitled` somebody who may not propose this experiment on this cluster, and with `membership-unknown` when that cannot be told. */
export async function requireProposer(by: Person, where: Where, deps: EntitleDeps): Promise<void> {
  const rules = findRules(where, deps.catalogue);
  const standing = await askStanding('propose', by, { rules, ...deps });
  if (!mayDo('propose', standing, rules)) throw notEntitled('propose this experiment', rules);
}

/** Those of the runs that somebody may read of, in their order. Rejects with `membership-unknown` when that cannot be told. */
export async function findVisible(
  by: Person,
  runs: readonly Run[],
  deps: EntitleDeps,
): Promise<readonly Run[]> {
  const standing = await askStanding('see', by, { rules: allRules(deps.catalogue), ...deps });
  return runs.filter((run) => mayDo('see', standing, findRules(toWhere(run), deps.catalogue)));
}

/** Rejects with `not-entitled` somebody who may not read of this run. */
export async function requireReader(by: Person, run: Run, deps: EntitleDeps): Promise<void> {
  const [visible] = await findVisible(by, [run], deps);
  if (!visible)
    throw notEntitled(`read of ${run.id}`, findRules(toWhere(run), deps.catalogue), 'see');
}

/**
 * Rejects with `not-entitled` somebody who may not stop all that they ask for. Stop must always work: whoever proposed or approved a run may stop it, and where
 * the database or the directory does not answer, nobody is kept from it.
 */
export async function requireStopper(
  request: StopRequest,
  deps: EntitleDeps & { readonly runs: RunStore },
): Promise<void> {
  const rules = allRules(deps.catalogue);
  if (rules.every(({ stop }) => stop === undefined)) return;
  const asked = await Promise.all([
    askStanding('stop', request.by, { rules, ...deps }),
    findMeant(request, deps.runs),
  ]).catch(() => undefined);
  if (!asked) return;
  const [standing, runs] = asked;
  const denied = runs.find(
    (run) =>
      !isTheirs(run, request.by) &&
      !mayDo('stop', standing, findRules(toWhere(run), deps.catalogue)),
  );
  if (denied)
    throw notEntitled(`stop ${denied.id}`, findRules(toWhere(denied), deps.catalogue), 'stop');
}

async function findMeant({ runId, all, conversationId }: StopRequest, runs: RunStore) {
  if (runId) return [await runs.find(runId)].filter((run) => run !== undefined);
  const phases = ['proposed', 'approved', 'baseline', 'inject', 'observe', 'recover'] as const;
  return runs.list({ phases, ...(all ? {} : { conversationId }) });
}

function isTheirs({ proposal, approvals }: Run, { id }: Person): boolean {
  return proposal.proposer.id === id || approvals.some(({ by }) => by.id === id);
}

function toWhere({ proposal }: Run): Where {
  return { experiment: proposal.experiment, cluster: proposal.cluster.name };
}

function findRules({ experiment, cluster }: Where, catalogue: Catalogue): readonly Access[] {
  return [
    catalogue.access,
    catalogue.clusters.find(({ name }) => name === cluster)?.access,
    catalogue.experiments.find(({ name }) => name === experiment)?.access,
  ].filter((access) => access !== undefined);
}

function allRules({ access, clusters, experiments }: Catalogue): readonly Access[] {
  return [access, ...[...clusters, ...experiments].map((entry) => entry.access)].filter(
    (one) => one !== undefined,
  );
}

function askStanding(
  deed: Deed,
  by: Person,
  { rules, ...deps }: StandingDeps & { readonly rules: readonly Access[] },
): Promise<Standing> {
  return findStanding(by, { roles: rules.flatMap(({ [deed]: roles }) => roles ?? []) }, deps);
}

function notEntitled(what: string, rules: readonly Access[], deed: Deed = 'propose'): ChaosError {
  const names = (roles: readonly ApproverRole[]) => roles.map(({ name }) => name).join(' or ');
  const needed = rules.flatMap(({ [deed]: roles }) => (roles ? [names(roles)] : []));
  return new ChaosError('not-entitled', `You may not ${what}: chaos.yaml keeps that to some.`, {
    suggestion: `Ask somebody of ${[...new Set(needed)].join(', and of ')}.`,
  });
}
