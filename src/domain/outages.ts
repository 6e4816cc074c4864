import { OutageFinder } from '../evidence/statistics/outage-finder.ts';
import {
  toBackgroundLimit,
  toShortestTellable,
  type OutageScoring,
} from '../evidence/statistics/outage-scoring.ts';
import { findEpisodes, joinLosses, type Outage } from './loss-episodes.ts';
import { findEnd, type PhaseMeasurement, type SecondMeasurement } from './measurement.ts';
import type { Run } from './run.ts';
import { sliceSeconds, sliceTouching } from './slice-seconds.ts';

/** Losses outside outages: those of a service that loses some without a fault, too, or scattered ones since the fault. */
export type BackgroundLosses = {
  readonly lost: number;
  readonly sent: number;
  /** The shortest total outage that can be told from them, ms; absent where none can be, or the baseline lost nothing. */
  readonly shortestMs?: number;
  /** How many predictions the baseline measured, where it lost none of them; absent where it did. */
  readonly cleanOf?: number;
};

/** How outages are told from other losses. */
export type OutageRule = OutageScoring & Pick<BackgroundLosses, 'cleanOf'>;

/** Returns how outages are told from other losses; undefined where nothing is known of the time before the fault. */
export function toOutageRule(
  run: Pick<Run, 'proposal'> & { readonly baseline?: { readonly measurement: PhaseMeasurement } },
): OutageRule | undefined {
  const { sent = 0, good = 0 } = run.baseline?.measurement.predictions ?? {};
  if (sent === 0) return undefined;
  const { ratePerSecond } = run.proposal.service.scoring;
  const background = toBackgroundLimit({ lost: sent - good, due: sent });
  return { background, ratePerSecond, ...(good === sent ? { cleanOf: sent } : {}) };
}

/**
 * Finds the outages in seconds, which are in order. With background losses, an outage is a scoring segment (see `OutageFinder`); of the order within a second
 * only its first and its last loss are recorded, so between them its predictions are taken as evenly mixed. Without, each loss belongs to one, be it two predictions as a pod dies, but for losses that lie
 * scattered: of those, segments are outages.
 */
export function findOutages(
  seconds: readonly SecondMeasurement[],
  rule?: OutageRule,
): readonly Outage[] {
  if (!rule) return joinLosses(seconds);
  if (rule.cleanOf === undefined) return joinLosses(findSegments(seconds, rule));
  return findEpisodes(seconds).flatMap(({ spans, isScattered, within }) =>
    isScattered ? joinLosses(findSegments(within, rule)) : spans,
  );
}

/** Finds the spans of scattered losses outside outages; none where the baseline lost some as well. */
export function findScattered(
  seconds: readonly SecondMeasurement[],
  rule: OutageRule | undefined,
): readonly Outage[] {
  if (rule?.cleanOf === undefined) return [];
  return findEpisodes(seconds).flatMap(({ isScattered, within }) => {
    if (!isScattered) return [];
    const inOutages = new Set(findSegments(within, rule));
    return joinLosses(within.filter((second) => !inOutages.has(second)));
  });
}

/** Returns what was lost outside the outages. */
export function countBackground(
  seconds: readonly SecondMeasurement[],
  outages: readonly Pick<Outage, 'from' | 'until'>[],
  rule: OutageRule,
): BackgroundLosses {
  const inOutages = new Set(
    outages.flatMap(({ from, until }) => sliceTouching(seconds, from, until)),
  );
  const outside = seconds.filter((second) => !inOutages.has(second));
  const [sent, good] = outside.reduce(
    ([allSent, allGood], second) => [allSent + second.sent, allGood + second.good],
    [0, 0],
  );
  const counted = { lost: sent - good, sent };
  if (rule.cleanOf !== undefined) return { ...counted, cleanOf: rule.cleanOf };
  const shortest = toShortestTellable(rule);
  return { ...counted, ...(shortest ? { shortestMs: shortest.ms } : {}) };
}

/** About how long an outage lasted, ms: its first and its last second count by what they lost, next to what was lost between them. */
export function estimateLengthMs(
  { from, until, lost, sent }: Outage,
  seconds: readonly SecondMeasurement[],
): number {
  const within = sliceSeconds(seconds, from, until);
  const [first, last] = [within.at(0), within.at(-1)];
  if (!first || !last || first === last) return until - from;
  const [between, all] = [sum(within.slice(1, -1)), { lost, sent }];
  const depth = between.lost > 0 ? between.lost / between.sent : all.lost / all.sent;
  const toSpare = (edge: SecondMeasurement) =>
    Math.max(0, 1 - sum([edge]).lost / edge.sent / depth) * (findEnd(edge) - edge.at);
  return until - from - toSpare(first) - toSpare(last);
}

function sum(seconds: readonly SecondMeasurement[]) {
  const add = (field: 'sent' | 'good') => seconds.reduce((all, second) => all + second[field], 0);
  return { sent: add('sent'), lost: add('sent') - add('good') };
}

/** The seconds of scoring segments. */
function findSegments(
  seconds: readonly SecondMeasurement[],
  scoring: OutageScoring,
): readonly SecondMeasurement[] {
  const finder = new OutageFinder(scoring);
  for (const second of seconds) see(finder, second);
  const segments = finder.outages;
  let next = 0;
  return seconds.filter((second) => {
    while ((segments[next]?.until ?? Number.POSITIVE_INFINITY) < second.at) next += 1;
    return (segments[next]?.from ?? Number.POSITIVE_INFINITY) < findEnd(second);
  });
}

/** Shows a second's predictions, its losses spread among the good ones between its first and its last loss. */
function see(finder: OutageFinder, second: SecondMeasurement): void {
  const { at, sent, good } = second;
  if (sent === 0) finder.interrupt();
  const stepMs = (findEnd(second) - at) / sent;
  const { before, after } = findGoodAround(second);
  const [start, end, goodBetween] = [before, sent - after, good - before - after];
  const countBefore = (index: number) =>
    Math.floor(((index - start) * goodBetween) / (end - start) + 0.5);
  for (let index = 0; index < sent; index += 1) {
    const isAround = index < start || index >= end;
    const isGood = isAround || countBefore(index + 1) > countBefore(index);
    finder.see({ dueAt: at + index * stepMs, good: isGood });
  }
}

/** About how many good predictions were due before the first lost one and after the last. */
function findGoodAround(second: SecondMeasurement): { before: number; after: number } {
  const { at, sent, good, lostAt } = second;
  if (!lostAt) return { before: 0, after: 0 };
  const toCount = (ms: number) => Math.round((ms / (findEnd(second) - at)) * sent);
  const before = Math.min(good, Math.max(0, toCount(lostAt.first - at)));
  const after = Math.max(0, toCount(findEnd(second) - lostAt.last) - 1);
  return { before, after: Math.min(good - before, after) };
}
