import type { CancelOutcome } from '../domain/cancel-outcome.ts';
import type { RunId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import { settleWithin } from '../time/settle-within.ts';
import { keepCheckpoint, type ConductContext, type ConductDeps } from './conduct-context.ts';
import { askToEndFault } from './end-fault.ts';
import type { AlarmState } from './guard-alarm.ts';
import { keepIntent } from './stop/keep-intent.ts';

/** Asks Azure to end the fault of a run that is conducted, and remembers when, and why, until the journal has it. */
export async function askForEnd(run: Run, context: ConductContext): Promise<CancelOutcome> {
  const { deps, monitor } = context;
  const { guardAlarm } = monitor;
  const isFirst = guardAlarm.endAskedAt === undefined;
  guardAlarm.endAskedAt ??= deps.clock.now();
  const asking = askToEndFault(run, deps);
  // The request has left: it does not wait for this.
  if (isFirst) void keepTrip(run, context);
  const outcome = await asking;
  if (isFirst && isWithoutEffect(outcome)) guardAlarm.endAskedAt = undefined;
  return outcome;
}

/** A request that Azure did not answer may have ended the fault all the same. */
function isWithoutEffect(outcome: CancelOutcome): boolean {
  if (outcome.kind === 'refused') return outcome.refusal.status !== undefined;
  return outcome.kind !== 'accepted';
}

/** A kill of this process must not wait longer than this for the database. */
const keepLimitMs = 1_000;

/** Keeps a trip that the journal does not have yet from a kill of this process: in the checkpoint, or on the disk where the database takes none. Never rejects. */
export async function keepTrip(run: Run, context: ConductContext): Promise<void> {
  const { monitor, known, alarmed, deps } = context;
  const { trip, endAskedAt } = monitor.guardAlarm.state();
  if (!trip || known.run.trip || alarmed.isFiled) return;
  const isKept = await settleWithin(keepLimitMs, keepCheckpoint(run, context));
  if (isKept || known.run.trip || alarmed.isFiled) return;
  alarmed.isFiled = true;
  const asked = endAskedAt === undefined ? {} : { endAskedAt };
  await keepIntent({ kind: 'trip', runId: run.id, at: trip.at, trip, ...asked }, deps);
}

/** Finds a trip that the process before this one, or this one, kept on the disk while the database took no entry. Never rejects. */
export async function findKeptTrip(
  runId: RunId,
  { intents }: Pick<ConductDeps, 'intents'>,
): Promise<AlarmState | undefined> {
  for (const intent of await intents.list())
    if (intent.kind === 'trip' && intent.runId === runId) return intent;
  return undefined;
}
