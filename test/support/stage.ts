import { randomBytes } from 'node:crypto';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import { claimLost } from '../../src/domain/claim-lost.ts';
import type { DisruptionBudget } from '../../src/domain/disruption-budget.ts';
import type { ExecutionId, RunId } from '../../src/domain/ids.ts';
import type { FaultRecord } from '../../src/domain/injection.ts';
import type { PodChange, PodStatus } from '../../src/domain/measurement.ts';
import type { MeasuredPrediction, ResultBatch } from '../../src/domain/prediction-result.ts';
import type { Metric, MetricReading } from '../../src/domain/metric.ts';
import type { BlastRadiusPod } from '../../src/domain/proposal.ts';
import type { ExecutionReport, RunEntry, RunEvent } from '../../src/domain/run-event.ts';
import type { SightProblem } from '../../src/domain/sight-problem.ts';
import { applyEntry, foldRun, isActive, type Run } from '../../src/domain/run.ts';
import { ActiveRuns } from '../../src/runs/active-runs.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import type { Checkpoint } from '../../src/runs/ports/checkpoint-store.ts';
import type { Claim, ClaimStore } from '../../src/runs/ports/claim-store.ts';
import type { FaultGateway } from '../../src/runs/ports/fault-gateway.ts';
import type { MetricAnswer, MetricSession } from '../../src/runs/ports/metric-probe.ts';
import type { ProbeSession } from '../../src/runs/ports/prediction-probe.ts';
import type { Decide, RunStore } from '../../src/runs/ports/run-store.ts';
import { foldCharges } from './fold-charges.ts';
import { createMemoryIntents } from './simulation/memory-intents.ts';
import { sampleProposed, sha256, startOfTime } from './proposal.ts';
import { silentAnnouncer } from './silent-announcer.ts';

type Execution = { readonly id: ExecutionId; readonly startedAt: number; cancelledAt?: number };

/** Thrown by everything once the simulated process has been killed. */
export class Killed extends Error {}

/** Between two predictions. */
const everyMs = 100;
const cancellingMs = 1_000;
const runId = 'r-7k2mq4' as RunId;

/**
 * A world in virtual time for the conduct of one run: a journal, Azure, three pods and a stream of predictions. It can be made to fail, and the process
 * can be killed before or after any call that leaves it; `restart` then goes on with what survived.
 */
export class Stage {
  now = startOfTime;
  /** Whether everything is frozen. */
  frozen = false;
  /** The pods that match now; those of the proposal when undefined. */
  matched: readonly BlastRadiusPod[] | undefined;
  /** Runs that ended before. */
  earlier: readonly Run[] = [];
  /** The disruption budgets that cover them. */
  budgets: readonly DisruptionBudget[] = [];
  /** What was proposed again. */
  readonly reproposed: Run[] = [];
  readonly journal: RunEntry[] = [];
  readonly executions: Execution[] = [];
  /** What left the process, in order: journal entries by type, and calls to Azure. */
  readonly wire: string[] = [];
  checkpoint: Checkpoint | undefined;
  /** What is on the disk; it outlives the process. */
  readonly intents = createMemoryIntents();
  /** Grows with each process that takes the run over. */
  epoch = 0;

  /** How long Azure prepares a fault, and how long it lasts. */
  preparingMs = 3_000;
  faultMs = 60_000;
  /** Share of predictions that fail, by what the fault does. */
  lossUnderFault = 0.02;
  lossAlways = 0;
  /** How long after the fault every prediction is lost. */
  silentAfterMs = 0;
  /** How long before the fault is reported predictions are lost already. */
  lossAheadMs = 0;
  /** What every metric gives. */
  readMetric: () => MetricReading = () => ({ value: 1 });
  /** How long its answers take. */
  metricAnswersAfterMs = 0;
  faultIsVisible = true;
  /** Chaos Mesh's records; undefined: they may not be read. */
  records: (() => readonly FaultRecord[]) | undefined;
  /** How long the thread that predicts takes to be ready. */
  proberLoadsMs = 0;
  /** How many pods the workload wants; undefined where that may not be read. */
  wantedPods: () => number | undefined = () => undefined;
  /** What is not as a condition asks for. */
  outside: string | undefined;
  startFails: 'no' | 'before' | 'after' = 'no';
  cancelFailsTimes = 0;
  /** Why, while it is silent. */
  clusterProblem: SightProblem = { code: 'unknown' };
  clusterSilentFrom = Number.POSITIVE_INFINITY;
  storeDownFrom = Number.POSITIVE_INFINITY;
  storeDownUntil = Number.POSITIVE_INFINITY;
  /** Called at each sleep: where a test does something in the middle. */
  onTick: (stage: Stage) => void = () => undefined;

