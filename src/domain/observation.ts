import { countLost, type LossRun, type Observation } from '../evidence/statistics/loss-runs.ts';
import type { Outage } from './loss-episodes.ts';
import { findEnd, type PhaseMeasurement, type SecondMeasurement } from './measurement.ts';
import { findOutages, type OutageRule } from './outages.ts';

type Block = {
  readonly from: number;
  readonly until: number;
  lost: number;
  readonly goodShare: number;
};

/**
 * Returns a phase as the statistics need it. The journal tells what failed in each second and, for the whole phase, how many runs of failures there were. The
 * failures of a second are taken as one run, and one that goes on where the second before lost everything. Where the phase had more runs than that, the others
 * were single failures in the seconds with the most good predictions. Phases of older journals have no number of runs; theirs are taken as long as they can be. With `rule`, what an outage lost is one run, also where some
 * predictions of it were answered.
 */
export function toObservation(
  { predictions, seconds, startedAt, endedAt }: PhaseMeasurement,
  rule?: OutageRule,
): Observation {
  const { sent, good, lossRuns = 0 } = predictions;
  const inPhase = seconds.filter((second) => findEnd(second) > startedAt && second.at < endedAt);
  const blocks = fit(toBlocks(inPhase), { lost: sent - good, at: startedAt });
  const more = Math.max(0, lossRuns - joinBlocks(blocks).length);
  const singles = splitSingles(blocks, more);
  const all = [...joinBlocks(blocks), ...singles];
  const runs = all.toSorted((one, other) => one.from - other.from);
  return { due: sent, lossRuns: rule ? joinOutages(runs, findOutages(inPhase, rule)) : runs };
}

function joinOutages(runs: readonly LossRun[], outages: readonly Outage[]): readonly LossRun[] {
  const isIn = ({ from }: LossRun, outage: Outage) => from >= outage.from && from < outage.until;
  const joined = outages.flatMap((outage) => {
    const within = runs.filter((run) => isIn(run, outage));
    const [first, last] = [within.at(0), within.at(-1)];
    return first && last ? [{ from: first.from, until: last.until, lost: countLost(within) }] : [];
  });
  const others = runs.filter((run) => !outages.some((outage) => isIn(run, outage)));
  return [...joined, ...others].toSorted((one, other) => one.from - other.from);
}

function toBlocks(seconds: readonly SecondMeasurement[]): Block[] {
  return seconds
    .filter(({ sent, good }) => sent > good)
    .map((second) => ({
      from: second.at,
      until: findEnd(second) - 1,
      lost: second.sent - second.good,
      goodShare: second.good / second.sent,
    }));
}

/** The phase begins and ends within a second; what was lost in those belongs to it only in part. */
function fit(
  blocks: Block[],
  { lost, at }: { readonly lost: number; readonly at: number },
): Block[] {
  let excess = blocks.reduce((sum, block) => sum + block.lost, 0) - lost;
  for (const block of [blocks.at(0), blocks.at(-1)]) {
    const dropped = Math.max(0, Math.min(excess, block?.lost ?? 0));
    if (block) block.lost -= dropped;
    excess -= dropped;
  }
  const kept = blocks.filter((block) => block.lost > 0);
  return excess < 0 ? [{ from: at, until: at, lost: -excess, goodShare: 0 }, ...kept] : kept;
}

/** Takes so many single failures out of the blocks with the most good predictions, of each but one. */
function splitSingles(blocks: readonly Block[], count: number): readonly LossRun[] {
  const singles: LossRun[] = [];
  for (const block of blocks.toSorted((one, other) => other.goodShare - one.goodShare)) {
    for (; singles.length < count && block.lost > 1; block.lost -= 1)
      singles.push({ from: block.from, until: block.from, lost: 1 });
  }
  return singles;
}

function joinBlocks(blocks: readonly Block[]): readonly LossRun[] {
  const joined: { from: number; until: number; lost: number; isWhole: boolean }[] = [];
  for (const { from, until, lost, goodShare } of blocks) {
    const last = joined.at(-1);
    const isWhole = goodShare === 0;
    if (last && from - last.until <= 1 && (last.isWhole || isWhole)) {
      last.until = until;
      last.lost += lost;
      last.isWhole = isWhole;
    } else joined.push({ from, until, lost, isWhole });
  }
  return joined.map(({ from, until, lost }) => ({ from, until, lost }));
}
