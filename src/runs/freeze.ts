import { findRoles } from '../domain/approval-rule.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { ChaosError, toChaosError } from '../domain/chaos-error.ts';
import type { Freeze, Puller } from '../domain/freeze.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Origin, Via } from '../domain/run-event.ts';
import type { Phase } from '../domain/run.ts';
import { databaseSilent } from './database-silent.ts';
import { findStanding, type StandingDeps } from './find-standing.ts';
import type { Clock } from './ports/clock.ts';
import type { FreezeStore } from './ports/freeze-store.ts';
import { settleWithin } from '../time/settle-within.ts';
import { keepIntent } from './stop/keep-intent.ts';
import { finishStop, stopHere, type StopDeps } from './stop/stop-run.ts';
import type { FreezeOutcome, FreezeRequest } from './use-cases.ts';

export type FreezeDeps = Omit<StopDeps, 'judge'> &
  StandingDeps & {
    readonly catalogue: Catalogue;
    readonly freezes: FreezeStore;
    readonly clock: Clock;
  };

/** Approvals take the same lock: a commit may have to wait for some of them. */
const commitLimitMs = 2_000;
const showLimitMs = 1_000;

const open: readonly Phase[] = ['proposed', 'approved', 'baseline', 'inject', 'observe', 'recover'];

/**
 * The kill switch: nothing is approved or started any more, and then every run is stopped. In this order nothing slips through: what was approved before the
 * freeze was committed is among the runs that are stopped, and after it nothing is.
 */
export async function freeze(request: FreezeRequest, deps: FreezeDeps): Promise<FreezeOutcome> {
  const { by, reason } = request;
  const at = deps.clock.now();
  const stop = { ...toStop(request), at };
  // What this process conducts waits for no database.
  deps.active.stopAll(stop);
  const here = stopHere(stop, deps);
  const asked = { at, by: toPuller(by), ...(reason ? { reason } : {}) };
  const frozen = await commit(asked, deps);
  const keeping = frozen instanceof ChaosError ? remember(asked, frozen, deps) : undefined;
  if (!(frozen instanceof ChaosError)) deps.announcer.freezeChanged(frozen);
  // To freeze is everybody's.
  const stopped = await finishStop(stop, here, {
    ...deps,
    judge: () => Promise.resolve('allowed'),
  });
  if (frozen instanceof ChaosError)
    return { kind: 'not-recorded', isKept: (await keeping) === true, stopped };
  const shown = settleWithin(showLimitMs, showOpenRuns(deps));
  await shown.catch((error: unknown) =>
    deps.log.error({ error }, 'The cards of open runs could not be updated after a freeze.'),
  );
  return { kind: 'frozen', freeze: frozen, stopped };
}

/** Records the freeze, or gives why not; a database that hangs must not keep runs from being stopped. */
async function commit(asked: Freeze, { freezes }: FreezeDeps): Promise<Freeze | ChaosError> {
  try {
    return (await settleWithin(commitLimitMs, freezes.freeze(asked))) ?? databaseSilent(askAgain);
  } catch (error) {
    return toChaosError(error);
  }
}

/** Until the database has it, this process starts nothing. Returns whether the freeze survives the end of this process. */
function remember(asked: Freeze, error: ChaosError, deps: FreezeDeps): Promise<boolean> {
  deps.active.unrecordedFreeze = asked;
  deps.log.error({ error }, 'The freeze could not be recorded yet.');
  return keepIntent({ kind: 'freeze', freeze: asked }, deps);
}

const askAgain = 'Look at its log and its load, then say `freeze` again.';

/** Ends a freeze, for those who may approve by the rule for all. Rejects with `not-entitled`, or `membership-unknown`. Undefined when there was none. */
export async function unfreeze(
  { by, origin }: { readonly by: Person; readonly origin: Origin },
  deps: FreezeDeps,
): Promise<Freeze | undefined> {
  const { rule } = deps.catalogue.approvals;
  const standing = await findStanding(by, { roles: rule.roles, origin }, deps);
  if (findRoles(rule, standing).length === 0) throw notEntitled();
  // One that is not recorded yet is recorded before its end.
  const asked = deps.active.unrecordedFreeze;
  if (asked) await deps.freezes.freezeLate(asked);
  deps.active.unrecordedFreeze = undefined;
  const lifted = await deps.freezes.unfreeze({ at: deps.clock.now(), by: toPuller(by) });
  deps.announcer.freezeChanged(undefined);
  await showOpenRuns(deps);
  return lifted;
}

async function showOpenRuns({ runs, announcer }: FreezeDeps): Promise<void> {
  for (const run of await runs.list({ phases: open })) announcer.runChanged(run);
}

const tool = { id: 'tool' as ObjectId, tenantId: '' };

function toStop({ by, via }: FreezeRequest) {
  const person: Person = 'tenantId' in by ? by : { ...tool, ...by };
  const kind: Via['kind'] = via.kind;
  return { by: person, via: { ...via, kind }, all: true, keepProposals: true, conversationId: '' };
}

function toPuller({ id, name }: Puller): Puller {
  return { name, ...(id === undefined ? {} : { id }) };
}

function notEntitled(): ChaosError {
  return new ChaosError('not-entitled', 'Only those who may approve can unfreeze.', {
    suggestion: 'Ask one of the approvers of chaos.yaml.',
  });
}

/** Says why nothing can be proposed or approved now. */
export function toFrozenError({ by, reason }: Freeze): ChaosError {
  const why = reason === undefined ? '' : `: ${reason}`;
  return new ChaosError('frozen', `Everything is frozen by ${by.name}${why}.`, {
    suggestion: 'Somebody who may approve says `unfreeze` when it is over.',
  });
}
