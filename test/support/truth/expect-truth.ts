import { expect } from '@jest/globals';
import { joinSeconds } from '../../../src/domain/join-seconds.ts';
import type { PhaseMeasurement, PredictionMeasurement } from '../../../src/domain/measurement.ts';
import type { RealRun, SeenSession } from './real-run.ts';
import {
  countOverdue,
  countOwed,
  countRightArrivals,
  countStraddling,
  findUntrue,
  isDueIn,
  listLatencies,
  listMeasured,
  listPhases,
  quantile,
  sumOf,
  type TimeSpan,
} from './tell-truth.ts';

const toSpan = ({ startedAt, endedAt }: PhaseMeasurement): TimeSpan => ({
  from: startedAt,
  until: endedAt,
});

/** Fails unless every outcome, and what each phase counts, is what the service says itself. */
export function expectTruth(real: RealRun): void {
  expect(findUntrue(real)).toEqual([]);
  for (const { name, measurement } of listPhases(real.run)) {
    expectCounts(real, measurement, name);
    expectLatencies(real, measurement, name);
  }
}

function expectCounts(real: RealRun, measurement: PhaseMeasurement, name: string): void {
  const span = toSpan(measurement);
  const { sent, good, unmeasured = {} } = measurement.predictions;
  const due = listMeasured(real).filter(isDueIn(span));
  const trulyGood = due.filter(({ outcome }) => outcome === 'good');
  expect([name, sent, good]).toEqual([name, due.length, trulyGood.length]);
  const notMeasured = Object.values(unmeasured).reduce((sum, count) => sum + count, 0);
  // By nothing but the log, which does not know when a request was due.
  const off = Math.abs(countRightArrivals(real, span) - good);
  const allowed = 1 + countStraddling(real, span) + countOverdue(real, span) + notMeasured;
  expect([name, off, off <= allowed]).toEqual([name, off, true]);
}

/** Two per cent, or 2 ms where that is more, and what this machine took to read the answers. */
function expectLatencies(real: RealRun, { predictions, ...phase }: PhaseMeasurement, name: string) {
  const all = listLatencies(real, { from: phase.startedAt, until: phase.endedAt });
  const { latency } = predictions;
  if (!latency) return expect([name, all]).toEqual([name, []]);
  for (const [share, reportedMs] of [
    [0.5, latency.p50Ms],
    [0.95, latency.p95Ms],
    [0.99, latency.p99Ms],
  ] as const) {
    const ownMs = quantile(
      all.map((each) => each.ownMs),
      1,
    );
    const logMs = quantile(
      all.map((each) => each.logMs),
      share,
    );
    const withinMs = Math.max(2, 0.02 * logMs);
    const note = [name, share, reportedMs, logMs, ownMs];
    expect([...note, reportedMs >= logMs - withinMs]).toEqual([...note, true]);
    expect([...note, reportedMs <= logMs + ownMs + withinMs]).toEqual([...note, true]);
  }
}

/** Fails unless every prediction that was due from the first to the last of the run is accounted for, once. For runs without a restart. */
export function expectNothingLost({ run, sessions, stage }: RealRun): void {
  const [session] = sessions;
  const phases = listPhases(run).map(({ measurement }) => measurement);
  const [first, last] = [phases.at(0), phases.at(-1)];
  if (!session || !first || !last) throw new Error('The run did not end.');
  for (const { startedAt, endedAt, predictions } of phases)
    expectOwed(session, { from: startedAt, until: endedAt }, predictions);
  const whole = { from: first.startedAt, until: last.endedAt };
  const seconds = joinSeconds(phases);
  const accounted = seconds.reduce((sum, { sent, unmeasured = 0 }) => sum + sent + unmeasured, 0);
  // A gap counts evenly in its seconds, of which the first and the last may go on beyond the ends.
  const allowed = (seconds.at(0)?.unmeasured ?? 0) + (seconds.at(-1)?.unmeasured ?? 0);
  expect(Math.abs(accounted - countOwed(session, whole))).toBeLessThanOrEqual(allowed);
  // What is in no phase of the journal is in the checkpoint: the spans follow each other.
  const spans = stage.checkpoint?.ledger.spans ?? [];
  expect(spans.at(0)?.name).toBe('baseline');
  expect(spans.slice(-3).map(({ name }) => name)).toEqual(['observe', 'waiting', 'recover']);
  for (const [index, { from, tally }] of spans.slice(0, -1).entries()) {
    const until = spans[index + 1]?.from ?? NaN;
    expectOwed(session, { from, until }, { ...tally, latency: null });
  }
}

/** Of a gap that an end of the span cuts, the part is counted as if predictions were due evenly, which is one off at most. */
function expectOwed(session: SeenSession, span: TimeSpan, predictions: PredictionMeasurement) {
  const owed = countOwed(session, span);
  const allowed = predictions.unmeasured ? 2 : 0;
  const off = Math.abs(sumOf(predictions) - owed);
  expect([owed, off, off <= allowed]).toEqual([owed, off, true]);
}
