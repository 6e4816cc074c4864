import { describeQuantile } from '../domain/describe-quantile.ts';
import { printKept, type ShownFinding } from '../domain/describe-finding.ts';
import type { CutFault } from '../domain/ended-early.ts';
import { isMetric } from '../domain/hypothesis.ts';
import { printMetricValue } from '../domain/metric.ts';
import type { ToleranceJudgement } from '../domain/judgement.ts';
import { printLatency, printShare } from '../domain/print-numbers.ts';
import { describeCause, describeRest } from '../domain/describe-attribution.ts';
import type { FaultFacts, Moment, Outage, PhaseName, Report } from './report.ts';

/** `diabetes-a, in rotation then: restarted; and 2 more; 5 unexplained` */
export function describeCauses({ causes, moreCauses, lost, lostBy }: Outage): string {
  const more = moreCauses === undefined ? [] : [`and ${moreCauses} more`];
  const rest = describeRest(lost, lostBy);
  return [...causes.map(describeCause), ...more, ...(rest === undefined ? [] : [rest])].join('; ');
}

/** What a phase is called; in a rehearsal there is no fault. */
export function toPhaseTitle(
  name: PhaseName,
  { rehearsed }: Pick<FaultFacts, 'rehearsed'>,
): string {
  if (name === 'fault') return rehearsed ? 'In the rehearsal' : 'During the fault';
  return name === 'before' ? 'Before' : 'After';
}

/** What cut the fault short; undefined where nothing did, or nothing was to be injected. */
export function toCutFault({ injection, span, askedMs }: FaultFacts): CutFault | undefined {
  const by = injection?.cutShort;
  if (!by) return undefined;
  return { by, ...(span ? { lastedMs: span.until - span.from } : {}), askedMs };
}

/** `held`, `kept until the stop (12s of 60s)` */
export function printFinding(finding: ShownFinding, cut: CutFault | undefined): string {
  return finding === 'kept' && cut ? printKept(cut) : finding;
}

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

/** How many single predictions there are to go by; empty where none are kept. */
export function describeSamples({ samples, course }: Pick<Report, 'samples' | 'course'>): string {
  if (!samples) return '';
  const measured = course.seconds.reduce((sum, { sent }) => sum + sent, 0);
  const print = (count: number) => count.toLocaleString('en');
  const share =
    samples.kept < measured
      ? `${print(samples.kept)} of the ${print(measured)}`
      : `The ${print(samples.kept)}`;
  return `${share} single predictions of this run are kept here.`;
}
