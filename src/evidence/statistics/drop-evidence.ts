import { toEvidenceLimit, toEvidenceWeights, type DropGuard } from './drop-guard.ts';

/**
 * The evidence for a drop: the logarithm of a likelihood ratio, begun anew whenever it speaks for no drop, which is
 * Page's cumulative sum (Biometrika 41, 1954, 100). Looks at each prediction in constant time.
 */
export class DropEvidence {
  readonly limit: number;
  readonly #good: number;
  readonly #lost: number;
  #value = 0;
  #peak = 0;

  constructor(guard: DropGuard) {
    this.limit = toEvidenceLimit(guard);
    const { good, lost } = toEvidenceWeights(guard);
    this.#good = good;
    this.#lost = lost;
  }

  /** Adds one prediction and returns whether the guard trips now. */
  see(good: boolean): boolean {
    this.#value = Math.max(0, this.#value + (good ? this.#good : this.#lost));
    if (this.#value > this.#peak) this.#peak = this.#value;
    return this.#value >= this.limit;
  }

  /** The evidence now, from 0; the guard trips at `limit`. */
  get value(): number {
    return this.#value;
  }

  /** The most evidence so far. */
  get peak(): number {
    return this.#peak;
  }
}
