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

/** Returns pods as the journal keeps them where they are others than the approved ones, as after a rollout; undefined where they are the same. */
export function toOtherPods(
  approved: readonly BlastRadiusPod[],
  pods: readonly BlastRadiusPod[],
): readonly PodAtStart[] | undefined {
  const known = new Set(approved.map(({ uid }) => uid));
  const areSame = pods.length === known.size && pods.every(({ uid }) => known.has(uid));
  return areSame
    ? undefined
    : pods.map(({ name, uid, node, ready }) => ({ name, uid, node, ready }));
}
