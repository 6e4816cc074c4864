import { countReady, type PodStatus } from '../domain/measurement.ts';
import type { BlastRadiusPod } from '../domain/proposal.ts';
import { cutMiddle } from '../domain/visible-text.ts';
import { escapeMarkdown, longestName } from './text.ts';

const mostPods = 8;

/** Pods as lines, what is wrong first; those that do not fit are counted. */
export function toPodLines(pods: readonly PodStatus[]): { text: string }[] {
  const rank = (pod: PodStatus) => (pod.terminating ? 0 : pod.ready ? 2 : 1);
  const ordered = pods.toSorted(
    (left, right) => rank(left) - rank(right) || left.name.localeCompare(right.name),
  );
  const lines = ordered.slice(0, mostPods).map((pod) => ({
    text: `${printPodState(pod)} ${escapeMarkdown(cutMiddle(pod.name, longestName))}${printRestarts(pod)}`,
  }));
  const rest = ordered.slice(mostPods);
  return rest.length === 0
    ? lines
    : [...lines, { text: `and ${rest.length} more, ${countReady(rest)} of them ready` }];
}

function printPodState({ ready, terminating, reason }: PodStatus): string {
  if (terminating) return '✖ terminating';
  return ready
    ? '● ready'
    : `○ not ready${reason ? ` (${escapeMarkdown(reason, longestName)})` : ''}`;
}

function printRestarts({ restarts }: PodStatus): string {
  return restarts === 0 ? '' : `, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`;
}

/** The pods of a proposal as lines. */
export function toProposedPodLines(pods: readonly BlastRadiusPod[]): { text: string }[] {
  const known = pods.map(({ name, uid, node, ready }) => ({
    namespace: '',
    name,
    uid,
    node,
    ready,
    restarts: 0,
    terminating: false,
  }));
  return toPodLines(known);
}
