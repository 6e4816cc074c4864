import type { Gap, PredictionMeasurement } from './measurement.ts';
import type { Run } from './run.ts';

/** Gaps of one cause that are closer than this are one: a boundary between phases cuts them. */
const joinedWithinMs = 1_000;

/** Every span of a run in which predictions were due and not measured, oldest first. */
export function listGaps({ baseline, observed, recovered }: Run): readonly Gap[] {
  return joinGaps([
    baseline?.measurement.predictions,
    recovered?.preparing,
    observed?.measurement.predictions,
    recovered?.waiting,
    recovered?.measurement.predictions,
  ]);
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
