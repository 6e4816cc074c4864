import type { Interval } from '../evidence/statistics/interval.ts';
import { describeQuantile } from '../domain/describe-quantile.ts';
import { isMetric } from '../domain/hypothesis.ts';
import { printMetricValue } from '../domain/metric.ts';
import type { ToleranceJudgement } from '../domain/judgement.ts';
import { printDuration } from '../domain/duration.ts';
import type { FailureCounts } from '../domain/measurement.ts';
import { describeCause, describeRest } from '../domain/describe-attribution.ts';
import type { FaultFacts, Moment, Outage, PhaseName, Report } from './report.ts';

const space = '\u00A0';

/** `98.33 %`; a share that is not quite 1 is never printed as 100, nor one that is not quite 0 as 0. */
export function printShare(share: number): string {
  return `${toPercent(share)}${space}%`;
}

function toPercent(share: number): string {
  const percent = share * 100;
  if (Number.isInteger(percent)) return `${percent}`;
  return Math.min(99.99, Math.max(0.01, percent)).toFixed(2);
}

/** `96.95 to 99.20 %` */
export function printInterval({ lower, upper }: Interval): string {
  return `${toPercent(lower)} to ${printShare(upper)}`;
}

/** `8.4 ms`, `1,240 ms` */
export function printLatency(latencyMs: number): string {
  const shown = latencyMs < 10 ? latencyMs.toFixed(1) : Math.round(latencyMs).toLocaleString('en');
  return `${shown}${space}ms`;
}

/** `refused 12, timeout 3`; `none`. */
export function printFailures(failures: FailureCounts): string {
  const counts = Object.entries(failures).toSorted(([, left], [, right]) => right - left);
  return counts.map(([kind, count]) => `${kind} ${count}`).join(', ') || 'none';
}

/** `14 predictions lost in 3s (refused 12, timeout 2)` */
export function printOutage(outage: Outage): string {
  const { lost, failures } = outage;
  const kinds = Object.keys(failures).length > 0 ? ` (${printFailures(failures)})` : '';
  const what = lost === 1 ? '1 prediction' : `${lost} predictions`;
  return `${what} lost in ${printOutageLength(outage)}${kinds}`;
}

/** `diabetes-a, in rotation then: restarted; and 2 more; 5 unexplained` */
export function describeCauses({ causes, moreCauses, lost, lostBy }: Outage): string {
  const more = moreCauses === undefined ? [] : [`and ${moreCauses} more`];
  const rest = describeRest(lost, lostBy);
  return [...causes.map(describeCause), ...more, ...(rest === undefined ? [] : [rest])].join('; ');
}

const longestExactMs = 120_000;

/** `4.867 s` where it is known to the millisecond and that says something, else `5s`. */
export function printOutageLength({
  from,
  until,
  exact,
}: Pick<Outage, 'from' | 'until' | 'exact'>) {
  const lengthMs = until - from;
  return exact && lengthMs < longestExactMs
    ? `${(lengthMs / 1_000).toFixed(3)}${space}s`
    : printDuration(lengthMs);
}

/** `09:00:05`, or `09:00:05.412 to 09:00:10.279` where it is known to the millisecond. */
export function printOutageSpan({ from, until, exact }: Outage): string {
  return exact ? `${printExactClock(from)} to ${printExactClock(until)}` : printClock(from);
}

function printExactClock(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

/** `2026-11-23 09:00:05 UTC` */
export function printTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `09:00:05` */
export function printClock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** `+12 s`, `−1 m 05 s`: where a moment lies from the beginning of the fault. */
export function printOffset(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 1_000);
  const sign = offsetMs < -499 ? '−' : '+';
  const rest = String(seconds % 60).padStart(2, '0');
  return seconds < 100
    ? `${sign}${seconds}${space}s`
    : `${sign}${Math.floor(seconds / 60)}${space}m${space}${rest}${space}s`;
}

/** What a phase is called; in a rehearsal there is no fault. */
export function toPhaseTitle(
  name: PhaseName,
  { rehearsed }: Pick<FaultFacts, 'rehearsed'>,
): string {
  if (name === 'fault') return rehearsed ? 'In the rehearsal' : 'During the fault';
  return name === 'before' ? 'Before' : 'After';
}

export const findingWords = {
  held: 'held',
  deviated: 'deviated',
  inconclusive: 'inconclusive',
} as const;

/** What was observed of a tolerance in its own unit. */
export function printObserved(judged: ToleranceJudgement): string {
  const { tolerance, observed, problem } = judged;
  const quantile = describeQuantile(judged, { share: printShare, latency: printLatency });
  if (quantile !== undefined) return quantile;
  if (observed === null) return problem ? `nothing observed: ${problem}` : 'nothing observed';
  if (isMetric(tolerance.signal))
    return problem ? `${printMetricValue(observed)}; ${problem}` : printMetricValue(observed);
  return tolerance.signal === 'pods ready' ? `minimum ${observed}` : printShare(observed);
}

/** `Bot` or `Cluster`: who a moment is of. */
export const actorWords: Readonly<Record<Moment['by'], string>> = {
  bot: 'People and bot',
  cluster: 'Service',
};

/** How many single predictions there are to go by, and what they add; empty where none are kept. */
export function describeSamples({ samples, course }: Pick<Report, 'samples' | 'course'>): string {
  if (!samples) return '';
  const measured = course.seconds.reduce((sum, { sent }) => sum + sent, 0);
  const print = (count: number) => count.toLocaleString('en');
  const share =
    samples.kept < measured
      ? `${print(samples.kept)} of the ${print(measured)}`
      : `The ${print(samples.kept)}`;
  return `${share} single predictions of this run are kept here. An outage of which every lost one is among them is known to the millisecond: from the first of them to the next good one.`;
}
