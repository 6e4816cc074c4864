import { requireIntact } from '../domain/alteration.ts';
import type { CancelOutcome, RefusedOutcome } from '../domain/cancel-outcome.ts';
import { isClaimLost } from '../domain/claim-lost.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import { printDuration } from '../domain/duration.ts';
import { mayHaveFault, type Run } from '../domain/run.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { ExecutionSight } from './execution-sight.ts';
import type { Announcer } from './ports/announcer.ts';
import type { CheckpointStore } from './ports/checkpoint-store.ts';
import type { HeldClaim } from './held-claim.ts';
import { claimLastsMs, type ClaimStore } from './ports/claim-store.ts';
import type { Entropy, MonotonicClock } from './ports/clock.ts';
import type { FaultGateway } from './ports/fault-gateway.ts';
import type { IntentLog, TripIntent } from './ports/intent-log.ts';
import type { Log } from './ports/log.ts';
import type { OutsideChecks } from './ports/outside-checks.ts';
import type { RunStore } from './ports/run-store.ts';
import { settleWithin } from '../time/settle-within.ts';
import type { MonitorDeps, RunMonitor } from './run-monitor.ts';

/** What conducting a run needs of the outside. */
export type ConductDeps = MonitorDeps & {
  readonly runs: RunStore;
  readonly checkpoints: CheckpointStore;
  readonly faults: FaultGateway;
  readonly checks: OutsideChecks;
  readonly announcer: Announcer;
  readonly entropy: Entropy;
  readonly active: ActiveRuns;
  readonly claims: ClaimStore;
  readonly intents: IntentLog;
  readonly clock: MonotonicClock;
  readonly log: Log;
};

/** What each phase works with. */
export type ConductContext = {
  /** Bound to the claim: nothing of it has an effect once the claim is lost. */
  readonly deps: ConductDeps;
  readonly claim: HeldClaim;
  readonly monitor: RunMonitor;
  /** Whether it can be read how the execution stands. */
  readonly execution: ExecutionSight;
  /** The run as it was last read or committed: all there is to go by when the journal is out of reach. */
  readonly known: { run: Run };
  readonly alarmed: {
    /** What Azure says to the end of the fault, where the journal does not have it yet: taken by whoever records it. */
    pendingCancel?: Promise<CancelOutcome>;
    /** Azure's last refusal to end the fault, where the journal does not have it yet. */
    refused?: RefusedOutcome;
    /** What is kept outside of the database of the trip of a guard; `at`: of its file. */
    filed?: Pick<TripIntent, 'at' | 'endAskedAt'>;
  };
  /** What is being written to the database now. */
  readonly writing: Set<Written>;
  /** What waits for the database: since when, and when it was tried last, by the monotonic clock. */
  readonly unwritten: Map<Written, { readonly since: number; readonly triedAt: number }>;
  /** Aborts when somebody stops the run in this process. */
  readonly stopped: AbortSignal;
  /** Aborts when this process ends: the run goes on elsewhere or after the restart. */
  readonly draining: AbortSignal;
};

/** What is written beside the looks at a run. */
export type Written =
  'checkpoint' | 'execution' | 'beginning-of-fault' | 'end-of-fault' | 'evidence';

/** Thrown out of a phase when this process ends, so that the job is taken again. */
export class Drained extends Error {
  constructor() {
    super('This process is ending; the run goes on after the restart.');
    this.name = 'Drained';
  }
}

/** How often a run is looked at. */
export const tickMs = 1_000;
/** A checkpoint every so many ticks: what a crash may cost of the measurement. */
const ticksPerCheckpoint = 2;
/** A tick waits this long for the database. */
const storeLimitMs = 1_000;
/** With a fault active and the journal out of reach for this long, the fault is ended: a run that cannot be recorded is lost sight of. */
export const storeSilenceLimitMs = 15_000;

/**
 * Writes without holding up guards or a stop: waits a second at most, and begins nothing while an earlier write of the kind is still under way, as it is
 * while the database hangs. What was not written is found again at the next tick.
 */
export async function writeSoon(
  what: Written,
  { writing }: Pick<ConductContext, 'writing'>,
  write: () => Promise<unknown>,
): Promise<void> {
  if (writing.has(what)) return;
  writing.add(what);
  await settleWithin(
    storeLimitMs,
    write().finally(() => writing.delete(what)),
  );
}

/** One look of a phase at its run. */
export type Tick = { readonly run: Run; readonly count: number };

type Ticking = {
  /** The next look is not waited for once this is aborted. */
  readonly hastened?: AbortSignal;
  /** The record of the run need not be what was written: nothing is approved, started or judged by it here. */
  readonly mayBeAltered?: boolean;
};

/**
 * Calls `onTick` each second until it says what the phase came to. Before each call the run is read anew, so that a stop from any
 * replica is seen, and what was measured is shown and, now and then, kept. Throws `record-altered` when the database's record of the
 * run is not what was written, and `claim-lost` when another process has taken the run over. After this process stood still nothing is done before the
 * database has said that none has, for as long as a silent database is borne.
 */
