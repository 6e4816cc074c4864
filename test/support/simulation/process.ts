import { ChaosError } from '../../../src/domain/chaos-error.ts';
import type { RunId } from '../../../src/domain/ids.ts';
import type { PredictionResult, ResultBatch } from '../../../src/domain/prediction-result.ts';
import { ActiveRuns } from '../../../src/runs/active-runs.ts';
import { conductRun } from '../../../src/runs/conduct-run.ts';
import { expireProposals } from '../../../src/runs/expire-proposals.ts';
import { createFreezeFollower } from '../../../src/runs/follow-freeze.ts';
import type { FreezeDeps } from '../../../src/runs/freeze.ts';
import type { ConductDeps } from '../../../src/runs/conduct-context.ts';
import type { DecideDeps } from '../../../src/runs/decide-approval.ts';
import type { FreezeStore } from '../../../src/runs/ports/freeze-store.ts';
import type { Log } from '../../../src/runs/ports/log.ts';
import type { RunStore } from '../../../src/runs/ports/run-store.ts';
import { resumeRuns } from '../../../src/runs/resume-runs.ts';
import type { StopDeps } from '../../../src/runs/stop/stop-run.ts';
import { takeTurns } from '../../../src/runs/take-turns.ts';
import { openToAll } from '../open-to-all.ts';
import { sampleRule, sha256 } from '../proposal.ts';
import { foldCharges } from '../fold-charges.ts';
import { silentAnnouncer } from '../silent-announcer.ts';
import type { SimulatedAzure } from './azure.ts';
import type { Chance } from './chance.ts';
import type { Job, SimulatedDatabase } from './database.ts';
import { people } from './people.ts';
import type { SimulatedService } from './service.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';
import type { Wire } from './wire.ts';
import { createMemoryIntents } from './memory-intents.ts';

export type Surroundings = {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly database: SimulatedDatabase;
  readonly toDatabase: Wire;
  readonly azure: SimulatedAzure;
  readonly toAzure: Wire;
  readonly service: SimulatedService;
  readonly log: (process: SimulatedProcess) => Log;
};

/** Between two looks for a job, two signs of life, and two rounds of housekeeping, ms. */
const pollMs = 500;
const beatMs = 5_000;
const sweepMs = 5_000;
const superviseMs = 10_000;
const deliverMs = 500;
/** A thread that was not heard of for longer than this has measured nothing meanwhile. */
const pausedAfterMs = 2_000;

/** One process of the bot: it conducts what it finds in the queue and does what people ask of it. */
export class SimulatedProcess {
  readonly owner: Owner = { pausedUntil: 0, dead: false };
  readonly deps: ConductDeps & FreezeDeps & DecideDeps & StopDeps;
  readonly #around: Surroundings;
  readonly #draining = new AbortController();

  constructor(around: Surroundings) {
    this.#around = around;
    this.deps = this.#createDeps();
  }

