import type { Job, PgBoss } from 'pg-boss';
import type { Log } from '../runs/ports/log.ts';

/** What a job of the queue carries. */
export type JobData = { readonly runId?: string };

export type JobWorkersOptions = {
  readonly boss: PgBoss;
  readonly queue: string;
  /** How many jobs are worked on at once. Those that can't wait are taken beyond it. */
  readonly mostAtOnce: number;
  readonly handle: (job: Job<JobData>) => Promise<void>;
  /** Learns which runs wait while every worker is busy, the first in line first; resolves with those that can't wait. */
  readonly onWaiting: (runIds: readonly string[]) => Promise<readonly string[]>;
  readonly log: Log;
};

const pollingIntervalSeconds = 0.5;
/** How often it is looked who waits while every worker is busy, ms. */
const waitingEveryMs = 2_000;
const mostShown = 200;
/** The priority of jobs that can't wait; others have 0. */
const urgent = 1;

/**
 * Works on the jobs of a queue, the oldest first. One worker looks for the next job and none does while all are busy: pg-boss polls for each of its workers,
 * so an idle process asks the database as seldom with room for a hundred jobs as with room for one.
 */
export class JobWorkers {
  readonly #options: JobWorkersOptions;
  readonly #timer: NodeJS.Timeout;
  #busy = 0;
  /** The worker that looks for the next job. */
  #looking: symbol | undefined;
  /** The worker that looks for a job that can't wait. */
  #lookingForUrgent: symbol | undefined;
  #hadWaiting = false;
  #isEnding = false;

  constructor(options: JobWorkersOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#showWaiting(), waitingEveryMs);
    this.#timer.unref();
  }

  /** Begins to take jobs. */
  start(): Promise<void> {
    return this.#look();
  }

  /** Takes no more jobs. Those in hand are left to pg-boss' `stop`. */
  async end(): Promise<void> {
    this.#isEnding = true;
    clearInterval(this.#timer);
    await this.#options.boss.offWork(this.#options.queue, { wait: false });
  }

  async #look(): Promise<void> {
    if (this.#isEnding || this.#looking || this.#busy >= this.#options.mostAtOnce) return;
    const worker = Symbol('worker');
    this.#looking = worker;
    await this.#add(worker, {});
  }

  async #lookForUrgent(): Promise<void> {
    if (this.#isEnding || this.#lookingForUrgent) return;
    const worker = Symbol('urgent worker');
    this.#lookingForUrgent = worker;
    await this.#add(worker, { minPriority: urgent });
  }

  async #add(worker: symbol, which: { readonly minPriority?: number }): Promise<void> {
    const { boss, queue } = this.#options;
    const id = boss.work<JobData>(queue, { pollingIntervalSeconds, ...which }, async ([job]) => {
      if (!job) return;
      try {
        await this.#work(worker, job);
      } finally {
        await boss.offWork(queue, { id: await id, wait: false });
      }
    });
    await id;
  }

  /** Another worker looks for the next job meanwhile, or afterwards where all are busy; this one has had its job. */
  async #work(worker: symbol, job: Job<JobData>): Promise<void> {
    this.#busy += 1;
    if (this.#looking === worker) this.#looking = undefined;
    if (this.#lookingForUrgent === worker) this.#lookingForUrgent = undefined;
    this.#tryToLook();
    try {
      await this.#options.handle(job);
    } finally {
      this.#busy -= 1;
      this.#tryToLook();
    }
  }

  #tryToLook(): void {
    this.#look().catch((error: unknown) => {
      this.#looking = undefined;
      this.#options.log.warn({ error }, 'No worker could be added for the next run.');
    });
  }

  async #showWaiting(): Promise<void> {
    const { boss, queue, mostAtOnce, onWaiting, log } = this.#options;
    const isFull = this.#busy >= mostAtOnce;
    if (this.#isEnding || (!isFull && !this.#hadWaiting)) return;
    try {
      const jobs = isFull
        ? await boss.findJobs<JobData>(queue, { queued: true, limit: mostShown })
        : [];
      const runIds = [...new Set(jobs.map(({ data }) => String(data?.runId)))];
      this.#hadWaiting = runIds.length > 0;
      const hurried = await onWaiting(runIds);
      for (const singletonKey of hurried)
        await boss.update(queue, undefined, { singletonKey, match: 'all', priority: urgent });
      if (hurried.length > 0) await this.#lookForUrgent();
    } catch (error) {
      log.warn({ error }, 'It could not be read which runs wait.');
    }
  }
}
