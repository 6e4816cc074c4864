type Sleeper = { readonly at: number; readonly wake: () => void };

/** A clock whose time passes only while everybody sleeps. */
export class VirtualClock {
  #now = 1_000_000;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper = { at: this.#now + Math.max(0, durationMs), wake: resolve };
    if (signal?.aborted) return Promise.resolve();
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', () => {
      this.#sleepers.delete(sleeper);
      resolve();
    });
    return promise;
  }

  /** Lets time pass until `until` says true, or nobody sleeps any more. */
  async run(until: () => boolean = () => false): Promise<void> {
    for (;;) {
      await settle();
      if (until()) return;
      let next = Infinity;
      for (const { at } of this.#sleepers) next = Math.min(next, at);
      if (next === Infinity) return;
      this.#now = Math.max(this.#now, next);
      for (const sleeper of this.#sleepers) {
        if (sleeper.at > this.#now) continue;
        this.#sleepers.delete(sleeper);
        sleeper.wake();
      }
    }
  }

  /** Lets this much time pass for everybody. */
  async sleepThrough(durationMs: number): Promise<void> {
    let isOver = false;
    void this.sleep(durationMs).then(() => (isOver = true));
    await this.run(() => isOver);
  }
}

/** Gives promises that wait for nothing but each other their turns. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}
