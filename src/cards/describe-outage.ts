import type { AttributedOutage } from '../domain/attribute-outage.ts';
import { describeCause, describeRest, describeWay } from '../domain/describe-attribution.ts';
import { listConsequences } from '../domain/describe-disturbance.ts';
import { printDuration } from '../domain/duration.ts';
import type { Cause } from '../domain/match-disturbance.ts';
import { printMore } from '../domain/print-more.ts';
import { cutMiddle } from '../domain/visible-text.ts';
import { printOutageLosses } from '../domain/outage-span.ts';
import { escapeMarkdown, longestName } from './text.ts';

const mostPods = 2;
const mostNodes = 1;

/** `14 of 30 predictions lost in 3s (refused 14); diabetes-a, in rotation then: restarted; ready again after 12s` */
export function printOutage(outage: AttributedOutage): string {
  const { lost, lostBy } = outage;
  const what = printOutageLosses(outage);
  const parts = [
    ...printSome(outage, 'pod', mostPods),
    ...printSome(outage, 'node', mostNodes),
    describeRest(lost, lostBy) ?? '',
  ];
  return [what, ...parts].filter(Boolean).join('; ');
}

function printSome(outage: AttributedOutage, kind: Cause['kind'], most: number): string[] {
  const causes = outage.causes.filter((cause) => cause.kind === kind);
  const more = causes.length - most;
  return [
    ...causes.slice(0, most).map((cause) => printCause(cause, outage)),
    ...(more > 0 ? [`and ${printMore(more, kind)}`] : []),
  ];
}

function printCause(full: Cause, outage: AttributedOutage): string {
  const cause = { ...full, name: cutMiddle(full.name, longestName) };
  if (cause.kind === 'node') return escapeMarkdown(describeCause(cause));
  const lastAfterMs = outage.until - cause.from;
  // Where losses are known to the second only.
  const withinMs = Math.ceil(lastAfterMs / 1_000) * 1_000;
  const last =
    lastAfterMs > 0 ? [`the last one lost within ${printDuration(withinMs)} of that`] : [];
  const course = [...last, ...listConsequences(full)].join(', ');
  const seen = `${describeWay(cause)}: ${[...new Set(cause.details)].join(', ')}`;
  return escapeMarkdown(course === '' ? seen : `${seen}; ${course}`);
}
