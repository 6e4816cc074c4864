import { toOpposite } from '../../../src/evidence/statistics/interval.ts';
import { judgeShare } from '../../../src/evidence/statistics/judge-share.ts';
import {
  countIndependent,
  type Wish,
} from '../../../src/evidence/statistics/needed-predictions.ts';
import { toLengthForThisRunMs } from '../../../src/evidence/statistics/needed-time.ts';
import { toLengthForNextRunMs } from '../../../src/evidence/statistics/next-run-power.ts';
import { expectShare } from '../../../src/evidence/statistics/next-run.ts';
import { toBinomialInterval } from '../../../src/evidence/statistics/binomial-interval.ts';
import {
  countDrawn,
  createSeededRandom,
  drawBurstsOfShare,
  drawLosses,
  drawRun,
} from '../bursty-losses.ts';
import { percent, toBurstText, type Table } from './table.ts';

const ratePerSecond = 10;
const repeats = 2_000;
const nextRunRepeats = 500;

const wishes: readonly Wish[] = [
  { bound: 0.95, supposed: 0.965, power: 0.8 },
  { bound: 0.95, supposed: 0.965, power: 0.9 },
  { bound: 0.95, supposed: 0.9, power: 0.8 },
  { bound: 0.99, supposed: 0.98, power: 0.8 },
  { bound: 0.95, supposed: 0.975, power: 0.8 },
  { bound: 0.95, supposed: 0.99, power: 0.8 },
  { bound: 0.99, supposed: 0.998, power: 0.8 },
];

export type PowerCell = {
  readonly wish: Wish;
  readonly burstSeconds: number;
  readonly background: number;
  readonly seed: number;
};

const powerCells: readonly PowerCell[] = wishes
  .flatMap((wish) =>
    [
      [0, 0],
      [0.3, 0],
      [1, 0],
      [5, 0],
      [1, 0.005],
    ].map(([burstSeconds = 0, background = 0]) => ({ wish, burstSeconds, background })),
  )
  // As much background as is lost in all leaves none for bursts.
  .filter(({ wish, background }) => background < 1 - wish.supposed)
  .map((cell, index) => ({ ...cell, seed: 601 + index }));

/** What is needed, and how often that then decides the right way. */
export type Power = { readonly lengthMs: number; readonly decided: number };

function toPattern({ burstSeconds, background }: PowerCell) {
  return { burstMs: burstSeconds * 1_000, background, ratePerSecond };
}

/** How the run is decided itself, if its own availability is what is supposed. */
function simulateThisRunPower(cell: PowerCell): Power {
  const { wish, seed } = cell;
  const lengthMs = toLengthForThisRunMs(wish, toPattern(cell)) ?? 0;
  const random = createSeededRandom(seed);
  const watch = { ratePerSecond, seconds: lengthMs / 1_000 };
  const service = toService(cell);
  const decided = countRight(repeats, wish, () => {
    const bursts = drawBurstsOfShare(random, service, watch.seconds);
    const losses = countDrawn(drawLosses(random, service, { ...watch, bursts }));
    return judgeShare(losses, { bound: wish.bound, arrivals: 'jittered' }).interval;
  });
  return { lengthMs, decided };
}

/** How the service is decided, if its mean availability is what is supposed. */
function simulateNextRunPower(cell: PowerCell): Power {
  const { wish, burstSeconds, seed } = cell;
  const longestOutageMs = 3_000 * burstSeconds;
  const lengthMs = toLengthForNextRunMs(wish, { ...toPattern(cell), longestOutageMs }) ?? 0;
  const random = createSeededRandom(seed);
  const watch = { ratePerSecond, seconds: Math.ceil(lengthMs / 1_000) };
  const decided = countRight(nextRunRepeats, wish, () => {
    const run = drawRun(random, toService(cell), watch);
    return expectShare([run], { longestOutageMs, ratePerSecond }).interval;
  });
  return { lengthMs, decided };
}

/** How independent losses are decided by the exact interval after the predictions that are needed. */
function simulateIndependentPower({ wish, seed }: PowerCell) {
  const random = createSeededRandom(seed);
  const due = countIndependent(wish) ?? 0;
  const service = { burstSeconds: 0, lost: 1 - wish.supposed };
  const watch = { ratePerSecond: 1, seconds: due, bursts: [] };
  const decided = countRight(repeats, wish, () => {
    const { lost } = countDrawn(drawLosses(random, service, watch));
    return toOpposite(toBinomialInterval(lost, due));
  });
  return { due, decided };
}

function toService({ wish, burstSeconds, background }: PowerCell) {
  const lost = (1 - wish.supposed - background) / (1 - background);
  return { burstSeconds, lost, noise: background };
}

type Ends = { readonly lower: number; readonly upper: number };

function countRight(count: number, { bound, supposed }: Wish, draw: () => Ends): number {
  let right = 0;
  for (let repeat = 0; repeat < count; repeat += 1) {
    const { lower, upper } = draw();
    if (supposed > bound ? lower >= bound : upper < bound) right += 1;
  }
  return right / count;
}

export function tabulatePower(): Table {
  return {
    name: 'power',
    header: [
      'Bound',
      'Supposed',
      'Power asked',
      'Bursts',
      'Background',
      'This run: length',
      'decided',
      'Next run: length',
      'decided',
    ],
    rows: powerCells.map((cell) => {
      const { bound, supposed, power } = cell.wish;
      const [own, next] = [simulateThisRunPower(cell), simulateNextRunPower(cell)];
      return [
        percent(bound, 0),
        percent(supposed),
        percent(power, 0),
        toBurstText(cell.burstSeconds),
        percent(cell.background),
        toSeconds(own.lengthMs),
        percent(own.decided, 0),
        toSeconds(next.lengthMs),
        percent(next.decided, 0),
      ];
    }),
  };
}

export function tabulateIndependentPower(): Table {
  return {
    name: 'independent-power',
    header: ['Bound', 'Supposed', 'Power asked', 'Predictions', 'Decided'],
    rows: powerCells
      .filter(({ burstSeconds }) => burstSeconds === 0)
      .map((cell) => {
        const { due, decided } = simulateIndependentPower(cell);
        const { bound, supposed, power } = cell.wish;
        return [
          percent(bound, 0),
          percent(supposed),
          percent(power, 0),
          `${due}`,
          percent(decided, 0),
        ];
      }),
  };
}

function toSeconds(ms: number): string {
  return `${Math.ceil(ms / 1_000)} s`;
}
