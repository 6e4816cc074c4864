import {
  countDue,
  type Gap,
  type PredictionMeasurement,
  type SightGap,
  type UnmeasuredCounts,
  type UnmeasuredReason,
} from './measurement.ts';
import type { Run } from './run.ts';

/** Gaps of one cause that are closer than this are one: a boundary between phases cuts them. */
const joinedWithinMs = 1_000;

/** Every span of a run in which predictions were due and not measured, oldest first. */
export function listGaps({ baseline, observed, recovered }: Run): readonly Gap[] {
  return joinGaps([
    baseline?.measurement.predictions,
    recovered?.beforeStart,
    recovered?.preparing,
    observed?.measurement.predictions,
    recovered?.waiting,
    recovered?.measurement.predictions,
  ]);
}

/** What was due between the phases that are judged, and what of it was not measured, and why. */
export type Between = {
  /** How many predictions were due, measured or not. */
  readonly due: number;
  readonly sent: number;
  readonly unmeasured: UnmeasuredCounts;
  readonly gaps: readonly Gap[];
};

/** Returns what was due between the phases of a run; undefined where all of it was measured, and in older journals. */
export function findBetween({ recovered }: Run): Between | undefined {
  const parts = [recovered?.beforeStart, recovered?.preparing, recovered?.waiting].filter(
    (part) => part !== undefined,
  );
  const sent = parts.reduce((sum, part) => sum + part.sent, 0);
  const due = parts.reduce((sum, part) => sum + countDue(part), 0);
  if (due === sent) return undefined;
  const unmeasured: Partial<Record<UnmeasuredReason, number>> = {};
  for (const [reason, count] of parts.flatMap((part) => toCounts(part.unmeasured)))
    unmeasured[reason] = (unmeasured[reason] ?? 0) + count;
  return { due, sent, unmeasured, gaps: joinGaps(parts) };
}

const toCounts = (counts: UnmeasuredCounts = {}) =>
  Object.entries(counts) as [UnmeasuredReason, number][];

/** Every span of a run in which pods were not seen, oldest first. Older journals tell only when the bot was away. */
export function listSightGaps(run: Run): readonly SightGap[] {
  const { baseline, observed, recovered } = run;
  const own = [baseline, observed, recovered].flatMap(
    (phase) => phase?.measurement.pods.gaps ?? [],
  );
  const isTold = own.some(({ cause }) => cause.code === 'restart');
  const away = listGaps(run)
    .filter(({ reason }) => !isTold && reason === 'restart')
    .map(({ from, until }): SightGap => ({ from, until, cause: { code: 'restart' } }));
  return joinSightGaps([...own, ...away].toSorted((one, other) => one.from - other.from));
}

/** A boundary between phases cuts them. */
function joinSightGaps(gaps: readonly SightGap[]): readonly SightGap[] {
  const joined: SightGap[] = [];
  for (const gap of gaps) {
    const last = joined.at(-1);
    if (last && last.until === gap.from && last.cause.code === gap.cause.code)
      joined[joined.length - 1] = { ...last, until: gap.until };
    else joined.push(gap);
  }
  return joined;
}

/** The gaps of several measurements, which may be unknown, oldest first, each once. */
export function joinGaps(
  measurements: readonly (Pick<PredictionMeasurement, 'gaps'> | undefined)[],
): readonly Gap[] {
  const all = measurements.flatMap((measurement) => measurement?.gaps ?? []);
  const joined: Gap[] = [];
  for (const gap of all.toSorted((one, other) => one.from - other.from)) {
    const index = joined.findLastIndex(({ reason }) => reason === gap.reason);
    const last = joined[index];
    if (last && gap.from - last.until < joinedWithinMs) joined[index] = join(last, gap);
    else joined.push(gap);
  }
  return joined;
}

function join(one: Gap, next: Gap): Gap {
  return { ...one, until: Math.max(one.until, next.until), due: one.due + next.due };
}
