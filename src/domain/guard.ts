import { printBound } from './print-numbers.ts';
import { toTotalOutageMs, type AvailabilityDrop, type Guarded } from './availability-drop.ts';
import { printDuration } from './duration.ts';
import { toLostMs } from './error-budget.ts';
import { countLost, type PredictionStream } from './prediction-stream.ts';

/** A condition that aborts the run as soon as it is seen while a fault is active. */
export type Guard =
  | { readonly kind: 'availability-floor'; readonly floor: number; readonly windowMs: number }
  | { readonly kind: 'lost-sight'; readonly afterMs: number }
  /** The most that the run may spend of the error budget, as time without any prediction. */
  | { readonly kind: 'budget-cap'; readonly spendMs: number }
  | { readonly kind: 'consecutive-failures'; readonly count: number }
  | AvailabilityDrop;

export type GuardTrip = { readonly guard: Guard; readonly reason: string };

/** A guard that tripped, and when, ms since the epoch. */
export type DatedTrip = GuardTrip & { readonly at: number };

/** A floor is not judged on fewer predictions than this: one lost request of two is not an outage. */
export const fewestForFloor = 10;

/** Shorter breaks in the measurement, or those of fewer predictions in a row, do not make a floor wait for its whole window again. */
const shortestBreakMs = 1_000;
const shortestBreakSlots = 3;

/** Returns how long nothing may be measured until the windows of a floor are no longer whole, ms. */
export function toBreakMs(ratePerSecond: number): number {
  return Math.max(shortestBreakMs, (shortestBreakSlots * 1_000) / ratePerSecond);
}

/** With less, one list of pods that fails would end a run. */
const leastSightMs = 5_000;
/** How many times the mean gap between predictions of a Poisson process is exceeded once in 20,000 gaps. */
const longGap = 10;

/** The least that `lostSight` can be for a service, ms: predictions that hang are heard of at their time-out only. */
export function toLeastSightMs({ ratePerSecond, timeoutMs, arrivals }: Asked): number {
  const gaps = arrivals === 'poisson' ? longGap : 2;
  return Math.max(leastSightMs, timeoutMs + (gaps * 1_000) / ratePerSecond);
}

type Asked = {
  readonly ratePerSecond: number;
  readonly timeoutMs: number;
  readonly arrivals: 'constant' | 'poisson';
};

/** What the stream has cost so far, as time without any prediction. */
export function toSpentMs({ seconds, ratePerSecond }: PredictionStream): number {
  return toLostMs(countLost(seconds), ratePerSecond);
}

/** Prints a guard as a person reads it on the card before approving; with what it costs, where it is known what it is part of. */
export function printGuard(guard: Guard, guarded?: Guarded): string {
  switch (guard.kind) {
    case 'lost-sight':
      return `abort when nothing is observed for ${printDuration(guard.afterMs)}`;
    case 'availability-floor':
      return `abort when availability < ${printBound(guard.floor)} over ${printDuration(guard.windowMs)}`;
    case 'budget-cap':
      return `abort when failed predictions amount to ${printDuration(guard.spendMs)} of full outage`;
    case 'consecutive-failures':
      return `abort when ${guard.count} predictions in a row are lost`;
    case 'availability-drop': {
      const price = guarded ? `; ${printPrice(guard, guarded)}` : '';
      return `abort when the predictions show that availability has fallen from ${printBound(guard.from)} towards ${printBound(guard.to)} (${printFalseAlarms(guard)}${price})`;
    }
  }
}

/** Prints the stated rate of a drop guard with what it assumes. */
export function printFalseAlarms({ falseAlarms, burstMs }: AvailabilityDrop): string {
  const rate = `false alarms in at most ${printBound(falseAlarms)} of runs`;
  return burstMs === undefined
    ? `${rate}, only where failures are independent of each other; unknown where they come in bursts`
    : `${rate} if bursts of failures last ${printDuration(burstMs)} on average`;
}

function printPrice(guard: AvailabilityDrop, guarded: Guarded): string {
  const ms = Math.ceil(toTotalOutageMs(guard, guarded) / 1_000) * 1_000;
  return `a total outage is ended after some ${printDuration(ms)}`;
}
