import { describeQuantile } from '../domain/describe-quantile.ts';
import { isMetric } from '../domain/hypothesis.ts';
import { printMetricValue } from '../domain/metric.ts';
import type { ToleranceJudgement } from '../domain/judgement.ts';
import { printDuration } from '../domain/duration.ts';
import { printFailures, printLatency, printShare } from '../domain/print-numbers.ts';
import { printClock, printExactClock } from '../domain/print-time.ts';
import { describeCause, describeRest } from '../domain/describe-attribution.ts';
import type { FaultFacts, Moment, Outage, PhaseName, Report } from './report.ts';

const space = '\u00A0';

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
