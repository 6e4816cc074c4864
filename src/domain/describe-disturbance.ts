import type { Disturbance } from './disturbances.ts';
import { printDuration, printShortDuration } from './duration.ts';
import type { NodeDisturbance } from './node-disturbances.ts';

/** Less than this is within what two watches differ by. */
const atOnceMs = 100;

/** What came of the disturbance of a pod, in order: `out of rotation after 0.3s`, `replaced by diabetes-d`, `ready again after 12s`. */
export function listConsequences(disturbance: Disturbance): readonly string[] {
  const { outOfRotationMs, replacedBy, pod } = disturbance;
  return [
    ...(outOfRotationMs === undefined ? [] : [`out of rotation ${printDelay(outOfRotationMs)}`]),
    ...(replacedBy === undefined
      ? []
      : [`replaced by ${replacedBy === pod ? 'another of that name' : replacedBy}`]),
    ...describeEnd(disturbance),
  ];
}

/** `at once`, `after 1.2s` */
export function printDelay(delayMs: number): string {
  return delayMs < atOnceMs ? 'at once' : `after ${printShortDuration(delayMs)}`;
}

/** `node aks-0: not ready (NodeStatusUnknown), rebooted, ready again after 40s` */
export function describeNodeDisturbance(disturbance: NodeDisturbance): string {
  const { node, details } = disturbance;
  const end = details.at(-1) === 'gone' ? [] : describeEnd(disturbance);
  return `node ${node}: ${[...new Set(details), ...end].join(', ')}`;
}

function describeEnd({ from, until }: Pick<Disturbance, 'from' | 'until'>): readonly string[] {
  if (until === null) return ['not seen ready again'];
  return until > from ? [`ready again after ${printDuration(until - from)}`] : [];
}
