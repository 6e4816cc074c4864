import { setTimeout as delay } from 'node:timers/promises';
import type { ScoringService } from '../../../src/domain/catalogue.ts';
import type { Guard } from '../../../src/domain/guard.ts';
import type { Hypothesis } from '../../../src/domain/hypothesis.ts';
import type { PredictionResult } from '../../../src/domain/prediction-result.ts';
import type { Run } from '../../../src/domain/run.ts';
import type { Sample } from '../../../src/domain/sample.ts';
import { createProber } from '../../../src/predictions/prober.ts';
import { conductRun } from '../../../src/runs/conduct-run.ts';
import type { MonotonicClock } from '../../../src/runs/ports/clock.ts';
import type { PredictionProbe, ProbeSession } from '../../../src/runs/ports/prediction-probe.ts';
import type { SampleStore } from '../../../src/runs/ports/sample-store.ts';
import { approver, sampleProposal } from '../proposal.ts';
import {
  startScriptedService,
  type Downtime,
  type LoggedRequest,
  type ScriptedService,
  type ScriptPart,
} from '../scripted-service.ts';
import { toScoringService } from '../scripted-stream.ts';
import { Killed, Stage } from '../stage.ts';

/** When the phases of a run begin and end, as far as that is known by now; ms since the epoch. */
export type Moments = {
  readonly baselineAt: number;
  readonly baselineEndsAt: number;
  /** By the record of what injects the fault. */
  readonly faultAt?: number;
  readonly faultEndsAt?: number;
};

export type RealRunOptions = {
  readonly ratePerSecond: number;
  readonly timeoutMs?: number;
  readonly keptAliveShare?: number;
  readonly baselineMs?: number;
  readonly preparingMs?: number;
  readonly faultMs?: number;
  readonly serviceTimeMs?: number;
  /** Decides what a mix does. */
  readonly seed?: number;
  readonly guards?: readonly Guard[];
  /** Asks for nothing by default: neither a script nor this machine keeps a run from its end. */
  readonly hypothesis?: Hypothesis;
  /** What the service does, by what is known of the run. */
  readonly script?: (moments: Moments) => readonly ScriptPart[];
  /** When the process that conducts is killed, and how long it is away; ms since the epoch. */
  readonly kill?: {
    readonly at: (moments: Moments) => number | undefined;
    readonly awayMs: number;
  };
  /** Called when the run begins, beside it. */
  readonly meanwhile?: (stage: Stage) => Promise<void>;
};

/** A session of the prober, and every result that it delivered. */
export type SeenSession = {
  readonly service: ScoringService;
  readonly seed: number;
  readonly session: ProbeSession;
  readonly results: PredictionResult[];
  /** Of each batch: how many results had been delivered after it. */
  readonly delivered: number[];
};

export type RealRun = {
  readonly run: Run;
  readonly stage: Stage;
  readonly options: RealRunOptions;
  readonly service: ScoringService;
  readonly moments: Moments;
  readonly sessions: readonly SeenSession[];
  readonly samples: readonly Sample[];
  readonly log: readonly LoggedRequest[];
  readonly downtimes: readonly Downtime[];
  readonly killedAt: number | undefined;
  /** When the fault was asked to end, and how many results had been delivered by then. */
  readonly cancel: { readonly at: number; readonly delivered: number } | undefined;
};

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** With noise that does not end, no window is without a loss. */
const recoveryLimitMs = 25_000;

const nothingAsked: Hypothesis = {
  title: 'Nothing is asked for',
  leastCoverage: 0,
  tolerances: [{ signal: 'pods ready', comparison: '>=', bound: 0 }],
};

/**
 * Conducts a whole run in real time: the real prober and monitor against a scripted service in a process of its own; the journal, Azure and the pods are
 * those of the stage.
 */
