import type { Run } from '../domain/run.ts';
import type { PodMonitorDeps } from './pod-monitor.ts';

const readEveryMs = 5_000;

/** How many pods a run wants back: those that were ready when it was proposed, or what the workload wants now where that is less. */
export class WantedPods {
  readonly #run: Run;
  readonly #deps: PodMonitorDeps;
  /** What the workload wanted when it was read last. */
  #read: number | undefined;
  #readAgainAt = 0;
  #reading = false;

  constructor(run: Run, deps: PodMonitorDeps) {
    this.#run = run;
    this.#deps = deps;
  }

  get now(): number {
    const { ready } = this.#run.proposal.blastRadius;
    return Math.min(this.#read ?? ready, ready);
  }

  /** Whether the number was read from the workload in this run. */
  get isKnown(): boolean {
    return this.#read !== undefined;
  }

  /** Asks the workload again, every few seconds; nothing waits for its answer. Where it can't be read, what was wanted last is. */
  look(): void {
    const { cluster, clock } = this.#deps;
    const { service, cluster: where } = this.#run.proposal;
    if (this.#reading || clock.now() < this.#readAgainAt) return;
    this.#reading = true;
    void cluster
      .readWantedPods(service, where)
      .then(
        (wanted) => (this.#read = wanted ?? this.#read),
        () => undefined,
      )
      .finally(() => {
        this.#reading = false;
        this.#readAgainAt = clock.now() + readEveryMs;
      });
  }
}
