import { countAttributed, isExplained, type AttributedOutage } from '../domain/attribution.ts';
import { describeNodeDisturbance, listConsequences } from '../domain/describe-disturbance.ts';
import type { Disturbance } from '../domain/disturbances.ts';
import { printDuration } from '../domain/duration.ts';
import { cutMiddle } from '../domain/visible-text.ts';
import { escapeMarkdown, longestName, printFailures } from './text.ts';

const mostPods = 2;
const mostNodes = 1;

/** `14 predictions lost within 3s (refused 14), beside diabetes-a: restarted; the last within 2s of that, out of rotation after 0.3s, ready again after 12s` */
export function printOutage(outage: AttributedOutage): string {
  const { from, until, lost, failures, beside, nodes } = outage;
  const what = `${printLost(lost)} lost within ${printDuration(until - from)} (${printFailures(failures)})`;
  if (!isExplained(outage)) return `${what}; nothing that the cluster showed explains it`;
  const pods = beside.slice(0, mostPods).map((disturbance) => printBeside(disturbance, outage));
  const more = beside.length > mostPods ? [`and ${beside.length - mostPods} more pods`] : [];
  const shownNodes = nodes
    .slice(0, mostNodes)
    .map((disturbance) => escapeMarkdown(describeNodeDisturbance(disturbance)));
  const moreNodes = nodes.length > mostNodes ? [`and ${nodes.length - mostNodes} more nodes`] : [];
  return `${what}, beside ${[...pods, ...more, ...shownNodes, ...moreNodes].join(', ')}`;
}

function printBeside(disturbance: Disturbance, outage: AttributedOutage): string {
  const { pod, from, details } = disturbance;
  const lastAfterMs = outage.until - from;
  // Losses are known to the second only.
  const withinMs = Math.ceil(lastAfterMs / 1_000) * 1_000;
  const last = lastAfterMs > 0 ? [`the last within ${printDuration(withinMs)} of that`] : [];
  const course = [...last, ...listConsequences(disturbance)].join(', ');
  const seen = `${cutMiddle(pod, longestName)}: ${[...new Set(details)].join(', ')}`;
  return escapeMarkdown(course === '' ? seen : `${seen}; ${course}`);
}

/** `118 of 120 lost predictions fell beside pods that were disturbed; nothing that the cluster showed explains 2`; undefined when none was lost. */
export function printAttribution(
  outages: readonly AttributedOutage[],
  background = 0,
): string | undefined {
  const { beside, unexplained } = countAttributed(outages);
  const all = beside + unexplained + background;
  if (all === 0) return undefined;
  const what = outages.some(({ nodes }) => nodes.length > 0) ? 'pods or nodes' : 'pods';
  const share = `${beside} of ${printLost(all)} lost fell beside ${what} that were disturbed`;
  const rest = unexplained === 0 ? '' : `; nothing that the cluster showed explains ${unexplained}`;
  return `${share}${rest}${background === 0 ? '' : `; ${background} were lost outside outages`}`;
}

function printLost(count: number): string {
  return count === 1 ? '1 prediction' : `${count} predictions`;
}
