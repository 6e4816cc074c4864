import { attributeOutages } from '../domain/attribution.ts';
import { printDelay } from '../domain/describe-disturbance.ts';
import { describeChange } from '../domain/describe-change.ts';
import { describeGap } from '../domain/describe-gaps.ts';
import { listNodeChanges, listPodChanges } from '../domain/list-changes.ts';
import { listGaps } from '../domain/list-gaps.ts';
import type { PodChange } from '../domain/measurement.ts';
import type { Run } from '../domain/run.ts';
import { findOutageMoment } from '../domain/outage-span.ts';
import { printOutage } from './describe-outage.ts';
import { cutMiddle } from '../domain/visible-text.ts';
import { printClock, printOffset } from '../domain/print-time.ts';
import { escapeMarkdown, longestName } from './text.ts';

/** A moment of a run; those of a lower rank are shown first where there is little room. Times are ms since the epoch. */
export type Moment = { readonly at: number; readonly text: string; readonly rank: number };

/** What people and the bot did, what it led to, and what happened to nodes and pods. */
const ranks = { milestone: 0, outage: 1, gap: 1, node: 2, pod: 3 } as const;

/** Returns what failed when: pods, predictions and what the bot did about it, in order, with times relative to the fault. */
export function toTimeline(run: Run): Moment[] {
  const zero = run.observed?.measurement.startedAt ?? run.faultActiveAt ?? run.startRequestedAt;
  if (zero === undefined) return [];
  const moments = [
    ...toMilestones(run),
    ...toPodMoments(run),
    ...toNodeMoments(run),
    ...toOutages(run),
    ...toGapMoments(run),
  ].toSorted((left, right) => left.at - right.at);
  return moments.map((moment) => ({
    ...moment,
    text: `${printClock(moment.at)} UTC (${printOffset(moment.at - zero)}) ${moment.text}`,
  }));
}

/** Returns a line for each of the `most` most important moments, in order, and one that counts the rest and says where it is. */
export function pickMoments(moments: readonly Moment[], most: number, where: string): string[] {
  const kept = new Set(
    moments.toSorted((one, other) => one.rank - other.rank || one.at - other.at).slice(0, most),
  );
  const lines = moments.filter((moment) => kept.has(moment)).map(({ text }) => text);
  const hidden = moments.length - lines.length;
  if (hidden === 0) return lines;
  return [...lines, most === 0 ? `${hidden} moments${where}` : `and ${hidden} more${where}`];
}

function toMilestones(run: Run): Moment[] {
  const { startRequestedAt, trip, stop, lateStop, faultEndedAt, execution, proposal } = run;
  const asked = proposal.rehearsal ? 'start rehearsed' : 'start asked of Chaos Studio';
  const failed = execution?.unread
    ? 'end of the fault not confirmed'
    : 'execution over, fault not confirmed gone';
  const confirmed = execution?.state === 'failed' ? failed : 'fault removed';
  // Chaos Studio was never asked.
  const gone = proposal.rehearsal
    ? 'rehearsal over'
    : `${confirmed} (Chaos Studio: ${execution?.status ?? 'unknown'})`;
  const moments = [
    ...(startRequestedAt === undefined ? [] : [{ at: startRequestedAt, text: asked }]),
    ...(trip ? [{ at: trip.at, text: `guard: ${escapeMarkdown(trip.reason)}` }] : []),
    ...(stop ? [{ at: stop.at, text: describeStop(stop) }] : []),
    ...(lateStop ? [{ at: lateStop.at, text: describeLateStop(lateStop) }] : []),
    ...(faultEndedAt === undefined ? [] : [{ at: faultEndedAt, text: gone }]),
  ];
  return moments.map((moment) => ({ ...moment, rank: ranks.milestone }));
}

function describeStop({ by, recordedLate }: NonNullable<Run['stop']>): string {
  const late = recordedLate ? ' (recorded late)' : '';
  return `stopped by ${escapeMarkdown(by.name, longestName)}${late}`;
}

function describeLateStop({ by }: NonNullable<Run['lateStop']>): string {
  return `stop asked by ${escapeMarkdown(by.name, longestName)}; nothing was left to stop`;
}

function toPodMoments(run: Run): Moment[] {
  return joinMinor(listPodChanges(run)).map(({ at, pod, details }) => ({
    at,
    text: escapeMarkdown(`${cutMiddle(pod, longestName)}: ${details.join(', ')}`),
    rank: ranks.pod,
  }));
}

type Joined = { readonly at: number; readonly pod: string; readonly details: string[] };

/** What follows soon from something else, as that a pod gets no traffic any more, is said with it: the card has few lines. */
const minor: readonly PodChange['kind'][] = ['placed', 'out-of-rotation', 'in-rotation'];
const joinedWithinMs = 5_000;

function joinMinor(changes: readonly PodChange[]): readonly Joined[] {
  const joined: Joined[] = [];
  for (const change of changes) {
    const { at, pod, kind, detail } = change;
    const last = joined.findLast((other) => other.pod === pod);
    if (last && minor.includes(kind) && at - last.at <= joinedWithinMs)
      last.details.push(`${detail} ${printDelay(at - last.at)}`);
    else joined.push({ at, pod, details: [describeChange(change)] });
  }
  return joined;
}

function toNodeMoments(run: Run): Moment[] {
  return listNodeChanges(run).map((change) => ({
    at: change.at,
    text: escapeMarkdown(`node ${change.node}: ${describeChange(change)}`),
    rank: ranks.node,
  }));
}

function toOutages(run: Run): Moment[] {
  return attributeOutages(run).map((outage) => ({
    at: findOutageMoment(outage),
    text: printOutage(outage),
    rank: ranks.outage,
  }));
}

/** A shorter one is no moment of a run. */
const shortestNamedMs = 1_000;

function toGapMoments(run: Run): Moment[] {
  const since = run.startRequestedAt ?? 0;
  return listGaps(run)
    .filter(({ from, until }) => until - from >= shortestNamedMs && until > since)
    .map((gap) => ({ at: gap.from, text: describeGap(gap), rank: ranks.gap }));
}