export async function conductRealRun(options: RealRunOptions): Promise<RealRun> {
  const { serviceTimeMs = 0, seed = 1 } = options;
  const begun = Promise.withResolvers<void>();
  const turn = lastBegun;
  lastBegun = begun.promise;
  await turn;
  const server = await startScriptedService({ serviceTimeMs, seed });
  try {
    const conducted = await conduct(options, server, begun.resolve);
    const [log, downtimes] = await Promise.all([server.log(), server.downtimes()]);
    return { ...conducted, log, downtimes };
  } finally {
    await server.stop();
  }
}

/** Runs begin one after the other, though they go on side by side: many threads that start at once get no time to predict. */
let lastBegun: Promise<void> = Promise.resolve();

async function conduct(
  options: RealRunOptions,
  server: ScriptedService,
  onBegun: () => void,
): Promise<Omit<RealRun, 'log' | 'downtimes'>> {
  const stage = createStage(options, server);
  const world = createWorld(stage, onBegun);
  const ended = Promise.withResolvers<void>();
  const conducting = conductToEnd(stage, world, options).finally(() => ended.resolve());
  const [moments] = await Promise.all([
    followScript(stage, options, server, ended.promise),
    conducting,
    options.meanwhile?.(stage),
  ]);
  const run = stage.run();
  const { sessions, samples } = world;
  const killedAt = await conducting;
  const { service } = run.proposal;
  const known = { run, stage, options, service, moments, sessions, samples };
  return { ...known, killedAt, cancel: world.cancel() };
}

function createStage(options: RealRunOptions, server: ScriptedService): Stage {
  const { baselineMs = 4_000, preparingMs = 3_000, faultMs = 6_000 } = options;
  const { ratePerSecond, timeoutMs = 1_000, keptAliveShare = 0 } = options;
  const service = toScoringService(server, { ratePerSecond, timeoutMs, keptAliveShare });
  const stage = new Stage({
    service,
    baselineMs,
    guards: options.guards ?? [{ kind: 'lost-sight', afterMs: 120_000 }],
    hypothesis: options.hypothesis ?? nothingAsked,
    recoveryLimitMs,
    fault: { ...sampleProposal().fault, durationMs: faultMs },
  });
  Object.assign(stage, { now: Date.now(), preparingMs, faultMs });
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  return stage;
}

type World = ReturnType<typeof createWorld>;

/** What of the stage is real here: time, predictions and where samples are kept. */
function createWorld(stage: Stage, onBegun: () => void) {
  const sessions: SeenSession[] = [];
  const samples: Sample[] = [];
  let cancel: RealRun['cancel'];
  const prober = createProber({
    keyOf: () => undefined,
    readToken: () => Promise.reject(new Error('no identity')),
    log: silent,
  });
  const predictions: PredictionProbe = {
    probeOnce: (service) => prober.probeOnce(service),
    start: (service, { onResults }) => {
      const seed = 11 + sessions.length;
      const [results, delivered]: [PredictionResult[], number[]] = [[], []];
      const isAlive = createAlive(stage);
      const session = prober.start(service, {
        seed,
        onResults: (batch) => {
          if (!isAlive()) return;
          if (results.length === 0 && batch.results.length > 0) onBegun();
          results.push(...batch.results);
          delivered.push(results.length);
          onResults(batch);
        },
      });
      sessions.push({ service, seed, session, results, delivered });
      return session;
    },
  };
  const deps = () => ({
    ...stage.deps(),
    predictions,
    samples: keepSamples(samples),
    clock: createClock(stage),
    faults: tellTimes(stage, () => {
      const delivered = sessions.at(-1)?.results.length ?? 0;
      cancel ??= { at: Date.now(), delivered };
    }),
  });
  return { sessions, samples, deps, cancel: () => cancel };
}

/** A process that was killed gets no results, also when another has taken its place. */
function createAlive(stage: Stage): () => boolean {
  const { active } = stage;
  return () => !stage.killed && stage.active === active;
}

