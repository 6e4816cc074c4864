import { printNames } from './describe-injection.ts';
import { listAllPodChanges } from './list-changes.ts';
import type { PodAnswers, PredictionMeasurement } from './measurement.ts';
import { listPodsAtStart } from './pods-at-start.ts';
import type { Run } from './run.ts';

/** With this many answers per pod, no pod that receives traffic is without an answer by chance. */
export const leastAnswers = 20;
/** A service whose pods gave a smaller share of the answers is not the one that was measured. */
const leastOwnShare = 0.1;

/** Returns the names of those that answered, where nearly none of them is a pod of the service; undefined otherwise, or where answers name no pods. */
export function findForeignPods(run: Run): readonly string[] | undefined {
  const measured = [run.baseline, run.observed].flatMap(
    (phase) => phase?.measurement.predictions ?? [],
  );
  const named = measured.flatMap(({ pods = [] }) => pods);
  const own = new Set([
    ...run.proposal.blastRadius.pods.map(({ name }) => name),
    ...listPodsAtStart(run).map(({ name }) => name),
    ...listAllPodChanges(run).map(({ pod }) => pod),
  ]);
  const foreign = named.filter(({ pod }) => !own.has(pod));
  // Of pods that are too many to be named, nobody knows whose they are.
  const all =
    countAnswers(named) + countAnswers(measured.flatMap(({ otherPods }) => otherPods ?? []));
  const isForeign = all >= leastAnswers && countAnswers(foreign) > (1 - leastOwnShare) * all;
  return isForeign ? [...new Set(foreign.map(({ pod }) => pod))] : undefined;
}

/** Says which other pods answered, and what to check; undefined where the pods of the service did. */
export function describeForeignPods(run: Run): string | undefined {
  const foreign = findForeignPods(run);
  if (!foreign) return undefined;
  const { name } = run.proposal.service;
  return `The answers name ${printNames(foreign)}, which are no pods of ${name}: another service may have been measured. Check the scoring address and podHeader.`;
}

/** Returns the pods that were hit, where none of them had answered a prediction before the fault though other pods had; empty otherwise. */
export function findUnreachedHits(run: Run): readonly string[] {
  const { baseline, recovered, injection, faultSeen } = run;
  const before = baseline?.measurement.predictions;
  if (!before || !faultSeen || !isTelling(before, listPodsAtStart(run).length)) return [];
  const answers = [before, recovered?.preparing].flatMap((measured) => measured?.pods ?? []);
  const answering = new Set(answers.map(({ pod }) => pod));
  const hit = injection?.hit.map(({ pod }) => pod) ?? [faultSeen.pod];
  return hit.some((pod) => answering.has(pod)) ? [] : [...new Set(hit)];
}

function isTelling({ pods = [], otherPods }: PredictionMeasurement, count: number): boolean {
  return otherPods === undefined && countAnswers(pods) >= leastAnswers * count;
}

function countAnswers(answers: readonly Pick<PodAnswers, 'sent'>[]): number {
  return answers.reduce((sum, { sent }) => sum + sent, 0);
}
