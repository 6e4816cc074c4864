import type { DueEntry } from './predictions/due-history.ts';
import { cutGap } from './predictions/split-gap.ts';

/** A bound that predictions keep again: the share of the measured ones, 0 to 1, that must keep it. */
export type RecoveryBound = {
  readonly keeps: (entry: Extract<DueEntry, { kind: 'measured' }>) => boolean;
  readonly share: number;
};

/** What a service must be like for a whole window to have recovered. */
export type Recovered = {
  readonly bounds: readonly RecoveryBound[];
  /** The share of the due predictions that must be measured, 0 to 1. */
  readonly leastCoverage: number;
};

/** What is supposed of predictions that were due and not measured: that they were well, or nothing. */
export type Unmeasured = 'well' | 'uncounted';

/** Shares of counts differ in the last digits. */
const rounding = 1e-9;

/** Counts what was due in a window of time that moves on, for the search of a recovery. */
export class RecoveryWindow {
  readonly #bounds: Recovered['bounds'];
  readonly #leastCoverage: number;
  readonly #unmeasured: Unmeasured;
  #measured = 0;
  #missing = 0;
  /** How many measured ones keep each bound. */
  readonly #kept: number[];

  constructor({ bounds, leastCoverage }: Recovered, unmeasured: Unmeasured) {
    this.#bounds = bounds;
    this.#leastCoverage = leastCoverage;
    this.#unmeasured = unmeasured;
    this.#kept = bounds.map(() => 0);
  }

  add(entry: DueEntry): void {
    this.#count(entry, 1);
  }

  remove(entry: DueEntry): void {
    this.#count(entry, -1);
  }

  #count(entry: DueEntry, sign: 1 | -1): void {
    if (entry.kind === 'gap') {
      this.#missing += sign * entry.due;
      return;
    }
    this.#measured += sign;
    for (const [index, { keeps }] of this.#bounds.entries())
      if (keeps(entry)) this.#kept[index] = (this.#kept[index] ?? 0) + sign;
  }

  /** Whether a recovery can begin with this entry. */
  begins(entry: DueEntry): boolean {
    if (entry.kind === 'gap') return this.#unmeasured === 'well';
    return this.#bounds.every(({ keeps }) => keeps(entry));
  }

  /** Whether enough in the window, which ends at `until`, is measured and keeps each bound. `last`: the last entry in it, which may reach beyond. */
  isGood(last: DueEntry | undefined, until: number): boolean {
    const beyond = last?.kind === 'gap' ? last.due - cutGap(last, last.from, until).due : 0;
    const missing = this.#missing - beyond;
    const due = this.#measured + missing;
    const isWell = this.#unmeasured === 'well';
    const [of, supposed] = isWell ? [due, missing] : [this.#measured, 0];
    if (!isWell && this.#measured < this.#leastCoverage * due - rounding) return false;
    return this.#bounds.every(
      ({ share }, index) => (this.#kept[index] ?? 0) + supposed >= share * of - rounding,
    );
  }
}
