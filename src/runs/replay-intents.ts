import { toChaosError } from '../domain/chaos-error.ts';
import type { RunId } from '../domain/ids.ts';
import type { RunEvent } from '../domain/run-event.ts';
import { follows, mayHaveFault, type Phase, type Run } from '../domain/run.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { Announcer } from './ports/announcer.ts';
import type { ClaimStore } from './ports/claim-store.ts';
import type { FreezeStore } from './ports/freeze-store.ts';
import type {
  FailureIntent,
  FreezeIntent,
  IntentLog,
  KeptIntent,
  StopIntent,
  TripIntent,
} from './ports/intent-log.ts';
import type { Log } from './ports/log.ts';
import { toKeptFailure } from './early-end.ts';
import { toKeptEvidence } from './fault-evidence.ts';
import { record, type RecordDeps } from './record.ts';
import { toStopCameLate, toStopRequested } from './stop/to-stop-requested.ts';

export type ReplayIntentsDeps = RecordDeps & {
  readonly intents: IntentLog;
  readonly freezes: FreezeStore;
  readonly claims: Pick<ClaimStore, 'isNewest'>;
  readonly announcer: Pick<Announcer, 'freezeChanged'>;
  readonly active: Pick<ActiveRuns, 'unrecordedFreeze'>;
  readonly log: Log;
};

/**
 * Creates the step that writes down what people, guards and the bot itself did while the database was away, in the order in which they did it. Doing it twice
 * changes nothing, also when this process is killed in between or another one does the same. Rejects with `store-unavailable`; everything else is logged and tried again.
 */
export function createIntentReplay(deps: ReplayIntentsDeps): () => Promise<void> {
  let going: Promise<void> | undefined;
  return () =>
    (going ??= replayAll(deps).finally(() => {
      going = undefined;
    }));
}

async function replayAll(deps: ReplayIntentsDeps): Promise<void> {
  for (const intent of await deps.intents.list()) {
    try {
      const isKept = (await replay(intent, deps)) === 'kept';
      if (!isKept) await deps.intents.settle(intent.id);
    } catch (thrown) {
      const error = toChaosError(thrown);
      if (error.code === 'store-unavailable') throw error;
      deps.log.error(
        { error, kind: intent.kind, id: intent.id },
        'What was asked for while the database was away could not be recorded.',
      );
    }
  }
}

function replay(intent: KeptIntent, deps: ReplayIntentsDeps): Promise<void | 'kept'> {
  switch (intent.kind) {
    case 'freeze':
      return replayFreeze(intent, deps);
    case 'stop':
      return replayStop(intent, deps);
    case 'trip':
      return replayTrip(intent, deps);
    case 'failure':
      return replayFailure(intent, deps);
  }
}

async function replayFreeze({ freeze }: FreezeIntent, deps: ReplayIntentsDeps): Promise<void> {
  const recorded = await deps.freezes.freezeLate(freeze);
  if (recorded) deps.announcer.freezeChanged(recorded);
  else deps.log.info({ at: freeze.at }, 'A freeze is recorded already, or was lifted since.');
  if (deps.active.unrecordedFreeze?.at === freeze.at) deps.active.unrecordedFreeze = undefined;
}

const conducted: readonly Phase[] = ['approved', 'baseline', 'inject', 'observe', 'recover'];

async function replayStop(intent: StopIntent, deps: ReplayIntentsDeps): Promise<void> {
  const ids = new Set(intent.runIds);
  if (intent.scope === 'everything')
    for (const run of await deps.runs.list({ phases: conducted }))
      if (wasApprovedBy(run, intent.at)) ids.add(run.id);
  for (const id of ids) await replayStopOf(id, intent, deps);
}

/** As `ActiveRuns.stopAll` has it: what was approved after a stop is not stopped by it. */
function wasApprovedBy({ approvals }: Run, at: number): boolean {
  return approvals.every((approval) => approval.at <= at);
}

