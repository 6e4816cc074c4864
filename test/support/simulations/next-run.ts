import type { Observation } from '../../../src/evidence/statistics/loss-runs.ts';
import { countLost } from '../../../src/evidence/statistics/loss-runs.ts';
import { expectShare } from '../../../src/evidence/statistics/next-run.ts';
import { createSeededRandom, drawRun, type Random } from '../bursty-losses.ts';
import { percent, toBurstText, type Table } from './table.ts';

const repeats = 2_000;
const seconds = 60;

type Cell = {
  readonly availability: number;
  readonly burstSeconds: number;
  readonly ratePerSecond: number;
  readonly runs: readonly number[];
  readonly seed: number;
};

export type NextRunRates = {
  /** How often the interval holds the true mean. */
  readonly covered: number;
  /** How often the interval lies wholly above the true mean: the harmful error. */
  readonly tooGood: number;
};

const slow = [
  [0.95, 0],
  [0.95, 0.3],
  [0.95, 1],
  [0.95, 5],
  [0.99, 0.3],
  [0.99, 1],
  [0.99, 5],
].map((pair) => [...pair, 10]);
const fast = slow.slice(0, 4).map(([availability = 0, burst = 0]) => [availability, burst, 100]);

const nextRunCells: readonly Cell[] = [...slow, ...fast].map(
  ([availability = 0, burstSeconds = 0, ratePerSecond = 0], index) => {
    const runs = ratePerSecond === 10 ? [1, 2, 3, 10] : [1, 3];
    return { availability, burstSeconds, ratePerSecond, runs, seed: 201 + index };
  },
);

/** Coverage by the expectation from one, two, three and ten runs, with a longest outage of three mean bursts. */
function simulateNextRun(cell: Cell): readonly NextRunRates[] {
  const random = createSeededRandom(cell.seed);
  const limit = {
    longestOutageMs: 3_000 * cell.burstSeconds,
    ratePerSecond: cell.ratePerSecond,
  };
  return cell.runs.map((count) => {
    let [covered, tooGood] = [0, 0];
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const { lower, upper } = expectShare(drawRuns(random, cell, count), limit).interval;
      if (lower > cell.availability) tooGood += 1;
      else if (upper >= cell.availability) covered += 1;
    }
    return { covered: covered / repeats, tooGood: tooGood / repeats };
  });
}

function drawRuns(random: Random, cell: Cell, count: number): readonly Observation[] {
  const { availability, burstSeconds, ratePerSecond } = cell;
  const service = { burstSeconds, lost: 1 - availability };
  return Array.from({ length: count }, () => drawRun(random, service, { ratePerSecond, seconds }));
}

const worstOf = [1, 3, 10] as const;

/** How often the next run is no worse than the worst of one, three and ten earlier ones. */
function simulateWorstOf(cell: Cell): readonly number[] {
  const random = createSeededRandom(cell.seed + 100);
  return worstOf.map((count) => {
    let kept = 0;
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const [next = 0, ...lost] = drawRuns(random, cell, count + 1).map(({ lossRuns }) =>
        countLost(lossRuns),
      );
      if (next <= Math.max(...lost)) kept += 1;
    }
    return kept / repeats;
  });
}

export function tabulateNextRun(): Table {
  return {
    name: 'next-run',
    header: [
      'Sent',
      'Availability',
      'Bursts',
      'True mean inside, after 1 run',
      'after 2',
      'after 3',
      'after 10',
      'Too good, at most',
    ],
    rows: nextRunCells.map((cell) => {
      const rates = simulateNextRun(cell);
      const toText = (count: number) => {
        const rate = rates[cell.runs.indexOf(count)];
        return rate ? percent(rate.covered) : '';
      };
      return [
        `${cell.ratePerSecond}/s`,
        percent(cell.availability, 0),
        toBurstText(cell.burstSeconds),
        ...[1, 2, 3, 10].map(toText),
        percent(Math.max(...rates.map(({ tooGood }) => tooGood))),
      ];
    }),
  };
}

export function tabulateWorstOf(): Table {
  const cells = nextRunCells.filter(
    ({ availability, ratePerSecond }) => availability === 0.95 && ratePerSecond === 10,
  );
  return {
    name: 'worst-of',
    header: ['Bursts', ...worstOf.map((count) => `Worst of ${count}`)],
    rows: cells.map((cell) => [
      toBurstText(cell.burstSeconds),
      ...simulateWorstOf(cell).map((share) => percent(share, 0)),
    ]),
  };
}