function keepSamples(samples: Sample[]): SampleStore {
  return {
    open: () => ({
      write: (sample) => void samples.push(sample),
      flush: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }),
    async *read() {
      yield await Promise.resolve(samples);
    },
    readCsv: () => {
      throw new Error('not part of conducting a run');
    },
  };
}

function createClock(stage: Stage): MonotonicClock {
  return {
    monotonicMs: () => performance.now(),
    now: () => (stage.now = Date.now()),
    sleep: async (durationMs, signal) => {
      if (stage.killed) throw new Killed();
      await delay(durationMs, undefined, signal ? { signal } : {}).catch(() => undefined);
      if (stage.killed) throw new Killed();
      stage.now = Date.now();
    },
  };
}

/** The faults of a stage, whose Azure tells when the fault began and ended. */
export function tellTimes(stage: Stage, onCancel: () => void = () => undefined) {
  const { faults } = stage.deps();
  return {
    ...faults,
    read: async (...asked: Parameters<typeof faults.read>) => {
      const report = await faults.read(...asked);
      const { faultAt, faultEndsAt } = readFault(stage);
      return {
        ...report,
        ...(report.state === 'preparing' || faultAt === undefined ? {} : { startedAt: faultAt }),
        ...(report.state === 'succeeded' && faultEndsAt !== undefined
          ? { stoppedAt: faultEndsAt }
          : {}),
      };
    },
    cancel: (...asked: Parameters<typeof faults.cancel>) => {
      onCancel();
      return faults.cancel(...asked);
    },
  };
}

function readFault({ executions, preparingMs, faultMs }: Stage) {
  const [execution] = executions;
  if (!execution) return {};
  const faultAt = execution.startedAt + preparingMs;
  return { faultAt, faultEndsAt: faultAt + faultMs };
}

/** Plays the script anew whenever more is known of the run. */
async function followScript(
  stage: Stage,
  options: RealRunOptions,
  server: ScriptedService,
  ended: Promise<void>,
): Promise<Moments> {
  const state = { isOver: false };
  void ended.then(() => (state.isOver = true));
  let [moments, played] = [readMoments(stage, options), ''];
  for (; !state.isOver; await delay(10)) {
    moments = readMoments(stage, options);
    const told = JSON.stringify(moments);
    if (moments && told !== played) {
      const parts = options.script?.(moments) ?? [];
      await server.play(parts.filter(({ from }) => Number.isFinite(from)));
    }
    played = told;
  }
  if (!moments) throw new Error('The run never began.');
  return moments;
}

function readMoments(stage: Stage, { baselineMs = 4_000 }: RealRunOptions): Moments | undefined {
  const begun = stage.journal.find(({ event }) => event.type === 'baseline-started');
  if (!begun) return undefined;
  return { baselineAt: begun.at, baselineEndsAt: begun.at + baselineMs, ...readFault(stage) };
}

/** Returns when the process was killed; undefined when it was not. */
async function conductToEnd(
  stage: Stage,
  world: World,
  options: RealRunOptions,
): Promise<number | undefined> {
  const { id } = stage.run();
  const { signal } = new AbortController();
  const { kill } = options;
  if (!kill) {
    await conductRun(id, world.deps(), signal);
    return undefined;
  }
  const whole = conductRun(id, world.deps(), signal).catch((error: unknown) => {
    if (!stage.killed) throw error;
  });
  const killedAt = await waitToKill(stage, options);
  stage.kill();
  await delay(kill.awayMs);
  stage.restart();
  stage.now = Date.now();
  await conductRun(id, world.deps(), signal);
  await whole;
  return killedAt;
}

async function waitToKill(stage: Stage, options: RealRunOptions): Promise<number> {
  for (;;) {
    const moments = readMoments(stage, options);
    const at = moments && options.kill?.at(moments);
    if (at !== undefined && Date.now() >= at) return Date.now();
    await delay(10);
  }
}
