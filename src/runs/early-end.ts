import { mayHaveBeenHeard, type CancelOutcome } from '../domain/cancel-outcome.ts';
import type { ChaosError } from '../domain/chaos-error.ts';
import type { FaultEvidence } from '../domain/injection.ts';
import type { RunEvent } from '../domain/run-event.ts';
import { follows, mayHaveFault, type Run } from '../domain/run.ts';
import { settleWithin } from '../time/settle-within.ts';
import {
  isStopping,
  keepCheckpoint,
  type ConductContext,
  type ConductDeps,
} from './conduct-context.ts';
import { askToEndFault } from './end-fault.ts';
import { findUnrecorded, toKeptEvidence } from './fault-evidence.ts';
import type { Claim } from './ports/claim-store.ts';
import type { FailureIntent, TripIntent } from './ports/intent-log.ts';
import { keepIntent } from './stop/keep-intent.ts';

/** Asks Azure to end the fault of a run that is conducted, and remembers when, and why, until the journal has it. */
export async function askForEnd(run: Run, context: ConductContext): Promise<CancelOutcome> {
  const { deps, monitor, alarmed } = context;
  const { guardAlarm } = monitor;
  const isFirst = guardAlarm.endAskedAt === undefined;
  guardAlarm.endAskedAt ??= deps.clock.now();
  const asking = askToEndFault(withRefusal(run, context), deps);
  // The request has left: it does not wait for this.
  if (isFirst) void keepTrip(run, context);
  const outcome = await asking;
  if (isFirst) {
    if (isWithoutEffect(outcome)) guardAlarm.endAskedAt = undefined;
    void correctTrip(run, context);
  }
  if (outcome.kind === 'accepted') delete alarmed.refused;
  if (outcome.kind === 'refused') alarmed.refused = outcome;
  return outcome;
}

/** The run with Azure's last refusal, also where the journal does not have it yet: people who were told of it are told when Azure accepts. */
function withRefusal(run: Run, { alarmed, deps }: ConductContext): Run {
  const { refused } = alarmed;
  if (!refused) return run;
  return { ...run, refusedCancel: { ...refused.refusal, at: deps.clock.now() } };
}

/** A request that Azure did not answer may have ended the fault all the same. */
function isWithoutEffect(outcome: CancelOutcome): boolean {
  if (outcome.kind === 'refused') return !mayHaveBeenHeard(outcome.refusal);
  return outcome.kind !== 'accepted';
}

/** A kill of this process must not wait longer than this for the database. */
const keepLimitMs = 1_000;

/** Keeps a trip that the journal does not have yet from a kill of this process: in the checkpoint, or on the disk where the database takes none. Never rejects. */
export async function keepTrip(run: Run, context: ConductContext): Promise<void> {
  const { monitor, known, alarmed } = context;
  if (!monitor.guardAlarm.trip || known.run.trip || alarmed.filed) return;
  const isKept = await settleWithin(keepLimitMs, keepCheckpoint(run, context));
  if (isKept || known.run.trip || alarmed.filed) return;
  await fileTrip(run, context);
}

/** Keeps anew, on the disk, a trip that is kept there with another request than the one that counts: Azure refused that, or may have heard one since. */
async function correctTrip(run: Run, context: ConductContext): Promise<void> {
  const { filed } = context.alarmed;
  if (filed && filed.endAskedAt !== context.monitor.guardAlarm.endAskedAt)
    await fileTrip(run, context);
}

/** Files are listed by their times, so that one that corrects another is a little later. */
async function fileTrip(run: Run, context: ConductContext): Promise<void> {
  const { monitor, alarmed, deps, claim } = context;
  const { trip, endAskedAt } = monitor.guardAlarm.state();
  if (!trip) return;
  const asked = endAskedAt === undefined ? {} : { endAskedAt };
  const at = Math.max(trip.at, (alarmed.filed?.at ?? -Infinity) + 1);
  alarmed.filed = { at, ...asked };
  const kept = { kind: 'trip', ...claim.claim, at, trip, ...asked } as const;
  if (await keepIntent({ ...kept, ...toEvidence(run, context) }, deps))
    await forgetCorrected(kept, deps);
}

/** One that was corrected must not outlive its correction. */
async function forgetCorrected(
  { runId, epoch, at }: Claim & Pick<TripIntent, 'at'>,
  { intents }: Pick<ConductDeps, 'intents'>,
): Promise<void> {
  for (const intent of await intents.list()) {
    if (intent.kind !== 'trip' || intent.runId !== runId || intent.epoch !== epoch) continue;
    if (intent.at < at) await intents.settle(intent.id);
  }
}

/** Keeps on the disk why this process ends the fault of a run whose database is away, unless a guard or a person had done so. Never rejects. */
export async function keepFailure(
  run: Run,
  error: ChaosError,
  context: ConductContext,
): Promise<void> {
  const { deps, monitor, claim } = context;
  if (claim.lost.aborted || monitor.guardAlarm.trip || isEnding(run, context)) return;
  const { message, suggestion } = error;
  const at = deps.clock.now();
  const kept = { kind: 'failure', ...claim.claim, at, message, suggestion } as const;
  await keepIntent({ ...kept, ...toEvidence(run, context) }, deps);
}

/** What this process saw of the fault may be gone with it. */
function toEvidence(run: Run, context: ConductContext): { readonly evidence?: FaultEvidence } {
  const evidence = findUnrecorded(run, context);
  return evidence ? { evidence } : {};
}

/** What the process before this one, or this one, kept on the disk while the database took no entry. */
export type KeptEnd = { readonly trip?: TripIntent; readonly failure?: FailureIntent };

/**
 * Finds what ended the fault of a run without its database, and keeps it for this claim from here on. What was kept before another process conducted the run is
 * none: it may have been cut off, and what it saw its own trouble. Never rejects.
 */
export async function takeKeptEnd(
  { runId, epoch }: Claim,
  { intents, log }: Pick<ConductDeps, 'intents' | 'log'>,
): Promise<KeptEnd> {
  const found: { -readonly [Kind in keyof KeptEnd]: KeptEnd[Kind] } = {};
  for (const intent of await intents.list()) {
    if (intent.kind !== 'trip' && intent.kind !== 'failure') continue;
    if (intent.runId !== runId || (intent.epoch ?? epoch - 1) !== epoch - 1) continue;
    // A later one corrects the one before it.
    if (intent.kind === 'trip') found.trip = intent;
    else found.failure ??= intent;
    const { id, ...kept } = intent;
    if (await keepIntent({ ...kept, epoch }, { intents, log })) await intents.settle(id);
  }
  return found;
}

/** Returns what a kept failure adds to the journal of its run: nothing where the fault was over before it, or something else ended it. */
export function toKeptFailure(
  run: Run,
  { at, message, suggestion, evidence }: FailureIntent,
): readonly RunEvent[] {
  const event = { type: 'failed', message, suggestion, askedAt: at } as const;
  const cause = run.trip ?? run.lateTrip ?? run.stop ?? run.failure;
  return cause || !mayHaveFault(run) || !follows(run, event)
    ? []
    : [...toKeptEvidence(run, evidence), event];
}

/** Whether the fault is to be ended before its time: a guard tripped, a phase failed, or somebody said stop. */
export function isEnding(run: Run, context: ConductContext): boolean {
  return run.trip !== undefined || run.failure !== undefined || isStopping(run, context);
}
