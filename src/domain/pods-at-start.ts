import type { BlastRadiusPod } from './proposal.ts';
import type { Run } from './run.ts';
import type { PodAtStart } from './run-event.ts';

/** Returns the pods of the service when the start was asked for, with those of the proposal where no other ones were read since. */
export function listPodsAtStart({
  podsAtStart,
  proposal,
}: Pick<Run, 'podsAtStart' | 'proposal'>): readonly PodAtStart[] {
  return podsAtStart ?? proposal.blastRadius.pods;
}

/** Counts the pods that are to be ready again after the fault: those that were ready when the start was asked for, and never more than were approved. */
export function countReadyAtStart(run: Pick<Run, 'podsAtStart' | 'proposal'>): number {
  const ready = listPodsAtStart(run).filter((pod) => pod.ready).length;
  return Math.min(ready, run.proposal.blastRadius.ready);
}

/** Returns pods as the journal keeps them where they, or those of them that are ready, are others than were approved, as after a rollout; undefined where they are the same. */
export function toOtherPods(
  approved: readonly BlastRadiusPod[],
  pods: readonly BlastRadiusPod[],
): readonly PodAtStart[] | undefined {
  const wasReady = new Map(approved.map(({ uid, ready }) => [uid, ready]));
  const areSame =
    pods.length === wasReady.size && pods.every(({ uid, ready }) => wasReady.get(uid) === ready);
  return areSame
    ? undefined
    : pods.map(({ name, uid, node, ready }) => ({ name, uid, node, ready }));
}