  /** Called before each call that leaves the process, with its count: where something else may come in between. */
  onCall: (call: number) => void = () => undefined;

  #deliver: (() => void) | undefined;
  #deliverMetrics: (() => void) | undefined;
  #calls = 0;
  #killAt: { call: number; when: 'before' | 'after' } | undefined;
  #dead = false;
  active = new ActiveRuns();

  constructor(overrides: Parameters<typeof sampleProposed>[0] = {}) {
    this.#append(sampleProposed(overrides));
  }

  /** Kills the process at its n-th call to the outside, counted from 1. */
  killAt(call: number, when: 'before' | 'after'): void {
    this.#killAt = { call, when };
  }

  /** Kills the process at whatever it calls next. */
  killNext(): void {
    this.#killAt = { call: this.#calls + 1, when: 'before' };
  }

  /** Kills the process now, whatever it does. */
  kill(): void {
    this.#dead = true;
    this.#deliver = undefined;
    this.#deliverMetrics = undefined;
  }

  get killed(): boolean {
    return this.#dead;
  }

  restart(): void {
    this.#dead = false;
    this.#deliver = undefined;
    this.#deliverMetrics = undefined;
    this.#killAt = undefined;
    this.active = new ActiveRuns();
    this.now += 5_000;
  }

  run(): Run {
    return foldRun(this.journal);
  }

  count(what: string): number {
    return this.wire.filter((entry) => entry === what).length;
  }

  append(...events: RunEvent[]): void {
    for (const event of events) this.#append(event);
  }

