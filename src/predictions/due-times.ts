import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { ScoringService } from '../domain/catalogue.ts';

export type DueTimesOptions = {
  readonly seed: number;
  /** Nothing is due before this time, ms since the epoch. */
  readonly startAt: number;
};

type Arrivals = Pick<ScoringService['scoring'], 'ratePerSecond' | 'arrivals'>;

/**
 * Walks through the times at which predictions are due. Evenly: one at a uniformly random instant of each slot of 1 / rate, since an even beat can fall
 * in step with a rhythm of the service (stratified sampling: Cochran, Sampling Techniques, chapter 5A). As a Poisson process: exponential gaps, by
 * inversion (Devroye, Non-Uniform Random Variate Generation, II.2). The same seed gives the same times.
 */
export class DueTimes {
  readonly #draw: () => number;
  #count = 0;
  #dueAt: number;

  constructor(arrivals: Arrivals, options: DueTimesOptions) {
    this.#draw = arrivals.arrivals
      ? drawPoisson(arrivals, arrivals.arrivals.seed, options.startAt)
      : drawStratified(arrivals, options);
    this.#dueAt = this.#draw();
  }

  /** How many were passed. */
  get count(): number {
    return this.#count;
  }

  /** When the next one is due. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** Goes on to the next one. */
  pass(): void {
    this.#count += 1;
    this.#dueAt = this.#draw();
  }

  /** Passes all that are due before `until`; returns their number. */
  passUntil(until: number): number {
    const before = this.#count;
    for (let isDue = this.#dueAt < until; isDue; isDue = this.#dueAt < until) this.pass();
    return this.#count - before;
  }
}

function drawStratified({ ratePerSecond }: Arrivals, { seed, startAt }: DueTimesOptions) {
  const slotMs = 1_000 / ratePerSecond;
  const random = xoroshiro128plus(seed);
  let slot = 0;
  return () => startAt + (slot++ + uniformFloat64(random)) * slotMs;
}

function drawPoisson({ ratePerSecond }: Arrivals, seed: number, startAt: number) {
  const meanMs = 1_000 / ratePerSecond;
  const random = xoroshiro128plus(seed);
  let dueAt = startAt;
  return () => (dueAt += -Math.log(1 - uniformFloat64(random)) * meanMs);
}
