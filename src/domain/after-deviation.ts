import { countLosses } from './attribution.ts';
import { printNames } from './describe-injection.ts';
import { hadRecovered } from './had-recovered.ts';
import { isQuantile, printTolerance, quantileShare, type Tolerance } from './hypothesis.ts';
import { isBelowFloor } from './judge-cut-short.ts';
import { findUnrecovered } from './judge-recovery.ts';
import { toLossSpans } from './loss-spans.ts';
import { availabilityOf, failureKinds, type FailureKind } from './measurement.ts';
import { findUnready } from './none-ready.ts';
import type { Run } from './run.ts';
import { toServingPods } from './serving-pods.ts';

/** What failures have in common that the team can change. */
type Cause = 'unserved' | 'unanswered' | 'overloaded' | 'error' | 'answer';

const causeOf: Readonly<Record<FailureKind, Exclude<Cause, 'unserved'>>> = {
  refused: 'unanswered',
  reset: 'unanswered',
  timeout: 'unanswered',
  overloaded: 'overloaded',
  'client-error': 'error',
  'server-error': 'error',
  malformed: 'answer',
  wrong: 'answer',
  drifted: 'answer',
  stale: 'answer',
};

/** Returns what to do after a run that deviated: what its most frequent failures, and the bounds that it broke, point to. */
export function adviseAfterDeviation(run: Run): readonly string[] {
  const broken = listBroken(run);
  const byFailures = broken.filter((tolerance) => isBrokenByFailures(tolerance, run));
  const isUnrecovered = findUnrecovered(run)?.isSeen === true;
  return [
    ...(isUnrecovered ? ['Find out why the service did not recover by itself.'] : []),
    ...(byFailures.length > 0 || isUnrecovered || isBelowFloor(run) ? adviseFailures(run) : []),
    ...broken.filter((tolerance) => !byFailures.includes(tolerance)).map(adviseBroken),
    'Repeat the experiment after the change.',
  ];
}

/** A quantile counts every due prediction, so it is broken by failures alone where more failed than may be slow. */
function isBrokenByFailures({ signal }: Tolerance, { observed }: Run): boolean {
  if (signal === 'availability' || signal === 'correct') return true;
  const share = observed && availabilityOf(observed.measurement.predictions);
  return (
    isQuantile(signal) && share !== undefined && share !== null && share < quantileShare[signal]
  );
}

function listBroken({ observed, recovered }: Run): readonly Tolerance[] {
  const judged = [observed, recovered].flatMap((phase) => phase?.judgement.tolerances ?? []);
  const broken = judged.filter(({ finding }) => finding === 'deviated');
  return [
    ...new Map(broken.map(({ tolerance }) => [printTolerance(tolerance), tolerance])).values(),
  ];
}

/** How many predictions failed from the beginning of the fault until the service had recovered, by what they have in common. */
function countCauses(run: Run): ReadonlyMap<Cause, number> {
  const counts = new Map<Cause, number>();
  const serving = toServingPods(run);
  for (const second of toLossSpans(run)?.fault.seconds ?? []) {
    const { isNoneReady } = findUnready(second, serving);
    for (const kind of failureKinds) {
      const count = second.failures[kind] ?? 0;
      // What stands in front of pods answers 503 where there is none.
      const cause = isNoneReady ? 'unserved' : causeOf[kind];
      if (count > 0) counts.set(cause, (counts.get(cause) ?? 0) + count);
    }
  }
  return counts;
}

function adviseFailures(run: Run): readonly string[] {
  const [most] = [...countCauses(run)].toSorted(([, one], [, other]) => other - one);
  if (!most) return [];
  const [cause, count] = most;
  if (cause === 'unanswered') return [adviseUnanswered(run)];
  const advice = adviceFor[cause](count);
  return [cause === 'answer' ? `${advice}${printAnsweredBy(run)}` : advice];
}

/** Names the pods that gave answers that were not as expected, in the same span in which these are counted, where answers name pods; those that gave most first. */
function printAnsweredBy(run: Run): string {
  const { observed, recovered } = run;
  const phases = [
    observed?.measurement.predictions,
    recovered?.waiting,
    hadRecovered(run) ? undefined : recovered?.measurement.predictions,
  ];
  const gave = new Map<string, number>();
  for (const { pod, failures } of phases.flatMap((measured) => measured?.pods ?? []))
    for (const kind of failureKinds)
      if (causeOf[kind] === 'answer' && (failures[kind] ?? 0) > 0)
        gave.set(pod, (gave.get(pod) ?? 0) + (failures[kind] ?? 0));
  const names = [...gave].toSorted(([, one], [, other]) => other - one).map(([pod]) => pod);
  return names.length === 0 ? '' : ` They came from ${printNames(names)}.`;
}

const printPredictions = (count: number) => (count === 1 ? '1 prediction' : `${count} predictions`);

const adviceFor: Readonly<Record<Exclude<Cause, 'unanswered'>, (count: number) => string>> = {
  unserved: (count) =>
    `Find out why no pod was ready: ${printPredictions(count)} failed while none was.`,
  overloaded: (count) =>
    `Check whether the remaining pods can take the whole load: ${printPredictions(count)} got 429 or 503. More replicas or higher limits may help.`,
  error: (count) =>
    `Look for the ${count === 1 ? 'error answer' : `${count} error answers`} in the logs of the service.`,
  answer: (count) =>
    `Find out which pod or version of the model gave the ${count === 1 ? 'answer that was' : `${count} answers that were`} not as expected.`,
};

/** A prediction that nothing answered was sent to a pod that is gone, or lost elsewhere. */
function adviseUnanswered(run: Run): string {
  const { unexplained, background, ...explained } = countLosses(run);
  const sum = Object.values(explained).reduce((all, count) => all + count, 0);
  if (unexplained + background > sum)
    return 'Look at the gateway and the network as well: no change of a pod or node explains most of the failures.';
  return 'Look at the readiness probe, replicas and retries of the service: how long does a dead pod keep getting predictions?';
}

function adviseBroken(tolerance: Tolerance): string {
  const { signal } = tolerance;
  const bound = printTolerance(tolerance);
  if (isQuantile(signal))
    return `Find out what slowed predictions down beyond "${bound}": CPU limits, too few replicas, or retries.`;
  if (signal === 'pods ready')
    return `Find out why fewer pods were ready than "${bound}" asks for.`;
  return `Find out what broke "${bound}".`;
}
