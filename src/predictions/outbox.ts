import type { PredictionResult, ResultBatch } from '../domain/prediction-result.ts';

export type OutboxOptions = {
  /** Every prediction due before this time has been put in. */
  readonly knownUntil: () => number;
  readonly deliver: (batch: ResultBatch) => void;
};

/** Results that become known within this time travel together. */
const gatherMs = 5;
/** A batch leaves at least so often, so that readers see the schedule live. */
const beatMs = 250;

/** Gathers results into batches. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #beat: NodeJS.Timeout;
  #results: PredictionResult[] = [];
  #gathering: NodeJS.Timeout | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#beat = setInterval(() => this.flush(), beatMs);
  }

  put(result: PredictionResult): void {
    this.#results.push(result);
    this.#gathering ??= setTimeout(() => this.flush(), gatherMs);
  }

  flush(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const results = this.#results;
    this.#results = [];
    this.#options.deliver({ results, knownUntil: this.#options.knownUntil() });
  }

  close(): void {
    clearInterval(this.#beat);
    clearTimeout(this.#gathering);
  }
}
