import { claimLost } from '../../../src/domain/claim-lost.ts';
import { ChaosError } from '../../../src/domain/chaos-error.ts';
import type { Freeze } from '../../../src/domain/freeze.ts';
import type { RunId } from '../../../src/domain/ids.ts';
import type { RunEntry, RunEvent } from '../../../src/domain/run-event.ts';
import { applyEntry, foldRun, isActive, type Run } from '../../../src/domain/run.ts';
import { runNotFound } from '../../../src/domain/run-not-found.ts';
import { claimLastsMs, type Claim } from '../../../src/runs/ports/claim-store.ts';
import type { Decide, RunFilter } from '../../../src/runs/ports/run-store.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

export type Job = {
  readonly runId: RunId;
  owner: Owner | undefined;
  heardAt: number;
  notBefore: number;
};

type Kept = { readonly entries: RunEntry[]; run: Run };

/** What the processes share: each method is one transaction, done at once or not at all. */
export class SimulatedDatabase {
  readonly runs = new Map<RunId, Kept>();
  readonly checkpoints = new Map<RunId, string>();
  readonly jobs: Job[] = [];
  freeze: Freeze | undefined;
  /** Called with each entry as it is committed. */
  onEntry: (entry: RunEntry, before: Run | undefined) => void = () => undefined;
  readonly #epochs = new Map<RunId, number>();
  readonly #time: VirtualTime;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  create(runId: RunId, event: Extract<RunEvent, { type: 'proposed' }>): Run | undefined {
    if (this.runs.has(runId)) return undefined;
    const entry: RunEntry = { runId, sequence: 1, at: this.#time.now, event };
    const run = foldRun([entry]);
    this.runs.set(runId, { entries: [entry], run });
    this.onEntry(entry, undefined);
    return run;
  }

  transact<Outcome>(runId: RunId, decide: Decide<Outcome>, claim?: Claim) {
    const kept = this.runs.get(runId);
    if (!kept) throw runNotFound(runId);
    this.#requireNewest(claim);
    const others = [...this.runs.values()].map(({ run }) => run);
    const { events, conduct, outcome } = decide(kept.run, {
      now: this.#time.now,
      activeRuns: others.filter((run) => run.id !== runId && isActive(run)),
      ...(this.freeze ? { freeze: this.freeze } : {}),
    });
    let { run } = kept;
    const entries = events.map((event): RunEntry => {
      const entry = { runId, sequence: run.version + 1, at: this.#time.now, event };
      this.onEntry(entry, run);
      run = applyEntry(run, entry);
      return entry;
    });
    kept.entries.push(...entries);
    kept.run = run;
    if (conduct) this.enqueue(runId);
    return { run, outcome };
  }

  list({ phases, conversationId }: RunFilter = {}): Run[] {
    return [...this.runs.values()]
      .map(({ run }) => run)
      .filter((run) => !phases || phases.includes(run.phase))
      .filter(
        ({ origin }) => conversationId === undefined || origin.conversationId === conversationId,
      )
      .toReversed();
  }

  takeRun(runId: RunId): Claim {
    const epoch = (this.#epochs.get(runId) ?? 0) + 1;
    this.#epochs.set(runId, epoch);
    return { runId, epoch };
  }

  isNewest({ runId, epoch }: Claim): boolean {
    return this.#epochs.get(runId) === epoch;
  }

  save(runId: RunId, checkpoint: unknown, claim?: Claim): void {
    this.#requireNewest(claim);
    this.checkpoints.set(runId, JSON.stringify(checkpoint));
  }

  #requireNewest(claim: Claim | undefined): void {
    if (claim && !this.isNewest(claim)) throw claimLost(claim.runId);
  }

  /** One job of a run may wait while another one is worked on. */
  enqueue(runId: RunId, notBefore = this.#time.now): void {
    const isWaiting = this.jobs.some((job) => job.runId === runId && !job.owner);
    if (!isWaiting) this.jobs.push({ runId, owner: undefined, heardAt: 0, notBefore });
  }

  takeJob(owner: Owner): Job | undefined {
    const { now } = this.#time;
    const isTaken = (runId: RunId) => this.jobs.some((job) => job.runId === runId && job.owner);
    const job = this.jobs.find((one) => !one.owner && one.notBefore <= now && !isTaken(one.runId));
    if (job) Object.assign(job, { owner, heardAt: now });
    return job;
  }

  /** Whether the job is still this worker's. */
  beat(job: Job, owner: Owner): boolean {
    if (!this.jobs.includes(job) || job.owner !== owner) return false;
    job.heardAt = this.#time.now;
    return true;
  }

  finish(job: Job, owner: Owner, again: boolean): void {
    if (!this.beat(job, owner)) return;
    this.jobs.splice(this.jobs.indexOf(job), 1);
    if (again) this.enqueue(job.runId, this.#time.now + 1_000);
  }

  /** Gives the jobs of workers that show no sign of life to others. */
  supervise(): void {
    const { now } = this.#time;
    for (const job of this.jobs.filter(
      ({ owner, heardAt }) => owner && now - heardAt > claimLastsMs,
    )) {
      this.jobs.splice(this.jobs.indexOf(job), 1);
      this.enqueue(job.runId);
    }
  }
}

export function databaseAway(): ChaosError {
  return new ChaosError('store-unavailable', 'The database does not answer.', {
    suggestion: 'Bring it back.',
  });
}
