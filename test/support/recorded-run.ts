import { judgeHypothesis } from '../../src/domain/judgement.ts';
import type { PhaseMeasurement, PodChange, PodStatus } from '../../src/domain/measurement.ts';
import type {
  MeasuredPrediction,
  PredictionResult,
  ResultBatch,
} from '../../src/domain/prediction-result.ts';
import type { RunEntry, RunEvent } from '../../src/domain/run-event.ts';
import type { Checkpoint } from '../../src/runs/ports/checkpoint-store.ts';
import type { ProbeOptions } from '../../src/runs/ports/prediction-probe.ts';
import type { SampleStore } from '../../src/runs/ports/sample-store.ts';
import { RunMonitor } from '../../src/runs/run-monitor.ts';
import type { Surroundings } from '../../src/domain/surroundings.ts';
import type { SightProblem } from '../../src/domain/sight-problem.ts';
import type { ExecutionId } from '../../src/domain/ids.ts';
import { toEntryHash, toGenesisHash } from '../../src/store/hash-chain.ts';
import { approver, sampleProposed, sampleRun, sha256 } from './proposal.ts';

/** When each part of a run begins, ms since the epoch. */
export type Course = {
  readonly baselineAt: number;
  readonly startAt: number;
  readonly faultAt: number;
  readonly goneAt: number;
  readonly afterAt: number;
  readonly endAt: number;
  readonly recovered: boolean;
};

export type MonitorStage = {
  readonly monitor: RunMonitor;
  /** Delivers results as the prober does. */
  readonly deliver: (batch: ResultBatch) => void;
  /** What the cluster shows from now on; with a problem, what it showed last is not confirmed any more. */
  readonly show: (pods: readonly PodStatus[], problem?: SightProblem) => void;
  readonly setNow: (at: number) => void;
  /** Sets the clock of the machine back. */
  readonly turnBack: (byMs: number) => void;
};

/** A real monitor, with a prober and a cluster that say what a test wants. */
export function createMonitorStage({
  checkpoint,
  samples,
  changes = [],
  surroundings = {},
  onWatch = () => undefined,
  at = checkpoint?.ledger.until ?? 0,
}: {
  readonly checkpoint?: Checkpoint;
  readonly samples?: SampleStore;
  readonly changes?: readonly PodChange[];
  /** What the cluster shows beside the pods. */
  readonly surroundings?: Surroundings;
  /** Called with what the monitor knows of that from before a restart. */
  readonly onWatch?: (before: Surroundings | undefined) => void;
  /** When the monitor begins, ms since the epoch; with a checkpoint, at its end by default. */
  readonly at?: number;
} = {}): MonitorStage {
  let now = at;
  let pods: readonly PodStatus[] = [];
  let unseen: { readonly problem: SightProblem; readonly confirmedAt: number } | undefined;
  let seenAt = 0;
  let onResults: (batch: ResultBatch) => void = () => undefined;
  let onClockTurnedBack: ProbeOptions['onClockTurnedBack'];
  const metrics = { knownUntil: () => Infinity, stop: () => undefined };
  const monitor = new RunMonitor(sampleRun(), checkpoint, {
    cluster: {
      readPods: () => Promise.reject(new Error('not asked for')),
      check: () => Promise.resolve([]),
      readWantedPods: () => Promise.resolve(undefined),
      readFaultRecords: () => Promise.resolve(undefined),
      watch: (_service, _cluster, _freshWithinMs, before) => {
        onWatch(before);
        return {
          view: () => {
            if (!unseen && pods.length > 0) seenAt = now;
            return { pods, confirmedAt: seenAt, ...unseen };
          },
          changes: () => changes,
          nodeChanges: () => [],
          surroundings: () => surroundings,
          close: () => Promise.resolve(),
        };
      },
    },
    predictions: {
      probeOnce: () => Promise.reject(new Error('not asked for')),
      start: (_service, options) => {
        ({ onResults, onClockTurnedBack } = options);
        const startedAt = now;
        return { startedAt: () => startedAt, stop: () => Promise.resolve() };
      },
    },
    metrics: { start: () => metrics, readOnce: () => Promise.resolve({ problem: 'none' }) },
    clock: { now: () => now, sleep: () => Promise.resolve() },
    ...(samples ? { samples } : {}),
  });
  return {
    monitor,
    deliver: (batch) => onResults(batch),
    show: (shown, problem) => {
      pods = shown;
      unseen = problem && { problem, confirmedAt: seenAt };
    },
    setNow: (at) => (now = at),
    turnBack: (byMs) => {
      now -= byMs;
      onClockTurnedBack?.(byMs);
    },
  };
}

