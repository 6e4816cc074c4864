import { judgeShare, type Arrivals } from '../../../src/evidence/statistics/judge-share.ts';
import type { Losses } from '../../../src/evidence/statistics/loss-runs.ts';
import {
  countDrawn,
  createSeededRandom,
  drawBurstsOfShare,
  drawLosses,
  type Bursts,
  type Random,
  type Service,
} from '../bursty-losses.ts';
import { percent, toBurstText, type Table } from './table.ts';

const repeats = 2_000;
/** Runs per number of inconclusive ones. */
const untoldRepeats = 1_000;
const seconds = 60;
/** Just on the wrong side of the bound. */
const hair = 0.0001;

type Cell = {
  readonly arrivals: Arrivals;
  readonly ratePerSecond: number;
  readonly service: Required<Service>;
  readonly seed: number;
};

export type ThisRunRates = {
  readonly wrongHeld: number;
  readonly wrongDeviated: number;
  /** Inconclusive although the truth is one or two points from the bound, on either side. */
  readonly inconclusive: readonly [number, number];
};

/** Of the predictions, besides the background. */
const lostInBursts = 0.05;

const whole = [10, 100].flatMap((ratePerSecond) =>
  [0, 0.01, 0.05].flatMap((noise) =>
    [0, 0.3, 1, 5].map((burstSeconds) => ({ ratePerSecond, noise, burstSeconds, depth: 1 })),
  ),
);
const half = [0.3, 1, 5].map((burstSeconds) => ({
  ratePerSecond: 10,
  noise: 0.01,
  burstSeconds,
  depth: 0.5,
}));
const poisson = { ratePerSecond: 10, noise: 0, burstSeconds: 1, depth: 1 };

/** Runs that lose 5% of their predictions in bursts, and a share of the others in the background. */
const thisRunCells: readonly Cell[] = [...whole, ...half, poisson].map((cell, index) => {
  const { ratePerSecond, ...service } = cell;
  const arrivals = cell === poisson ? 'poisson' : 'jittered';
  const lost = lostInBursts / service.depth;
  return { arrivals, ratePerSecond, service: { ...service, lost }, seed: 101 + index };
});

/** How often the judgement of a run whose own availability is known is wrong, or is none. */
function simulateThisRun(cell: Cell): ThisRunRates {
  const { arrivals, service, seed } = cell;
  const random = createSeededRandom(seed);
  const allowed = lostInBursts + (1 - lostInBursts) * service.noise;
  const judge = (losses: Losses, aside = 0) =>
    judgeShare(losses, { bound: 1 - allowed - aside, arrivals }).finding;
  let [wrongHeld, wrongDeviated] = [0, 0];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const losses = draw(random, cell, 0);
    if (judge(losses, -hair) === 'held') wrongHeld += 1;
    if (judge(losses, hair) === 'deviated') wrongDeviated += 1;
  }
  const untold = (points: number) => {
    let count = 0;
    for (let repeat = 0; repeat < untoldRepeats; repeat += 1)
      if (judge(draw(random, cell, repeat % 2 ? points : -points)) === 'inconclusive') count += 1;
    return count / untoldRepeats;
  };
  return {
    wrongHeld: wrongHeld / repeats,
    wrongDeviated: wrongDeviated / repeats,
    inconclusive: [untold(1), untold(2)],
  };
}

/** Draws the losses of a run that is so many points better than the bound. */
function draw(random: Random, { arrivals, ratePerSecond, service }: Cell, points: number): Losses {
  const { depth, noise } = service;
  // A moment in a burst loses `depth` of what the background leaves.
  const better = { ...service, lost: service.lost - points / 100 / (depth * (1 - noise)) };
  const bursts = drawBurstsOfShare(random, better, seconds);
  if (arrivals === 'poisson') return drawPoisson(random, bursts, ratePerSecond);
  return countDrawn(drawLosses(random, better, { ratePerSecond, seconds, bursts }));
}

/** Predictions at random instants; their number is taken as given, and their order plays no part. */
function drawPoisson(random: Random, bursts: Bursts, ratePerSecond: number): Losses {
  const due = seconds * ratePerSecond;
  let lost = 0;
  for (let index = 0; index < due; index += 1) if (isLost(bursts, random() * seconds)) lost += 1;
  return { due, lost, runs: lost };
}

function isLost(bursts: Bursts, at: number): boolean {
  // Ends are behind beginnings, so the first edge after an instant tells.
  return bursts.findIndex((edge) => edge > at) % 2 === 1;
}

export function tabulateThisRun(): Table {
  return {
    name: 'this-run',
    header: [
      'Sent',
      'Background',
      'Bursts',
      'Lost in bursts',
      'Wrong "held"',
      'Wrong "deviated"',
      'Inconclusive, 1 point aside',
      'Inconclusive, 2 points aside',
    ],
    rows: thisRunCells.map((cell) => {
      const { wrongHeld, wrongDeviated, inconclusive } = simulateThisRun(cell);
      const { noise, burstSeconds, depth } = cell.service;
      return [
        `${cell.ratePerSecond}/s${cell.arrivals === 'poisson' ? ', Poisson' : ''}`,
        percent(noise, 0),
        toBurstText(burstSeconds),
        burstSeconds === 0 ? '' : percent(depth, 0),
        percent(wrongHeld),
        percent(wrongDeviated),
        percent(inconclusive[0], 0),
        percent(inconclusive[1], 0),
      ];
    }),
  };
}
