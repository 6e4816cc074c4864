import { setTimeout as delay } from 'node:timers/promises';
import type { Pace } from '../pace.ts';
import type { Step } from '../experiments/experiment-schema.ts';
import { newId, toProgress, type StepProgress } from './execution-progress.ts';
import { runSteps, type StepRunner } from './run-steps.ts';

export type ExecutionStatus =
  | 'PreProcessingQueued'
  | 'PreProcessing'
  | 'WaitingToStart'
  | 'Running'
  | 'Success'
  | 'Cancelled'
  | 'Failed';

export type ExecutionWorld = {
  readonly pace: Pace;
  /** Finds the targets of all actions and writes them into the progress. Throws an Error in Azure's words. */
  prepare(steps: readonly StepProgress[]): void;
  /** Injects the fault of an action; answers how to take it away. Throws an Error in Azure's words. */
  inject: StepRunner['inject'];
};

/** What became of the pre-processing of a start. */
export type Preparation = { outcome: 'done' | 'cancelled' } | { outcome: 'failed'; reason: string };

/** One run of an experiment, as Chaos Studio conducts it: it begins by itself, and ends when every fault has been taken away. */
export class Execution {
  readonly id = newId();
  readonly startedAt = new Date();
  readonly steps: readonly StepProgress[];
  readonly prepared: Promise<Preparation>;
  readonly ended: Promise<void>;
  status: ExecutionStatus = 'PreProcessingQueued';
  stoppedAt: Date | undefined;
  failureReason = '';
  readonly #world: ExecutionWorld;
  readonly #cancelling = new AbortController();
  readonly #closing = new AbortController();

  constructor(steps: readonly Step[], world: ExecutionWorld) {
    this.steps = toProgress(steps);
    this.#world = world;
    this.prepared = this.#prepare();
    this.ended = this.#run();
  }

  get isOver(): boolean {
    return this.stoppedAt !== undefined;
  }

  /** Ends it: nothing more is injected from now on, and what was injected is taken away as soon as the pace has it. */
  cancel(): void {
    this.#cancelling.abort();
  }

  /** Ends it without taking any time; resolves when no fault is left. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.cancel();
    await this.ended;
  }

  async #prepare(): Promise<Preparation> {
    const { queuedMs, startMs } = this.#world.pace;
    try {
      await this.#wait(queuedMs);
      this.status = 'PreProcessing';
      await this.#wait(startMs - queuedMs);
      this.#world.prepare(this.steps);
      return { outcome: 'done' };
    } catch (error) {
      if (this.#cancelling.signal.aborted) return { outcome: 'cancelled' };
      return { outcome: 'failed', reason: (error as Error).message };
    }
  }

  async #run(): Promise<void> {
    const preparation = await this.prepared;
    try {
      if (preparation.outcome === 'failed') throw new Error(preparation.reason);
      this.status = 'WaitingToStart';
      await this.#wait(this.#world.pace.waitMs);
      this.status = 'Running';
      await runSteps(this.steps, this.#toRunner());
      await this.#wait(this.#world.pace.settleMs);
      this.#end('Success');
    } catch (error) {
      if (this.#cancelling.signal.aborted) return this.#end('Cancelled');
      this.failureReason = (error as Error).message;
      this.#end('Failed');
    }
  }

  #toRunner(): StepRunner {
    return {
      wait: (ms) => this.#wait(ms),
      inject: this.#world.inject,
      isCancelled: () => this.#cancelling.signal.aborted,
      waitForRemoval: () =>
        delay(this.#world.pace.removeMs, undefined, { signal: this.#closing.signal }).catch(
          () => undefined,
        ),
    };
  }

  #wait(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.#cancelling.signal });
  }

  #end(status: ExecutionStatus): void {
    this.status = status;
    this.stoppedAt = new Date();
  }
}
