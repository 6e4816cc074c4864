import { joinSeconds } from './join-seconds.ts';
import type { Outage } from './loss-episodes.ts';
import { findOutages, toOutageRule } from './outages.ts';
import type { Run } from './run.ts';
import { isMeasured, type Sample } from './sample.ts';

/** From when the first lost prediction was due until the first good one after the last of them was; ms since the epoch. */
export type ExactSpan = { readonly from: number; readonly until: number };

/** What single predictions say of a run beside its seconds. */
export type Sampled = {
  /** How many of them are kept. */
  readonly kept: number;
  /** How long outages really were, by their beginning in whole seconds. Those of which not every lost prediction is kept are not there. */
  readonly outages: ReadonlyMap<number, ExactSpan>;
};

type InSight = {
  readonly outage: Outage;
  lost: number;
  firstLostAt: number;
  lastLostAt: number;
  /** When good ones were due after the last lost one that is known so far: one that was due before them may still come, as those that time out do. */
  goodAt: number[];
  /** The first good one after its last second. */
  nextGoodAt: number;
};

/** Narrows the outages of a run while its predictions are seen, in any order, in memory that grows with the outages alone. */
export function createOutageLens(run: Run): {
  see(sample: Sample): void;
  read(): Sampled;
} {
  const phases = [run.baseline, run.observed, run.recovered];
  const seconds = joinSeconds(phases.flatMap((phase) => (phase ? [phase.measurement] : [])));
  const all = findOutages(seconds, toOutageRule(run)).map(toInSight);
  let kept = 0;
  return {
    see(sample) {
      kept += 1;
      if (!isMeasured(sample)) return;
      const { dueAt, outcome } = sample;
      const here = findLastBegun(all, dueAt);
      if (!here) return;
      if (outcome === 'good') seeGood(here, dueAt);
      else if (dueAt < here.outage.until) seeLost(here, dueAt);
    },
    read: () => ({
      kept,
      outages: new Map(
        all
          .filter(({ lost, outage }) => lost === outage.lost)
          .map((each) => [each.outage.from, toSpan(each)]),
      ),
    }),
  };
}

function toInSight(outage: Outage): InSight {
  return {
    outage,
    lost: 0,
    firstLostAt: Infinity,
    lastLostAt: -Infinity,
    goodAt: [],
    nextGoodAt: Infinity,
  };
}

/** The last outage that had begun by then; by halves, since a run may have thousands, and millions of predictions. */
function findLastBegun(all: readonly InSight[], at: number): InSight | undefined {
  let [first, end] = [0, all.length];
  while (first < end) {
    const middle = Math.floor((first + end) / 2);
    if ((all[middle]?.outage.from ?? Infinity) <= at) first = middle + 1;
    else end = middle;
  }
  return all[first - 1];
}

function seeLost(here: InSight, dueAt: number): void {
  here.lost += 1;
  here.firstLostAt = Math.min(here.firstLostAt, dueAt);
  if (dueAt <= here.lastLostAt) return;
  here.lastLostAt = dueAt;
  here.goodAt = here.goodAt.filter((at) => at > dueAt);
}

function seeGood(here: InSight, dueAt: number): void {
  if (dueAt >= here.outage.until) here.nextGoodAt = Math.min(here.nextGoodAt, dueAt);
  else if (dueAt > here.lastLostAt) here.goodAt.push(dueAt);
}

function toSpan({ outage, firstLostAt, goodAt, nextGoodAt }: InSight): ExactSpan {
  const goodAgainAt = goodAt.reduce((least, at) => Math.min(least, at), nextGoodAt);
  return { from: firstLostAt, until: Number.isFinite(goodAgainAt) ? goodAgainAt : outage.until };
}
