import { toChaosError } from '../domain/chaos-error.ts';
import { phaseNotes } from '../domain/phase-notes.ts';
import type { RunEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import {
  everyTick,
  know,
  storeSilenceLimitMs,
  storeSilent,
  writeSoon,
  type ConductContext,
  type Written,
} from './conduct-context.ts';
import type { Decide } from './ports/run-store.ts';
import { record } from './record.ts';
import { toStopRequested } from './stop/to-stop-requested.ts';

/** Appends events to the run that `context` conducts. */
export function advance(
  run: Run,
  events: readonly RunEvent[],
  context: ConductContext,
): Promise<Run> {
  return advanceBy(run, () => ({ events, outcome: undefined }), context);
}

/** Appends what `decide` says of the run as it is when it is committed. */
export async function advanceBy(
  run: Run,
  decide: Decide<undefined>,
  { deps, known }: ConductContext,
): Promise<Run> {
  const asked = deps.active.unrecordedStop(run.id);
  const committed = await record(
    run.id,
    (current, state) => {
      const decision = decide(current, state);
      if (!asked || !isUnstopped(current)) return decision;
      return { ...decision, events: [toStopRequested(asked, state.now), ...decision.events] };
    },
    deps,
  );
  know(committed.run, { deps, known });
  return committed.run;
}

/** As `writeSoon`; what a database that is away refuses is found again as well. */
export async function writeUnlessAway(
  what: Written,
  context: ConductContext,
  write: () => Promise<unknown>,
): Promise<void> {
  await writeSoon(what, context, write).catch((error: unknown) => {
    if (toChaosError(error).code !== 'store-unavailable') throw error;
    const { deps, known } = context;
    deps.log.warn({ runId: known.run.id, error }, 'An entry waits for the database.');
  });
}

/**
 * As `writeUnlessAway`; rejects with `store-unavailable` where the database refuses it for longer than a silent one is borne: it may be read and take no
 * entry.
 */
export async function writeInTime(
  what: Written,
  context: ConductContext,
  write: () => Promise<unknown>,
): Promise<void> {
  const { unwritten, deps } = context;
  const now = deps.clock.monotonicMs();
  const last = unwritten.get(what);
  // What was refused once, and was not to be written for a while, has not waited since.
  const since = last && now - last.triedAt <= storeSilenceLimitMs ? last.since : now;
  unwritten.set(what, { since, triedAt: now });
  await writeUnlessAway(what, context, async () => {
    await write();
    unwritten.delete(what);
  });
  const isTooLong = deps.clock.monotonicMs() - since > storeSilenceLimitMs;
  if (unwritten.has(what) && isTooLong) throw storeSilent('took no entry');
}

/**
 * As `advance`; waits for a database that is away. `isDone`: whether the journal has it already, since the answer to a commit may have been lost.
 */
export function advanceOnce(
  run: Run,
  events: readonly RunEvent[],
  isDone: (current: Run) => boolean,
  context: ConductContext,
): Promise<Run> {
  const decide = (current: Run) => ({ events: isDone(current) ? [] : events, outcome: undefined });
  return advanceWhenBack(run, decide, context);
}

/**
 * As `advanceBy`; waits for a database that is away, for as long as a silent one is borne, and for one that can be read until it takes the entry. What was
 * committed must decide nothing when it is asked again.
 */
export async function advanceWhenBack(
  run: Run,
  decide: Decide<undefined>,
  context: ConductContext,
): Promise<Run> {
  const attempt = () => unlessAway(() => advanceBy(run, decide, context), phaseNotes.waiting);
  const first = await attempt();
  return 'done' in first ? first.done : everyTick<Run>(run, context, attempt);
}

/** What a look at a run came to by writing to its journal, or that it waits for the database. */
export async function unlessAway<Result>(
  write: () => Promise<Result>,
  note: string,
): Promise<{ readonly done: Result } | { readonly note: string }> {
  try {
    return { done: await write() };
  } catch (error) {
    if (toChaosError(error).code !== 'store-unavailable') throw error;
    return { note };
  }
}

/** Whether a stop is still to be recorded: somebody said it while the database was away. */
function isUnstopped({ phase, stop }: Run): boolean {
  return stop === undefined && !['proposed', 'recover', 'ended'].includes(phase);
}
