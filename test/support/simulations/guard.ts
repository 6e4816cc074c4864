import { DropEvidence } from '../../../src/evidence/statistics/drop-evidence.ts';
import { toTimeToTrip, type DropGuard } from '../../../src/evidence/statistics/drop-guard.ts';
import {
  createSeededRandom,
  drawBursts,
  drawLosses,
  type Random,
  type Service,
} from '../bursty-losses.ts';
import { percent, toBurstText, type Table } from './table.ts';

const repeats = 2_000;
const watchedSeconds = 180;
/** Before a fall, so that the evidence has its usual course. */
const beforeSeconds = 30;
const burstLengths = [0, 0.3, 1, 5];

export type GuardCell = {
  readonly guard: DropGuard;
  readonly burstSeconds: number;
  readonly seed: number;
};

const guardCells: readonly GuardCell[] = [0.95, 0.99, 0.999]
  .flatMap((from) => burstLengths.map((burstSeconds) => ({ from, burstSeconds })))
  .map(({ from, burstSeconds }, index) => ({
    burstSeconds,
    guard: {
      from,
      to: 0.5,
      falseAlarms: 0.01,
      burstMs: burstSeconds * 1_000,
      ratePerSecond: 10,
      watchedMs: watchedSeconds * 1_000,
    },
    seed: 471 + index,
  }));

/** How often the guard trips within its time although availability stays what is acceptable. */
function simulateFalseAlarms(
  { guard, burstSeconds, seed }: GuardCell,
  ratePerSecond: number,
): number {
  const random = createSeededRandom(seed);
  const service = { burstSeconds, lost: 1 - guard.from };
  let alarms = 0;
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const evidence = new DropEvidence({ ...guard, ratePerSecond });
    const losses = draw(random, service, { ratePerSecond, seconds: watchedSeconds });
    if (findTrip(evidence, losses) >= 0) alarms += 1;
  }
  return alarms / repeats;
}

export type Delay = { readonly median: number; readonly most: number };

/** How many seconds pass from a fall to its end: the median, and what 95% do not exceed. */
function simulateDelay({ guard, burstSeconds, seed }: GuardCell, fallen: Service): Delay {
  const random = createSeededRandom(seed + 100);
  const { ratePerSecond } = guard;
  const delays: number[] = [];
  while (delays.length < repeats / 4) {
    const evidence = new DropEvidence(guard);
    const usual = { burstSeconds, lost: 1 - guard.from };
    const before = draw(random, usual, { ratePerSecond, seconds: beforeSeconds });
    if (findTrip(evidence, before) >= 0) continue;
    const trip = findTrip(evidence, draw(random, fallen, { ratePerSecond, seconds: 600 }));
    delays.push(trip < 0 ? Number.POSITIVE_INFINITY : (trip + 1) / ratePerSecond);
  }
  const ordered = delays.toSorted((one, next) => one - next);
  const at = (share: number) => ordered[Math.floor(share * ordered.length)] ?? 0;
  return { median: at(0.5), most: at(0.95) };
}

function draw(
  random: Random,
  service: Service,
  watch: { readonly ratePerSecond: number; readonly seconds: number },
) {
  const bursts = drawBursts(random, service, watch.seconds);
  return drawLosses(random, service, { ...watch, bursts });
}

/** The prediction at which the guard trips; -1 for none. */
function findTrip(evidence: DropEvidence, losses: Uint8Array): number {
  for (let index = 0; index < losses.length; index += 1)
    if (evidence.see(losses[index] === 0)) return index;
  return -1;
}

export function tabulateGuard(): Table {
  return {
    name: 'guard',
    header: [
      'From',
      'Bursts',
      'False alarms at 10/s',
      'at 100/s',
      'Burst not declared, 10/s',
      'Total outage ended after',
      'Half lost, stated',
      'simulated',
      'Half lost in bursts',
      'Any guard, at least',
    ],
    rows: guardCells.map((cell) => {
      const { guard, burstSeconds } = cell;
      const stated = toTimeToTrip(guard, 0.5);
      const half = simulateDelay(cell, { burstSeconds: 0, lost: 0.5 });
      const undeclared = { ...cell, guard: { ...guard, burstMs: 0 } };
      return [
        percent(guard.from, guard.from === 0.999 ? 1 : 0),
        toBurstText(burstSeconds),
        percent(simulateFalseAlarms(cell, 10)),
        percent(simulateFalseAlarms(cell, 100)),
        percent(simulateFalseAlarms(undeclared, 10)),
        toSeconds((toTimeToTrip(guard, 0)?.expectedMs ?? Number.NaN) / 1_000),
        stated ? toRange(stated.expectedMs / 1_000, stated.mostMs / 1_000) : '',
        toRange(half.median, half.most),
        burstSeconds === 0 ? '' : toDelayInBursts(cell),
        toSeconds(toLeastTimeToTripMs(guard) / 1_000),
      ];
    }),
  };
}

/**
 * Returns the least time in which any guard with these false alarms can end a total outage: bursts longer than
 * b ln(S(1-f)/(b a)) come without a fall more often than a. 0 for independent losses.
 */
export function toLeastTimeToTripMs(guard: DropGuard): number {
  const { from, falseAlarms, burstMs, watchedMs } = guard;
  if (burstMs === 0) return 0;
  return Math.max(0, burstMs * Math.log((watchedMs * (1 - from)) / (burstMs * falseAlarms)));
}

function toDelayInBursts(cell: GuardCell): string {
  const { median, most } = simulateDelay(cell, { burstSeconds: cell.burstSeconds, lost: 0.5 });
  return toRange(median, most);
}

function toRange(usual: number, most: number): string {
  return `${usual.toFixed(1)} s (${most.toFixed(1)} s)`;
}

function toSeconds(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}