/** A prediction that was sent when it was due and whose outcome was known 20 ms later. */
export function toMeasured(
  dueAt: number,
  outcome: MeasuredPrediction['outcome'] = 'good',
): MeasuredPrediction {
  const endedAt = dueAt + 20;
  return { kind: 'measured', dueAt, sentAt: dueAt, endedAt, latencyMs: 20, kept: false, outcome };
}

const findDueAt = (result: PredictionResult) =>
  result.kind === 'unmeasured-span' ? result.from : result.dueAt;

/** The journal that a real monitor makes of these results, with the hashes that chain it. */
export function recordRun(course: Course, results: readonly PredictionResult[]) {
  const { baselineAt, startAt, faultAt, goneAt, afterAt, endAt, recovered } = course;
  const { monitor, deliver, setNow } = createMonitorStage();
  let settledUntil = 0;
  const settle = (until: number) => {
    setNow(until);
    const batch = results.filter((result) => {
      const dueAt = findDueAt(result);
      return dueAt >= settledUntil && dueAt < until;
    });
    settledUntil = until;
    deliver({ results: batch, knownUntil: until });
  };
  monitor.begin('baseline', baselineAt);
  monitor.begin('inject', startAt - 1);
  settle(startAt - 1);
  const before = monitor.measurement('baseline');
  monitor.begin('preparing', startAt);
  monitor.begin('observe', faultAt);
  monitor.begin('waiting', goneAt);
  settle(goneAt);
  const during = monitor.measurement('observe');
  monitor.begin('recover', afterAt);
  monitor.finish(endAt);
  settle(endAt + 5_000);
  const after = monitor.measurement('recover');
  const recovery = {
    podsReadyAfterMs: 0,
    predictionsGoodAfterMs: recovered ? afterAt - goneAt : null,
  };
  return toJournal(course, [
    [startAt - 1, { type: 'baseline-judged', ...judge(before), steady: true }],
    [startAt, { type: 'start-requested' }],
    [faultAt, { type: 'fault-active' }],
    [goneAt, { type: 'observed', ...judge(during) }],
    [goneAt, { type: 'fault-ended', execution: succeeded, endedAt: goneAt }],
    [endAt, { type: 'recovery-judged', ...judge(after), recovery, ...monitor.between() }],
  ]);
}

const executionId = '4BD1B3A2-0000-4000-8000-000000000001' as ExecutionId;
const succeeded = { executionId, state: 'succeeded', status: 'Success' } as const;

function judge(measurement: PhaseMeasurement) {
  const { hypothesis } = sampleRun().proposal;
  return { measurement, judgement: judgeHypothesis(hypothesis, measurement) };
}

function toJournal({ baselineAt }: Course, events: readonly (readonly [number, RunEvent])[]) {
  const proposed = sampleProposed();
  const via = { kind: 'card' } as const;
  const { digest } = proposed;
  const first: readonly (readonly [number, RunEvent])[] = [
    [baselineAt - 2, proposed],
    [baselineAt - 1, { type: 'approved', by: approver, memberOf: [], digest, via }],
    [baselineAt, { type: 'baseline-started' }],
  ];
  const { id: runId } = sampleRun();
  let previousHash = toGenesisHash(runId, sha256);
  return [...first, ...events].map(([at, event], index) => {
    const entry: RunEntry = { runId, sequence: index + 1, at, event };
    previousHash = toEntryHash(entry, previousHash, sha256);
    return { ...entry, hash: previousHash };
  });
}