  /** Starts it: whatever it does from now on is its own. */
  start(): void {
    const { time } = this.#around;
    time.as(this.owner, () => {
      void this.#work();
      const follow = createFreezeFollower(this.deps);
      this.#each(sweepMs, async () => {
        await follow();
        await expireProposals(this.deps);
        await takeTurns(this.deps);
      });
      this.#each(superviseMs, () => this.#ask(({ database }) => database.supervise()));
    });
  }

  kill(): void {
    this.owner.dead = true;
  }

  pause(ms: number): void {
    this.owner.pausedUntil = Math.max(this.owner.pausedUntil, this.#around.time.now + ms);
  }

  /** Does what a person asks of this process; gives what they are answered, and undefined while they wait. */
  do<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    return this.#around.time.as(this.owner, ask);
  }

  async #work(): Promise<void> {
    const { time } = this.#around;
    while (!(await this.#isDone(() => resumeRuns(this.deps)))) await time.sleep(pollMs);
    this.#each(pollMs, async () => {
      const job = await this.#ask(({ database }) => database.takeJob(this.owner));
      if (job) void this.#conduct(job);
    });
  }

  async #conduct(job: Job): Promise<void> {
    const released = new AbortController();
    const ended = new AbortController();
    this.#each(
      beatMs,
      async () => {
        if (!(await this.#ask(({ database }) => database.beat(job, this.owner)))) released.abort();
      },
      ended.signal,
    );
    const failed = await conductRun(
      job.runId,
      this.deps,
      this.#draining.signal,
      released.signal,
    ).then(
      () => false,
      () => true,
    );
    ended.abort();
    await this.#isDone(() => this.#ask(({ database }) => database.finish(job, this.owner, failed)));
  }

  /** Does it again and again, each time after the one before is over. */
  #each(everyMs: number, work: () => Promise<unknown>, until?: AbortSignal): void {
    const { time } = this.#around;
    const go = async () => {
      // oxlint-disable-next-line no-unmodified-loop-condition -- a signal aborts by itself
      while (!until?.aborted) {
        await this.#isDone(work);
        await time.sleep(everyMs, until);
      }
    };
    void go();
  }

  async #isDone(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof ChaosError) return false;
      throw error;
    }
  }

  #ask<Value>(question: (around: Surroundings) => Value): Promise<Value> {
    return this.#around.toDatabase.call(this.owner, () => question(this.#around));
  }

  #tell<Value>(request: (around: Surroundings) => Value): Promise<Value> {
    return this.#around.toAzure.call(this.owner, () => request(this.#around));
  }

  #createDeps(): ConductDeps & FreezeDeps & DecideDeps & StopDeps {
    const { time, service } = this.#around;
    return {
      ...openToAll,
      runs: this.#createRuns(),
      freezes: this.#createFreezes(),
      checkpoints: {
        save: (runId, checkpoint, claim) =>
          this.#ask(({ database }) => database.save(runId, checkpoint, claim)),
        find: (runId) =>
          this.#ask(({ database }) => {
            const text = database.checkpoints.get(runId);
            return text === undefined ? undefined : JSON.parse(text);
          }),
      },
      claims: {
        take: (runId) => this.#ask(({ database }) => database.takeRun(runId)),
        isNewest: (claim) => this.#ask(({ database }) => database.isNewest(claim)),
      },
      catalogue: {
        ...openToAll.catalogue,
        approvals: { rule: sampleRule(people), expiresAfterMs: 1 },
      } as never,
      faults: this.#createFaults(),
      cluster: {
        readPods: (wanted) =>
          this.#tell(() => ({
            pods: service.listMatching(wanted),
            withoutReadinessProbe: false,
            budgets: [],
          })),
        check: () => Promise.resolve([]),
        readWantedPods: () => Promise.resolve(undefined),
        readFaultRecords: () => Promise.resolve(undefined),
        watch: () => ({
          view: () => service.view(),
          changes: () => service.changes(),
          nodeChanges: () => [],
          surroundings: () => ({}),
          close: () => Promise.resolve(),
        }),
      },
      predictions: {
        probeOnce: () => Promise.reject(new Error('Nobody asks for one in a run.')),
        start: (_service, { onResults }) => this.#predict(onResults),
      },
      metrics: {
        readOnce: () => Promise.reject(new Error('Nobody asks for one in a run.')),
        start: () => ({ knownUntil: () => Infinity, stop: () => undefined }),
      },
      announcer: silentAnnouncer,
      checks: { ask: () => Promise.resolve(undefined) },
      active: new ActiveRuns(),
      intents: createMemoryIntents(),
      entropy: { randomBytes: (count: number) => new Uint8Array(count), sha256 },
      clock: {
        now: () => time.now,
        monotonicMs: () => time.now,
        sleep: (ms, signal) => time.sleep(ms, signal),
      },
      log: this.#around.log(this),
    };
  }

  #createRuns(): RunStore {
    return {
      create: (...given) => this.#ask(({ database }) => database.create(...given)),
      transact: (...given) => this.#ask(({ database }) => database.transact(...given)),
      find: (runId) => this.#ask(({ database }) => database.runs.get(runId)?.run),
      list: (filter) => this.#ask(({ database }) => database.list(filter)),
      count: (filter) => this.#ask(({ database }) => database.list(filter).length),
      charges: (filter) =>
        this.#ask(({ database }) => foldCharges(database.list({ phases: ['ended'] }), filter)),
      journal: (runId: RunId) =>
        this.#ask(({ database }) =>
          (database.runs.get(runId)?.entries ?? []).map((entry) => ({ ...entry, hash: '' })),
        ),
      verify: () => Promise.reject(new Error('Nobody asks for it in a run.')),
    };
  }

  #createFreezes(): FreezeStore {
    return {
      current: () => this.#ask(({ database }) => database.freeze),
      freeze: (asked) => this.#ask(({ database }) => (database.freeze ??= asked)),
      freezeLate: (asked) => this.#ask(({ database }) => (database.freeze ??= asked)),
      unfreeze: () =>
        this.#ask(({ database }) => {
          const before = database.freeze;
          database.freeze = undefined;
          return before;
        }),
    };
  }

  #createFaults(): ConductDeps['faults'] {
    return {
      describe: () => ({ name: '', body: {} }),
      exists: () => Promise.resolve(true),
      prepareIdentity: () => Promise.reject(new Error('Nobody asks for it in a run.')),
      prepare: (run) => this.#tell(() => `experiment-of-${run.proposal.service.name}`),
      start: async (run, calledOff, requireMay) => {
        await requireMay?.();
        if (calledOff?.aborted) return 'called-off';
        return this.#tell(({ azure }) => azure.start(run));
      },
      findStarted: (run) => this.#tell(({ azure }) => azure.of(run.id).at(-1)?.id),
      read: (_run, executionId) => this.#tell(({ azure }) => azure.report(executionId)),
      cancel: async (run, { mayCancel } = {}) => {
        if (mayCancel && !(await mayCancel())) return { kind: 'withheld' };
        await this.#tell(({ azure }) => azure.cancel(run.id));
        return { kind: 'accepted' };
      },
      cancelAll: () => this.#tell(({ azure }) => azure.cancelAll()),
      check: () => Promise.resolve(),
    };
  }

  /** Ten predictions a second. What was due while the process stood still was not sent. */
  #predict(onResults: (batch: ResultBatch) => void) {
    const { time, service } = this.#around;
    const everyMs = 100;
    const startedAt = Math.ceil((time.now + 200) / everyMs) * everyMs;
    let dueAt = startedAt;
    const stopped = new AbortController();
    const deliver = () => {
      if (time.now < startedAt) return;
      const results: PredictionResult[] = [];
      if (time.now - dueAt > pausedAfterMs) {
        const until = Math.floor(time.now / everyMs) * everyMs;
        const count = (until - dueAt) / everyMs;
        results.push({ kind: 'unmeasured-span', from: dueAt, until, count, reason: 'paused' });
        dueAt = until;
      }
      for (; dueAt + service.latencyMs <= time.now; dueAt += everyMs)
        results.push(service.predict(dueAt));
      onResults({ results, knownUntil: dueAt });
    };
    this.#each(deliverMs, () => Promise.resolve(deliver()), stopped.signal);
    return {
      startedAt: () => (time.now < startedAt ? undefined : startedAt),
      stop: () => {
        deliver();
        stopped.abort();
        return Promise.resolve();
      },
    };
  }
}