  #append(event: RunEvent): void {
    const entry: RunEntry = { runId, sequence: this.journal.length + 1, at: this.now, event };
    if (this.journal.length > 0) applyEntry(this.run(), entry);
    this.journal.push(entry);
    this.wire.push(event.type);
  }

  /** A call that leaves the process: where it can be killed, before the effect or after it. */
  async #outside<Value>(effect: () => Value): Promise<Value> {
    if (this.#dead) throw new Killed();
    this.#calls += 1;
    this.onCall(this.#calls);
    const killHere = this.#killAt?.call === this.#calls ? this.#killAt.when : undefined;
    if (killHere === 'before') this.#die();
    const value = effect();
    if (killHere === 'after') {
      // What was asked for is done, and its answer is lost.
      await Promise.resolve(value).catch(() => undefined);
      this.#die();
    }
    return value;
  }

  /** A store that is reached from this process: calls to it end with the process, too. */
  through(runs: RunStore): RunStore {
    const call = async <Value>(effect: () => Promise<Value>): Promise<Value> => {
      const value = await this.#outside(effect);
      if (this.#dead) throw new Killed();
      return value;
    };
    return {
      create: (...given) => call(() => runs.create(...given)),
      transact: (...given) => call(() => runs.transact(...given)),
      find: (...given) => call(() => runs.find(...given)),
      list: (...given) => call(() => runs.list(...given)),
      journal: (...given) => call(() => runs.journal(...given)),
      count: (...given) => call(() => runs.count(...given)),
      charges: (...given) => call(() => runs.charges(...given)),
      verify: (...given) => call(() => runs.verify(...given)),
    };
  }

  #die(): never {
    this.#dead = true;
    throw new Killed();
  }

  #execution(): Execution | undefined {
    return this.executions.at(-1);
  }

  /** Whether the fault is really in force at this moment. */
  get faultActive(): boolean {
    return this.#isFaultActive(this.now);
  }

  #isFaultActive(at: number): boolean {
    const execution = this.#execution();
    if (!execution) return false;
    const from = execution.startedAt + this.preparingMs;
    const until = Math.min(
      from + this.faultMs,
      (execution.cancelledAt ?? Number.POSITIVE_INFINITY) + cancellingMs,
    );
    return at >= from && at < until;
  }

  #pods(): PodStatus[] {
    const { blastRadius, service } = this.run().proposal;
    return blastRadius.pods.map(({ name, uid, node }, index) => ({
      namespace: service.namespace,
      name,
      uid,
      node,
      ready: !(index === 0 && this.faultActive),
      restarts: 0,
      terminating: false,
    }));
  }

  #changes(): PodChange[] {
    const execution = this.#execution();
    if (!execution || !this.faultIsVisible || this.now < execution.startedAt + this.preparingMs)
      return [];
    return [
      {
        at: execution.startedAt + this.preparingMs,
        pod: 'diabetes-7c9f-a',
        kind: 'image',
        detail: 'image changed (scoring to pause:3.9)',
        images: { scoring: 'pause:3.9' },
        restored: false,
        uid: this.#failedUid(),
      },
      {
        at: execution.startedAt + this.preparingMs,
        pod: 'diabetes-7c9f-a',
        kind: 'not-ready',
        detail: 'ContainersNotReady',
        uid: this.#failedUid(),
      },
    ];
  }

  #failedUid(): string {
    return this.run().proposal.blastRadius.pods[0]?.uid ?? '';
  }

  deps(): ConductDeps {
    return {
      runs: this.#runs(),
      checkpoints: {
        save: (_id, checkpoint, claim) =>
          this.#outside(() => {
            this.#requireNewest(claim);
            this.checkpoint = checkpoint;
          }),
        find: () => this.#outside(() => this.checkpoint),
      },
      claims: this.#claims(),
      intents: {
        append: (intent) => this.#outside(() => this.intents.append(intent)).then(() => undefined),
        list: () => this.intents.list(),
        settle: (id) => this.#outside(() => this.intents.settle(id)).then(() => undefined),
      },
      faults: this.#faults(),
      cluster: {
        readPods: () =>
          this.#outside(() => ({
            pods: this.matched ?? this.run().proposal.blastRadius.pods,
            withoutReadinessProbe: false,
            budgets: this.budgets,
          })),
        check: () => Promise.resolve([]),
        readWantedPods: () => Promise.resolve(this.wantedPods()),
        readFaultRecords: () => Promise.resolve(this.records?.()),
        watch: () => ({
          view: () => ({
            pods: this.#pods(),
            confirmedAt: Math.min(this.now, this.clusterSilentFrom),
            ...(this.now > this.clusterSilentFrom ? { problem: this.clusterProblem } : {}),
          }),
          changes: () => this.#changes(),
          nodeChanges: () => [],
          surroundings: () => ({}),
          close: () => Promise.resolve(),
        }),
      },
      predictions: {
        probeOnce: () => Promise.reject(new Error('not part of conducting a run')),
        start: (_service, { onResults }) => this.#session(onResults),
      },
      metrics: {
        readOnce: () => Promise.reject(new Error('not part of conducting a run')),
        start: ({ metrics = [] }, onAnswer) => this.#metricSession(metrics, onAnswer),
      },
      announcer: silentAnnouncer,
      checks: { ask: () => this.#outside(() => this.outside) },
      active: this.active,
      entropy: { randomBytes: (count) => randomBytes(count), sha256 },
      clock: {
        now: () => this.now,
        monotonicMs: () => this.now,
        sleep: async (durationMs) => {
          if (this.#dead) throw new Killed();
          this.now += durationMs;
          this.#deliver?.();
          this.#deliverMetrics?.();
          this.onTick(this);
          await Promise.resolve();
        },
      },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    };
  }

  /** Readings of virtual time: what is asked for by now, and answered, is told when time has gone on. */
  #metricSession(
    metrics: readonly Metric[],
    onAnswer: (answer: MetricAnswer) => void,
  ): MetricSession {
    const asked: MetricAnswer[] = [];
    const next = metrics.map(({ name, everyMs }) => ({ name, everyMs, dueAt: this.now }));
    const deliver = () => {
      for (const metric of next)
        for (; metric.dueAt <= this.now; metric.dueAt += metric.everyMs)
          asked.push({ name: metric.name, reading: this.readMetric(), askedAt: metric.dueAt });
      while ((asked[0]?.askedAt ?? Infinity) + this.metricAnswersAfterMs <= this.now) {
        const answer = asked.shift();
        if (answer) onAnswer(answer);
      }
    };
    this.#deliverMetrics = deliver;
    deliver();
    return {
      knownUntil: () => Math.min(...asked.map(({ askedAt }) => askedAt)),
      stop: () => {
        if (this.#deliverMetrics === deliver) this.#deliverMetrics = undefined;
      },
    };
  }

  #runs(): RunStore {
    const guard = () => {
      if (this.now >= this.storeDownFrom && this.now < this.storeDownUntil) {
        throw new ChaosError('store-unavailable', 'The database does not answer.', {
          suggestion: 'Wait.',
        });
      }
    };
    const transact = <Outcome>(_id: RunId, decide: Decide<Outcome>, claim?: Claim) =>
      this.#outside(() => {
        guard();
        this.#requireNewest(claim);
        const { events, outcome } = decide(this.run(), {
          now: this.now,
          activeRuns: [],
          ...(this.frozen ? { freeze: { at: this.now, by: { name: 'somebody' } } } : {}),
        });
        this.append(...events);
        return { run: this.run(), outcome };
      });
    return {
      create: (id, event) =>
        this.#outside(() => {
          if (this.reproposed.some((run) => run.id === id)) return undefined;
          const again = foldRun([{ runId: id, sequence: 1, at: this.now, event }]);
          this.reproposed.push(again);
          return again;
        }),
      transact,
      find: (id) =>
        this.#outside(() => {
          guard();
          return this.reproposed.find((run) => run.id === id) ?? this.run();
        }),
      list: ({ phases } = {}) =>
        this.#outside(() => {
          guard();
          if (phases?.includes('ended')) return this.earlier;
          return isActive(this.run()) || this.run().phase === 'proposed' ? [this.run()] : [];
        }),
      count: () => Promise.reject(new Error('not part of conducting a run')),
      charges: (filter) =>
        this.#outside(() => {
          guard();
          return foldCharges(this.earlier, filter);
        }),
      verify: () => Promise.reject(new Error('not part of conducting a run')),
      journal: () =>
        this.#outside(() =>
          this.journal.map((entry) => ({ ...entry, hash: sha256(JSON.stringify(entry)) })),
        ),
    };
  }

  #requireNewest(claim: Claim | undefined): void {
    if (claim && claim.epoch !== this.epoch) throw claimLost(runId);
  }

  #claims(): ClaimStore {
    const here = <Value>(read: () => Value): Promise<Value> => {
      if (this.#dead) return Promise.reject(new Killed());
      const isDown = this.now >= this.storeDownFrom && this.now < this.storeDownUntil;
      return isDown ? Promise.reject(new Error('down')) : Promise.resolve(read());
    };
    return {
      take: (id) => here(() => ({ runId: id, epoch: (this.epoch += 1) })),
      isNewest: ({ epoch }) => here(() => epoch === this.epoch),
    };
  }

  #faults(): FaultGateway {
    const begin = () => {
      const id = `EXECUTION-${this.executions.length + 1}` as ExecutionId;
      this.executions.push({ id, startedAt: this.now });
      this.wire.push('azure start');
      return id;
    };
    const cancel = () => {
      this.wire.push('azure cancel');
      if (this.cancelFailsTimes > 0) {
        this.cancelFailsTimes -= 1;
        throw new ChaosError('azure-unreachable', 'Azure does not answer.', {
          suggestion: 'Wait.',
        });
      }
      const execution = this.#execution();
      if (execution) execution.cancelledAt ??= this.now;
      return { kind: 'accepted' } as const;
    };
    return {
      describe: () => ({ name: '', body: {} }),
      exists: () => Promise.resolve(true),
      prepareIdentity: () => Promise.reject(new Error('not part of conducting a run')),
      prepare: () => this.#outside(() => 'chaos-marshal-pod-failure-diabetes'),
      start: async (_run, calledOff, requireMay) => {
        await requireMay?.();
        if (calledOff?.aborted) return 'called-off';
        return this.#outside(() => {
          const lost = new ChaosError('azure-unreachable', 'Azure does not answer.', {
            suggestion: 'Wait.',
          });
          if (this.startFails === 'before') throw lost;
          const id = begin();
          if (this.startFails === 'after') throw lost;
          return id;
        });
      },
      findStarted: () => this.#outside(() => this.#execution()?.id),
      read: (_run, executionId) => this.#outside(() => this.#report(executionId)),
      cancel: async (_run, { mayCancel } = {}) =>
        mayCancel && !(await mayCancel()) ? { kind: 'withheld' } : this.#outside(cancel),
      cancelAll: () =>
        this.#outside(() => {
          cancel();
          return { cancelled: ['chaos-marshal-pod-failure-diabetes'], leftAlone: 0 };
        }),
      check: () => Promise.resolve(),
    };
  }

  #report(executionId: ExecutionId): ExecutionReport {
    const execution = this.executions.find(({ id }) => id === executionId);
    if (!execution)
      throw new ChaosError('azure-not-found', 'No such execution.', { suggestion: 'Look.' });
    const { startedAt, cancelledAt } = execution;
    if (cancelledAt !== undefined && this.now >= cancelledAt + cancellingMs) {
      return { executionId, state: 'cancelled', status: 'Cancelled' };
    }
    if (this.now < startedAt + this.preparingMs)
      return { executionId, state: 'preparing', status: 'PreProcessing' };
    const over = this.now >= startedAt + this.preparingMs + this.faultMs;
    return {
      executionId,
      state: over ? 'succeeded' : 'running',
      status: over ? 'Success' : 'Running',
    };
  }

  /** Whether the prediction that is due then fails: a matter of counting, not of chance. */
  #isLost(dueAt: number): boolean {
    const [execution] = this.executions;
    const aheadAt = (execution?.startedAt ?? Infinity) + this.preparingMs - this.lossAheadMs;
    const isAhead = this.lossAheadMs > 0 && dueAt >= aheadAt && dueAt < aheadAt + 300;
    const loss = this.lossAlways + (this.#isFaultActive(dueAt) ? this.lossUnderFault : 0);
    const count = Math.round((dueAt - startOfTime) / everyMs);
    const goneAt = (execution?.startedAt ?? Infinity) + this.preparingMs + this.faultMs;
    const isAfter = dueAt >= goneAt && dueAt < goneAt + this.silentAfterMs;
    return isAhead || isAfter || Math.floor((count + 1) * loss) > Math.floor(count * loss);
  }

  #toResult(dueAt: number): MeasuredPrediction {
    const outcome = this.#isLost(dueAt) ? 'refused' : 'good';
    const latencyMs = 8;
    const times = { dueAt, sentAt: dueAt, endedAt: dueAt + latencyMs, latencyMs };
    return { kind: 'measured', ...times, outcome, kept: false };
  }

  /** Ten predictions a second of virtual time; what is due by now is delivered when time has gone on. */
  #session(onResults: (batch: ResultBatch) => void): ProbeSession {
    const startedAt = Math.ceil((this.now + this.proberLoadsMs) / everyMs) * everyMs;
    let dueAt = startedAt;
    const deliver = () => {
      if (this.now < startedAt) return;
      const results: MeasuredPrediction[] = [];
      for (; dueAt < this.now; dueAt += everyMs) results.push(this.#toResult(dueAt));
      onResults({ results, knownUntil: dueAt });
    };
    this.#deliver = deliver;
    return {
      startedAt: () => (this.now < startedAt ? undefined : startedAt),
      stop: () => {
        if (this.#deliver === deliver) this.#deliver = undefined;
        return Promise.resolve();
      },
    };
  }
}