async function replayStopOf(
  runId: RunId,
  intent: StopIntent,
  deps: ReplayIntentsDeps,
): Promise<void> {
  const found = await deps.runs.find(runId);
  if (!found) return deps.log.warn({ runId }, 'A stop names no run that is recorded.');
  const { run, outcome } = await record<'recorded' | 'known' | 'late'>(
    runId,
    (current, { now }) => {
      const events = toLateStop(current, intent, now);
      if (events.length > 0) return { events, outcome: 'recorded' };
      return { events, outcome: current.stop ? 'known' : 'late' };
    },
    deps,
  );
  const facts = { runId, saidAt: intent.at, phase: run.phase };
  if (outcome === 'recorded')
    deps.log.info(facts, 'A stop that was said while the database was away is recorded.');
  if (outcome === 'late')
    deps.log.warn(facts, 'A stop that was said while the database was away changes nothing now.');
}

/**
 * Records a guard that ended a fault whose run is not judged yet. The file stays until the run has the request to Azure as well: the conductor on this disk
 * takes its time from the file.
 */
async function replayTrip(intent: TripIntent, deps: ReplayIntentsDeps): Promise<void | 'kept'> {
  const { runId, trip, endAskedAt, evidence } = intent;
  const found = await deps.runs.find(runId);
  if (!found)
    return deps.log.warn({ runId }, 'A guard that tripped names no run that is recorded.');
  if (await isTakenOver(intent, deps)) return mayHaveFault(found) ? 'kept' : undefined;
  const toEvents = (current: Run): RunEvent[] => {
    const event = { type: 'guard-tripped', trip } as const;
    const isKnown = current.trip ?? current.lateTrip ?? current.failure;
    const isStopped = current.stop !== undefined && current.stop.at <= trip.at;
    const isLate = !mayHaveFault(current) || !follows(current, event);
    const none = isKnown ?? (isStopped || isLate);
    return none ? [] : [...toKeptEvidence(current, evidence), event];
  };
  const decide = (current: Run) => ({ events: toEvents(current), outcome: undefined });
  const { run } = await record(runId, decide, deps);
  // By the database's clock it may be older.
  const isWritten = run.trip !== undefined && run.trip.at <= trip.at && mayHaveFault(run);
  const isDated = endAskedAt === undefined || run.cancelRequestedAt !== undefined;
  return isWritten && !isDated ? 'kept' : undefined;
}

/** Records why a fault was ended without the database, where nothing else ended it and its run is not judged yet. */
async function replayFailure(
  intent: FailureIntent,
  deps: ReplayIntentsDeps,
): Promise<void | 'kept'> {
  const { runId } = intent;
  const found = await deps.runs.find(runId);
  if (!found) return deps.log.warn({ runId }, 'A failure names no run that is recorded.');
  if (await isTakenOver(intent, deps)) return mayHaveFault(found) ? 'kept' : undefined;
  const decide = (run: Run) => ({ events: toKeptFailure(run, intent), outcome: undefined });
  await record(runId, decide, deps);
}

/**
 * Whether a process has taken the run over since. If it was this one, it goes by what is kept, and keeps it for its own claim; if another one, what a process
 * saw that was cut off may have been its own trouble.
 */
async function isTakenOver(
  { runId, epoch }: TripIntent | FailureIntent,
  { claims }: ReplayIntentsDeps,
): Promise<boolean> {
  return epoch !== undefined && !(await claims.isNewest({ runId, epoch }));
}

/** Nothing follows the end of a run. A fault that was over by then was not ended by this stop, and a proposal had none. */
function toLateStop(run: Run, { by, via, at }: StopIntent, now: number): RunEvent[] {
  const { phase, stop, faultEndedAt = Infinity } = run;
  const said = { by, via, at, isBlind: true } as const;
  if (at > faultEndedAt) return [...toStopCameLate(run, said, now)];
  if (stop || phase === 'proposed' || phase === 'ended') return [];
  return [toStopRequested(said, now)];
}
