/** Counts how often a miss follows a hit, or comes first, in a sequence that is given in order. */
export class RunCounter {
  #runs: number;
  #missing: boolean;

  constructor({ runs, missing }: RunState = { runs: 0, missing: false }) {
    this.#runs = runs;
    this.#missing = missing;
  }

  see(hit: boolean): void {
    if (!hit && !this.#missing) this.#runs += 1;
    this.#missing = !hit;
  }

  /** Ends the current run of failures: the time until the next prediction was not measured. */
  interrupt(): void {
    this.#missing = false;
  }

  get runs(): number {
    return this.#runs;
  }

  state(): RunState {
    return { runs: this.#runs, missing: this.#missing };
  }
}

/** What a counter has counted, and whether the last one was a miss. */
export type RunState = { readonly runs: number; readonly missing: boolean };
