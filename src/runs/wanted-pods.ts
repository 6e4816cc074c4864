import { countReadyAtStart } from '../domain/pods-at-start.ts';
import type { Run } from '../domain/run.ts';
import type { PodMonitorDeps } from './pod-monitor.ts';

/** When the workload turned out to want fewer pods; it wanted more at `notBefore`. Ms since the epoch. */
export type FewerWanted = { readonly at: number; readonly notBefore: number };

/** What was read of a workload's wishes, to go on with after a restart. Times are ms since the epoch. */
export type WantedState = {
  /** How many pods it wanted before the fault; absent where that was not to be known. */
  readonly before?: number;
  readonly last?: { readonly wanted: number; readonly at: number };
  /** The workload could be read and did not say how many it wants. */
  readonly isUntold?: true;
  readonly fewer?: FewerWanted;
};

/** Until it has answered, so that the shortest baseline is enough. */
const firstEveryMs = 2_000;
/** What was read is taken for true for this long. */
const freshWithinMs = 45_000;

/**
 * How many pods a run wants back: those that were ready before the fault, or what the workload wants now where that is less. Only one that could
 * be read before the fault is believed: that something else makes pods of the service as well shows as long as they are there.
 */
export class WantedPods {
  /** As it was when somebody looked last. */
  #run: Run;
  readonly #deps: PodMonitorDeps;
  #state: WantedState;
  #askedAt = Number.NEGATIVE_INFINITY;
  #reading = false;
  #hasAnswered = false;

  constructor(run: Run, resumeFrom: WantedState | undefined, deps: PodMonitorDeps) {
    this.#run = run;
    this.#deps = deps;
    this.#state = resumeFrom ?? {};
  }

  state(): WantedState {
    return this.#state;
  }

  get now(): number {
    const { last } = this.#state;
    return this.isKnown && last ? Math.min(last.wanted, this.ready) : this.ready;
  }

  /** Since when it is fewer than before the fault; undefined where it is not. */
  get fewer(): FewerWanted | undefined {
    return this.now < this.ready ? this.#state.fewer : undefined;
  }

  /** Whether the workload has said lately how many it wants. */
  get isKnown(): boolean {
    const { last, isUntold } = this.#state;
    if (!last || isUntold) return false;
    return Math.abs(this.#deps.clock.now() - last.at) <= freshWithinMs;
  }

  /** How many were ready before the fault, as far as that is known by now. */
  get ready(): number {
    return countReadyAtStart(this.#run);
  }

  /** Asks the workload again when it was not asked for `everyMs`; nothing waits for its answer. Before the start is asked for, it is what was wanted before. */
  look(run: Run, everyMs: number): void {
    this.#run = run;
    const isBefore = run.startRequestedAt === undefined;
    const { cluster, clock } = this.#deps;
    const { service, cluster: where } = run.proposal;
    const isUnknown = this.#state.before === undefined;
    const dueMs = this.#hasAnswered ? everyMs : Math.min(everyMs, firstEveryMs);
    // A clock that was set back must not put it off.
    const isDue = Math.abs(clock.now() - this.#askedAt) >= dueMs;
    if (this.#reading || !isDue || (isUnknown && !isBefore)) return;
    this.#reading = true;
    this.#askedAt = clock.now();
    void cluster
      .readWantedPods(service, where)
      .then(
        (wanted) => this.#learn(wanted, isBefore),
        () => undefined,
      )
      .finally(() => {
        this.#reading = false;
      });
  }

  #learn(wanted: number | undefined, isBefore: boolean): void {
    const { before, fewer, last } = this.#state;
    this.#hasAnswered = true;
    if (wanted === undefined) {
      // What else makes pods, or keeps them from being read, does so before the fault as well.
      this.#state = isBefore ? {} : { ...this.#state, isUntold: true };
      return;
    }
    const at = this.#deps.clock.now();
    const known = Math.min(last?.wanted ?? this.ready, this.ready);
    const since = wanted < known ? { at, notBefore: last?.at ?? 0 } : fewer;
    this.#state = {
      ...(isBefore ? { before: wanted } : before === undefined ? {} : { before }),
      last: { wanted, at },
      ...(since && wanted < this.ready ? { fewer: since } : {}),
    };
  }
}