export async function everyTick<Result>(
  run: Run,
  context: ConductContext,
  onTick: (tick: Tick) => Promise<{ done: Result } | { endsAt?: number; note?: string }>,
  { hastened, mayBeAltered = false }: Ticking = {},
): Promise<Result> {
  const { deps, monitor, claim, draining } = context;
  let [current, readAt] = [run, deps.clock.monotonicMs()];
  let heeded = monitor.alarm.aborted;
  let isInDoubt = false;
  for (let count = 0; ; count += 1) {
    if (draining.aborted) throw new Drained();
    claim.requireHeld();
    // A guard that has just tripped does not wait for the database.
    const isAlarmed = monitor.alarm.aborted && !heeded;
    heeded ||= isAlarmed;
    const fresh = isAlarmed && !isInDoubt ? undefined : await readAgain(run, context);
    claim.requireHeld();
    isInDoubt &&= !claim.isFresh;
    if (fresh) current = fresh;
    if (fresh && !isInDoubt) readAt = deps.clock.monotonicMs();
    // An altered journal may no longer tell of the fault.
    if (current.alteration?.kind !== 'journal') know(current, context);
    // One that is being ended for this already goes on to its end.
    if (!current.failure && !mayBeAltered) requireIntact(current);
    if (deps.clock.monotonicMs() - readAt > storeSilenceLimitMs)
      throw storeSilent('could not be reached');
    if (!isInDoubt) {
      const outcome = await onTick({ run: current, count });
      if ('done' in outcome) return outcome.done;
      show(current, outcome, context);
      // With nothing known yet there is nothing to go on with.
      if (count % ticksPerCheckpoint === 1 && monitor.knownUntil > 0)
        await keepMeasured(current, context);
    }
    if (await stoodStill(context, hastened)) [isInDoubt, readAt] = [true, deps.clock.monotonicMs()];
  }
}

/** Waits for the next tick. Returns whether this process stood still meanwhile, for so long that another may have taken the run over. */
async function stoodStill(
  { deps, monitor, claim, draining, stopped }: ConductContext,
  hastened: AbortSignal = stopped,
): Promise<boolean> {
  const from = deps.clock.monotonicMs();
  const hastening = [stopped, hastened, monitor.alarm, claim.lost].filter(
    ({ aborted }) => !aborted,
  );
  await deps.clock.sleep(tickMs, AbortSignal.any([draining, ...hastening]));
  return deps.clock.monotonicMs() - from > claimLastsMs;
}

/** The run as it is now, with the claim asked about as well; undefined while the database refuses or hangs, which must not hold up a guard or a stop. */
async function readAgain(run: Run, { deps, claim }: ConductContext): Promise<Run | undefined> {
  const read = deps.runs.find(run.id).catch(() => undefined);
  const [found] = await Promise.all([settleWithin(storeLimitMs, read), claim.ask()]);
  return found;
}

/** Keeps how a run stands, for what must not wait for the database. */
export function know(run: Run, { deps, known }: Pick<ConductContext, 'deps' | 'known'>): void {
  known.run = run;
  deps.active.update(run);
}

function show(
  run: Run,
  shown: { endsAt?: number; note?: string },
  { deps, monitor, execution }: ConductContext,
): void {
  const unread = mayHaveFault(run) ? execution.toTell : undefined;
  const progress = monitor.progress(run.phase, { ...shown, ...(unread ? { unread } : {}) });
  deps.active.saw(run.id, progress);
  deps.announcer.progressed(run, progress);
}

/** Keeps what was measured until now, to go on with after a restart. */
export function keepMeasured(run: Run, context: ConductContext): Promise<void> {
  return writeSoon('checkpoint', context, () => keepCheckpoint(run, context));
}

/** Keeps what was measured until now. Returns whether the database has it; never rejects. */
export async function keepCheckpoint(
  run: Run,
  { monitor, execution, deps }: Pick<ConductContext, 'monitor' | 'execution' | 'deps'>,
): Promise<boolean> {
  const { overSince } = execution;
  const checkpoint = {
    ...monitor.checkpoint(run.phase),
    ...(overSince === undefined ? {} : { overSince }),
  };
  await settleWithin(storeLimitMs, monitor.keepSamples());
  try {
    await deps.checkpoints.save(run.id, checkpoint);
    return true;
  } catch (error) {
    if (!isClaimLost(error))
      deps.log.warn({ runId: run.id, error }, 'The checkpoint could not be kept.');
    return false;
  }
}

/** That the database was away for too long to go on, or refused an entry for as long (`took no entry`). */
export function storeSilent(how: 'could not be reached' | 'took no entry'): ChaosError {
  return new ChaosError(
    'store-unavailable',
    `The database ${how} for ${printDuration(storeSilenceLimitMs)} while the run was conducted.`,
    { suggestion: 'Find out why the database was away, then propose the experiment again.' },
  );
}

/** Whether somebody has asked this run to stop, here or on another replica. */
export function isStopping(run: Run, { stopped }: ConductContext): boolean {
  return stopped.aborted || run.stop !== undefined;
}
