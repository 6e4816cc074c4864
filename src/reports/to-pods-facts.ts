import { findOwn } from '../domain/find-own.ts';
import { toBinomialInterval } from '../evidence/statistics/binomial-interval.ts';
import { addFailures } from '../domain/join-seconds.ts';
import type { FailureCounts, PodAnswers, PredictionMeasurement } from '../domain/measurement.ts';
import type { Run } from '../domain/run.ts';
import { toSpending, type LostSpan } from '../domain/spending.ts';
import type { PodFacts, PodsFacts } from './report.ts';

/** What each pod answered in the span that the run is charged with, those that lost most first; undefined when nothing was measured under the fault. */
export function toPodsFacts(run: Run): PodsFacts | undefined {
  const { phases, span } = toParts(run);
  if (phases.length === 0) return undefined;
  const named = sumByPod(phases);
  if (named.length === 0) return { span, rows: [], note: explainNone(run) };
  const rows = named
    .toSorted((one, other) => lostIn(other) - lostIn(one) || other.sent - one.sent)
    .map((answers) => toPodFacts(answers.pod, answers));
  return { span, rows: [...rows, ...toRest(phases, named)], note: describeRest(phases, named) };
}

/** The same predictions that the cost counts; in older journals those since the fault began, as far as they were recorded. */
function toParts(run: Run): { phases: readonly PredictionMeasurement[]; span: LostSpan } {
  const { observed, recovered } = run;
  const [fault, after] = [observed, recovered].map((phase) => phase?.measurement.predictions);
  const toList = (...parts: readonly (PredictionMeasurement | undefined)[]) =>
    parts.filter((part) => part !== undefined);
  const { span } = toSpending(run) ?? {};
  if (!span || span.from === 'fault')
    return {
      phases: toList(fault, after),
      span: {
        from: 'fault',
        until: after ? 'end' : 'fault-end',
        ...(run.proposal.rehearsal ? { rehearsed: true } : {}),
      },
    };
  const rest = span.until === 'recovery' ? undefined : after;
  return { phases: toList(recovered?.preparing, fault, recovered?.waiting, rest), span };
}

/** What nobody answered is no pod's availability. */
const notOfOne = { named: false, availability: null, interval: null };

type Answers = Omit<PodAnswers, 'pod'>;

const lostIn = ({ sent, good }: Pick<Answers, 'sent' | 'good'>) => sent - good;

function sumByPod(phases: readonly PredictionMeasurement[]): readonly PodAnswers[] {
  const byPod = Map.groupBy(
    phases.flatMap(({ pods = [] }) => pods),
    ({ pod }) => pod,
  );
  return Array.from(byPod, ([pod, parts]) => ({ pod, ...sum(parts) }));
}

function sum(parts: readonly Answers[]): Answers {
  return parts.reduce(
    (all, { sent, good, failures }) => ({
      sent: all.sent + sent,
      good: all.good + good,
      failures: addFailures(all.failures, failures),
    }),
    { sent: 0, good: 0, failures: {} },
  );
}

/** What no named pod answered: the pods beyond those that are counted by name, and what nobody answered, or without a name. */
function toRest(
  phases: readonly PredictionMeasurement[],
  named: readonly PodAnswers[],
): readonly PodFacts[] {
  const [all, known] = [sum(phases), sum(named)];
  const others = sum(
    phases.map(({ otherPods }) => ({ sent: 0, good: 0, ...otherPods, failures: {} })),
  );
  const rest = {
    sent: all.sent - known.sent - others.sent,
    good: all.good - known.good - others.good,
    failures: subtract(all.failures, known.failures),
  };
  // Of pods that are not counted by name only the losses are known, not how.
  const kinds = lostIn(others) > 0 ? null : rest.failures;
  return [
    ...(others.sent > 0
      ? [{ ...toPodFacts('other pods', others), named: false, failures: null }]
      : []),
    ...(rest.sent > 0
      ? [{ ...toPodFacts('no pod named', rest), ...notOfOne, failures: kinds }]
      : []),
  ];
}

function subtract(all: FailureCounts, part: FailureCounts): FailureCounts {
  const left = Object.entries(all).map(
    ([kind, count]) => [kind, count - (findOwn<number>(part, kind) ?? 0)] as const,
  );
  return Object.fromEntries(left.filter(([, count]) => count > 0));
}

function toPodFacts(pod: string, { sent, good, failures }: Answers): PodFacts {
  return {
    pod,
    named: true,
    sent,
    good,
    failures,
    availability: sent === 0 ? null : good / sent,
    interval: sent === 0 ? null : toBinomialInterval(good, sent),
  };
}

function describeRest(
  phases: readonly PredictionMeasurement[],
  named: readonly PodAnswers[],
): string {
  const lost = lostIn(sum(phases));
  if (lost === 0) return 'No prediction was lost in that time.';
  return lost === lostIn(sum(named))
    ? 'Every lost prediction was answered by a pod that named itself.'
    : 'Predictions that were refused, reset or too late have no answer that could name a pod.';
}

function explainNone({ proposal }: Run): string {
  const { podHeader } = proposal.service.scoring;
  return podHeader === undefined
    ? 'The answers do not name their pod: chaos.yaml sets no podHeader for this service.'
    : `The answers do not name their pod: none had the header ${podHeader}.`;
}
