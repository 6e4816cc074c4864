import { createDuePhase, type DuePhase } from '../../../src/domain/due-phase.ts';
import type { PredictionMeasurement } from '../../../src/domain/measurement.ts';
import type { Progress } from '../../../src/domain/progress.ts';
import { rebuildProgress, toRecorded } from '../../../src/domain/rebuild-progress.ts';
import { foldRun, type Run } from '../../../src/domain/run.ts';
import { findJudgedAt, isMeasured, type Sample } from '../../../src/domain/sample.ts';
import type { RecordedRun } from './recorded-runs.ts';

/** A recorded run as it was at a moment, and what its bot saw then; `progress` is absent before the baseline and after the end. */
export type Moment = { readonly run: Run; readonly now: number; readonly progress?: Progress };

/** Returns a recorded run as it was at a time, ms since the epoch. Counts and latencies come from the single predictions that were judged by then. */
export function toMoment(recorded: RecordedRun, now: number): Moment {
  const run = foldRun(recorded.journal.filter(({ at }) => at <= now));
  const progress = rebuildProgress(run, toRecorded(recorded.run), now);
  if (!progress) return { run, now };
  const phaseOf = createDuePhase(recorded.run);
  const phases = listDuePhases(recorded.run, run, now);
  const known = recorded.samples.filter(
    (sample) => phases.includes(phaseOf(sample.dueAt)) && findJudgedAt(sample) <= now,
  );
  return { run, now, progress: { ...progress, predictions: measure(known, recorded, now) } };
}

/** Which predictions the card of a run counts at a moment. */
function listDuePhases(whole: Run, { phase }: Run, now: number): readonly DuePhase[] {
  if (phase === 'baseline') return ['before'];
  if (phase === 'inject') return ['checking', 'preparing'];
  if (phase === 'observe') return ['fault'];
  return now < (whole.recovered?.measurement.startedAt ?? Infinity) ? ['waiting'] : ['after'];
}

function measure(
  samples: readonly Sample[],
  recorded: RecordedRun,
  now: number,
): PredictionMeasurement {
  const measured = samples.filter(isMeasured);
  const good = measured.filter(({ outcome }) => outcome === 'good');
  const failures = new Map<string, number>();
  for (const { outcome } of measured)
    if (outcome !== 'good') failures.set(outcome, (failures.get(outcome) ?? 0) + 1);
  return {
    sent: measured.length,
    good: good.length,
    failures: Object.fromEntries(failures),
    latency: toLatency(good),
    within: [],
    ...toGaps(recorded, now),
  };
}

function toLatency(samples: readonly Sample[]): PredictionMeasurement['latency'] {
  const sorted = samples.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return sorted.length === 0
    ? null
    : { p50Ms: quantile(0.5), p95Ms: quantile(0.95), p99Ms: quantile(0.99), maxMs: quantile(1) };
}

/** What had not been measured under the fault by then. */
function toGaps({ run }: RecordedRun, now: number): Partial<PredictionMeasurement> {
  const { gaps = [] } = run.observed?.measurement.predictions ?? {};
  const past = gaps.filter(({ until }) => until <= now);
  if (past.length === 0) return {};
  const due = new Map<string, number>();
  for (const gap of past) due.set(gap.reason, (due.get(gap.reason) ?? 0) + gap.due);
  return { gaps: past, unmeasured: Object.fromEntries(due) };
}
