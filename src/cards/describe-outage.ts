import { countAttributed, type AttributedOutage } from '../domain/attribution.ts';
import type { Disturbance } from '../domain/disturbances.ts';
import { printDuration } from '../domain/duration.ts';
import { escapeMarkdown, printFailures } from './text.ts';

const mostPods = 2;

/** `14 predictions lost within 3s (refused 14), beside diabetes-a: restarted; the last within 2s of that, ready again after 12s` */
export function printOutage(outage: AttributedOutage): string {
  const { from, until, lost, failures, beside } = outage;
  const what = `${printLost(lost)} lost within ${printDuration(until - from)} (${printFailures(failures)})`;
  if (beside.length === 0) return `${what}; nothing that the cluster showed explains it`;
  const pods = beside.slice(0, mostPods).map((disturbance) => printBeside(disturbance, outage));
  const more = beside.length > mostPods ? [`and ${beside.length - mostPods} more pods`] : [];
  return `${what}, beside ${[...pods, ...more].join(', ')}`;
}

function printBeside({ pod, from, until, details }: Disturbance, outage: AttributedOutage): string {
  const lastAfterMs = outage.until - from;
  // Losses are known to the second only.
  const withinMs = Math.ceil(lastAfterMs / 1_000) * 1_000;
  const last = lastAfterMs > 0 ? `the last within ${printDuration(withinMs)} of that` : undefined;
  const again =
    until === null
      ? 'not seen ready again'
      : until > from
        ? `ready again after ${printDuration(until - from)}`
        : undefined;
  const course = [last, again].filter((part) => part !== undefined).join(', ');
  const seen = escapeMarkdown(`${pod}: ${[...new Set(details)].join(', ')}`);
  return course === '' ? seen : `${seen}; ${course}`;
}

/** `118 of 120 lost predictions fell beside pods that were disturbed; nothing that the cluster showed explains 2`; undefined when none was lost. */
export function printAttribution(outages: readonly AttributedOutage[]): string | undefined {
  const { beside, unexplained } = countAttributed(outages);
  const all = beside + unexplained;
  if (all === 0) return undefined;
  const share = `${beside} of ${printLost(all)} lost fell beside pods that were disturbed`;
  return unexplained === 0
    ? share
    : `${share}; nothing that the cluster showed explains ${unexplained}`;
}

function printLost(count: number): string {
  return count === 1 ? '1 prediction' : `${count} predictions`;
}
