import { OutageFinder } from '../evidence/statistics/outage-finder.ts';
import {
  toBackgroundLimit,
  toShortestTellable,
  type OutageScoring,
} from '../evidence/statistics/outage-scoring.ts';
import { addFailedBy, addFailures, joinSeconds } from './join-seconds.ts';
import {
  findEnd,
  type FailureCounts,
  type PhaseMeasurement,
  type PodLosses,
  type SecondMeasurement,
} from './measurement.ts';
import type { Run } from './run.ts';

/** A span in which predictions were lost: from the beginning of the first second with a loss to the end of the last. */
export type Outage = {
  readonly from: number;
  readonly until: number;
  readonly lost: number;
  readonly sent: number;
  readonly failures: FailureCounts;
  /** Which pods gave the failed answers, as far as they named themselves; absent where none did. */
  readonly failedBy?: readonly PodLosses[];
};

/** Losses outside outages: those of a service that loses some without a fault, too, or scattered ones since the fault. */
export type BackgroundLosses = {
  readonly lost: number;
  readonly sent: number;
  /** The shortest total outage that can be told from them, ms; absent where none can be. */
  readonly shortestMs?: number;
  /** True where the baseline lost nothing. */
  readonly isNew?: true;
};

/** How outages are told from other losses. */
export type OutageRule = OutageScoring & Pick<BackgroundLosses, 'isNew'>;

type Measured = {
  readonly [phase in 'baseline' | 'observed' | 'recovered']?: {
    readonly measurement: PhaseMeasurement;
  };
};

/** Losses with no more than one good second between them belong together. */
const joinedWithinMs = 2_000;
/** Losses of a dying pod take less time. Longer ones among more good predictions are scattered. */
const scatteredFromMs = 5_000;

/**
 * Returns how outages are told from background losses; undefined where there are none, so that two failed predictions as a pod dies are an outage. There are
 * some where the baseline lost any, or where losses are so scattered that joining them makes a long outage of a service that mostly answered.
 */
export function toOutageRule(run: Pick<Run, 'proposal'> & Measured): OutageRule | undefined {
  const { sent = 0, good = 0 } = run.baseline?.measurement.predictions ?? {};
  const isClean = good === sent;
  if (sent === 0 || (isClean && !isScattered(run))) return undefined;
  const { ratePerSecond } = run.proposal.service.scoring;
  const background = toBackgroundLimit({ lost: sent - good, due: sent });
  return { background, ratePerSecond, ...(isClean ? { isNew: true } : {}) };
}

function isScattered({ observed, recovered }: Measured): boolean {
  const seconds = joinSeconds([observed, recovered].flatMap((phase) => phase?.measurement ?? []));
  // Of what was lost in a merged minute nobody knows how it lay.
  if (seconds.some((second) => findEnd(second) - second.at > 1_000)) return false;
  // Those of which the answers name the pod are explained by it, however they lie.
  return joinLosses(seconds).some(
    ({ from, until, lost, sent, failedBy }) =>
      !failedBy && until - from > scatteredFromMs && lost < sent / 2,
  );
}

/**
 * Finds the outages in seconds, which are in order. Without background losses each loss belongs to one. With them an outage is a scoring segment (see
 * `OutageFinder`); since the order within a second is not recorded, its predictions are taken as evenly mixed.
 */
export function findOutages(
  seconds: readonly SecondMeasurement[],
  scoring?: OutageScoring,
): readonly Outage[] {
  return joinLosses(scoring ? findSegments(seconds, scoring) : seconds);
}

/** Returns what was lost outside the outages. */
export function countBackground(
  seconds: readonly SecondMeasurement[],
  outages: readonly Outage[],
  rule: OutageRule,
): BackgroundLosses {
  const outside = seconds.filter(
    (second) => !outages.some(({ from, until }) => second.at < until && findEnd(second) > from),
  );
  const [sent, good] = outside.reduce(
    ([allSent, allGood], second) => [allSent + second.sent, allGood + second.good],
    [0, 0],
  );
  const shortest = toShortestTellable(rule);
  return {
    lost: sent - good,
    sent,
    ...(shortest ? { shortestMs: shortest.ms } : {}),
    ...(rule.isNew ? { isNew: true } : {}),
  };
}

/** About how long an outage lasted, ms: its first and its last second count by what they lost, next to what was lost between them. */
export function estimateLengthMs(
  { from, until, lost, sent }: Outage,
  seconds: readonly SecondMeasurement[],
): number {
  const within = seconds.filter(({ at }) => at >= from && at < until);
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

/** Shows a second's predictions, its losses spread among the good ones. */
function see(finder: OutageFinder, second: SecondMeasurement): void {
  const { at, sent, good } = second;
  if (sent === 0) finder.interrupt();
  const stepMs = (findEnd(second) - at) / sent;
  const countBefore = (index: number) => Math.floor((index * good) / sent + 0.5);
  for (let index = 0; index < sent; index += 1) {
    const isGood = countBefore(index + 1) > countBefore(index);
    finder.see({ dueAt: at + index * stepMs, good: isGood });
  }
}

function joinLosses(seconds: readonly SecondMeasurement[]): readonly Outage[] {
  const outages: Outage[] = [];
  for (const second of seconds) {
    const { at, sent, good, failures } = second;
    if (good === sent) continue;
    const here: Outage = {
      from: at,
      until: findEnd(second),
      lost: sent - good,
      sent,
      failures,
      ...addFailedBy(second),
    };
    const last = outages.at(-1);
    if (last && at - last.until < joinedWithinMs) outages[outages.length - 1] = join(last, here);
    else outages.push(here);
  }
  return outages;
}

function join(one: Outage, next: Outage): Outage {
  return {
    from: one.from,
    until: next.until,
    lost: one.lost + next.lost,
    sent: one.sent + next.sent,
    failures: addFailures(one.failures, next.failures),
    ...addFailedBy(one, next),
  };
}
