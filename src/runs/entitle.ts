import { mayDo, type Access, type BrokenRule, type Deed } from '../domain/access.ts';
import { findRoles, type ApproverRole, type Standing } from '../domain/approval-rule.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import type { RunId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Run } from '../domain/run.ts';
import { findStanding, type StandingDeps } from './find-standing.ts';
import { settleWithin } from '../time/settle-within.ts';

export type EntitleDeps = StandingDeps & { readonly catalogue: Catalogue };

/** How long an answer waits to learn whose titles it may show. */
const visibleLimitMs = 1_000;

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
  if (!visible) throw notEntitled(`see ${run.id}`, findRules(toWhere(run), deps.catalogue), 'see');
}

/** Runs as one person may be told of them: those they may see, and of the others the ids alone. */
export type SortedRuns = { readonly runs: readonly Run[]; readonly hidden: readonly RunId[] };

/** Sorts runs by whether somebody may see them; waits a moment at most and hides what cannot be told by then. Never rejects. */
export async function sortVisible(
  by: Person,
  runs: readonly Run[],
  deps: EntitleDeps,
): Promise<SortedRuns> {
  const kept = runs.filter((run) => isKept('see', run, deps.catalogue) && !isTheirs(run, by));
  if (kept.length === 0) return { runs, hidden: [] };
  const found = findVisible(by, kept, deps);
  const seen = (await settleWithin(visibleLimitMs, found).catch(() => undefined)) ?? [];
  const hidden = kept.filter((run) => !seen.includes(run)).map(({ id }) => id);
  return { runs: runs.filter(({ id }) => !hidden.includes(id)), hidden };
}

/** Whether a rule keeps a deed from somebody; `unknown` when the directory does not say. */
export type StopFinding = 'allowed' | 'unknown' | BrokenRule;

/** Judges whether somebody may stop a run. Never rejects. */
export type StopJudge = (run: Run) => Promise<StopFinding>;

/** Creates the judge of one request to stop: whoever proposed or approved a run may stop it, and the directory is asked about others only. */
export function createStopJudge(by: Person, deps: EntitleDeps): StopJudge {
  const asked = new Map<string, Promise<StopFinding>>();
  return (run) => {
    if (isTheirs(run, by) || !isKept('stop', run, deps.catalogue))
      return Promise.resolve('allowed');
    const where = toWhere(run);
    const key = JSON.stringify(where);
    const finding = asked.get(key) ?? judgeStop(by, where, deps);
    asked.set(key, finding);
    return finding;
  };
}

async function judgeStop(by: Person, where: Where, deps: EntitleDeps): Promise<StopFinding> {
  try {
    const rules = findRules(where, deps.catalogue);
    const standing = await askStanding('stop', by, { rules, ...deps });
    return findBroken('stop', standing, where, deps.catalogue) ?? 'allowed';
  } catch {
    return 'unknown';
  }
}

function findBroken(
  deed: Deed,
  standing: Standing,
  where: Where,
  catalogue: Catalogue,
): BrokenRule | undefined {
  const broken = listRules(where, catalogue).find(({ rule }) => !mayDo(deed, standing, [rule]));
  return (
    broken && {
      scope: broken.scope,
      roles: (broken.rule[deed] ?? []).map(({ name }) => name),
    }
  );
}

/** Rejects with `not-entitled`, quoting nothing of the run, somebody who may neither see a run nor decide on it. */
export async function requireDecider(
  run: Run,
  standing: Standing,
  deps: EntitleDeps,
): Promise<void> {
  const { by } = standing;
  if (isTheirs(run, by) || !isKept('see', run, deps.catalogue)) return;
  if (findRoles(run.proposal.approvalRule, standing).length > 0) return;
  await requireReader(by, run, deps);
}

function isKept(deed: Deed, run: Run, catalogue: Catalogue): boolean {
  return findRules(toWhere(run), catalogue).some(({ [deed]: roles }) => roles !== undefined);
}

function isTheirs({ proposal, approvals }: Run, { id }: Person): boolean {
  return proposal.proposer.id === id || approvals.some(({ by }) => by.id === id);
}

function toWhere({ proposal }: Run): Where {
  return { experiment: proposal.experiment, cluster: proposal.cluster.name };
}

function listRules(
  { experiment, cluster }: Where,
  { access, clusters, experiments }: Catalogue,
): readonly { readonly scope: BrokenRule['scope']; readonly rule: Access }[] {
  const rules = [
    ['all', access],
    ['cluster', clusters.find(({ name }) => name === cluster)?.access],
    ['experiment', experiments.find(({ name }) => name === experiment)?.access],
  ] as const;
  return rules.flatMap(([scope, rule]) => (rule ? [{ scope, rule }] : []));
}

function findRules(where: Where, catalogue: Catalogue): readonly Access[] {
  return listRules(where, catalogue).map(({ rule }) => rule);
}

function allRules({ access, clusters, experiments }: Catalogue): readonly Access[] {
  return [access, ...[...clusters, ...experiments].map((entry) => entry.access)].filter(
    (one) => one !== undefined,
  );
}

/** Whether any rule keeps a deed from anybody, on any cluster and for any experiment. */
export function isRestricted(deed: Deed, catalogue: Catalogue): boolean {
  return allRules(catalogue).some(({ [deed]: roles }) => roles !== undefined);
}

function askStanding(
  deed: Deed,
  by: Person,
  { rules, ...deps }: StandingDeps & { readonly rules: readonly Access[] },
): Promise<Standing> {
  return findStanding(by, { roles: rules.flatMap(({ [deed]: roles }) => roles ?? []) }, deps);
}

/** The rejection of somebody who may not withdraw a proposal. */
export function mayNotWithdraw(runId: RunId, { roles }: BrokenRule): ChaosError {
  return new ChaosError('not-entitled', `You don't have permission to withdraw ${runId}.`, {
    suggestion: `Ask its proposer, or one of ${roles.join(' or ')}.`,
  });
}

function notEntitled(what: string, rules: readonly Access[], deed: Deed = 'propose'): ChaosError {
  const names = (roles: readonly ApproverRole[]) => roles.map(({ name }) => name).join(' or ');
  const needed = rules.flatMap(({ [deed]: roles }) => (roles ? [names(roles)] : []));
  const allowed = [...new Set(needed)].join(', and of ');
  return new ChaosError('not-entitled', `You don't have permission to ${what}.`, {
    suggestion: `Ask somebody of ${allowed}.`,
  });
}
