import { findRoles } from '../domain/approval-rule.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { ChaosError, toChaosError } from '../domain/chaos-error.ts';
import type { Freeze, Puller } from '../domain/freeze.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Origin, Via } from '../domain/run-event.ts';
import type { Phase } from '../domain/run.ts';
import { findStanding, type StandingDeps } from './find-standing.ts';
import type { Clock, FreezeStore } from './ports.ts';
import { stopRun, type StopDeps } from './stop-run.ts';
import type { FreezeOutcome, FreezeRequest } from './use-cases.ts';

export type FreezeDeps = StopDeps &
  StandingDeps & {
    readonly catalogue: Catalogue;
    readonly freezes: FreezeStore;
    readonly clock: Clock;
  };

const open: readonly Phase[] = ['proposed', 'approved', 'baseline', 'inject', 'observe', 'recover'];

/**
 * The kill switch: nothing is approved or started any more, and then every run is stopped. In this order nothing slips through: what was approved before the
 * freeze was committed is among the runs that are stopped, and after it nothing is.
 */
export async function freeze(request: FreezeRequest, deps: FreezeDeps): Promise<FreezeOutcome> {
  const { by, reason } = request;
  // What this process conducts does not wait for the database.
  deps.active.stopAll();
  const asked = { at: deps.clock.now(), by: toPuller(by), ...(reason ? { reason } : {}) };
  const frozen = await deps.freezes.freeze(asked).catch((error: unknown) => toChaosError(error));
  if (!(frozen instanceof ChaosError)) deps.announcer.freezeChanged(frozen);
  else deps.log.error({ error: frozen }, 'The freeze could not be recorded.');
  const stopped = await stopRun(toStop(request), deps);
  if (frozen instanceof ChaosError) return { kind: 'not-recorded', stopped };
  await showOpenRuns(deps);
  return { kind: 'frozen', freeze: frozen, stopped };
}

/** Ends a freeze, for those who may approve by the rule for all. Rejects with `not-entitled`, or `membership-unknown`. Undefined when there was none. */
export async function unfreeze(
  { by, origin }: { readonly by: Person; readonly origin: Origin },
  deps: FreezeDeps,
): Promise<Freeze | undefined> {
  const { rule } = deps.catalogue.approvals;
  const standing = await findStanding(by, { roles: rule.roles, origin }, deps);
  if (findRoles(rule, standing).length === 0) throw notEntitled();
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
