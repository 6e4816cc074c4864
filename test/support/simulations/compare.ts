import { compareRuns, type Change } from '../../../src/evidence/statistics/compare-runs.ts';
import { createSeededRandom, drawRun } from '../bursty-losses.ts';
import { percent, toBurstText, type Table } from './table.ts';

const repeats = 2_000;
const seconds = 60;

type Cell = {
  readonly before: number;
  readonly now: number;
  readonly burstSeconds: number;
  readonly ratePerSecond: number;
  /** How many earlier runs. */
  readonly earlier: number;
  readonly seed: number;
};

export type CompareRates = Readonly<Record<Change, number>>;

const equal = [
  [0.95, 0, 10],
  [0.95, 0.3, 10],
  [0.95, 1, 10],
  [0.95, 5, 10],
  [0.99, 1, 10],
  [0.95, 0, 100],
  [0.95, 0.3, 100],
  [0.95, 1, 100],
  [0.95, 5, 100],
].flatMap(([share = 0, burst = 0, rate = 0]) =>
  (rate === 10 ? [1, 3, 5] : [1]).map((earlier) => [share, share, burst, rate, earlier]),
);
const fallen = [
  [0.95, 0.5],
  [0.95, 0.8],
].flatMap(([before = 0, now = 0]) => [0.3, 1, 5].map((burst) => [before, now, burst, 10, 1]));

const compareCells: readonly Cell[] = [...equal, ...fallen].map(
  ([before = 0, now = 0, burstSeconds = 0, ratePerSecond = 0, earlier = 0], index) => ({
    before,
    now,
    burstSeconds,
    ratePerSecond,
    earlier,
    seed: 303 + index,
  }),
);

/** What is said of a run with this availability after runs with that. */
function simulateCompare(cell: Cell): CompareRates {
  const random = createSeededRandom(cell.seed);
  const draw = (availability: number) =>
    drawRun(
      random,
      { burstSeconds: cell.burstSeconds, lost: 1 - availability },
      { ...cell, seconds },
    );
  const counts: Record<Change, number> = {
    better: 0,
    worse: 0,
    'no-difference-can-be-told': 0,
    'too-few-episodes': 0,
  };
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const earlier = Array.from({ length: cell.earlier }, () => draw(cell.before));
    const comparison = compareRuns(draw(cell.now), earlier, 'jittered');
    if (comparison) counts[comparison.change] += 1 / repeats;
  }
  return counts;
}

export function tabulateCompare(): Table {
  return {
    name: 'compare',
    header: [
      'Sent',
      'Availability before',
      'now',
      'Bursts',
      'Earlier runs',
      'Better',
      'Worse',
      'Too few episodes',
    ],
    rows: compareCells.map((cell) => {
      const rates = simulateCompare(cell);
      return [
        `${cell.ratePerSecond}/s`,
        percent(cell.before, 0),
        percent(cell.now, 0),
        toBurstText(cell.burstSeconds),
        `${cell.earlier}`,
        percent(rates.better),
        percent(rates.worse),
        percent(rates['too-few-episodes'], 0),
      ];
    }),
  };
}
