import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import type { PodFault } from '../../src/domain/fault.ts';
import type { FaultRecord } from '../../src/domain/injection.ts';
import type { PodChange } from '../../src/domain/measurement.ts';
import type { ExecutionReport } from '../../src/domain/run-event.ts';
import type { Run } from '../../src/domain/run.ts';
import type { BlastRadiusPod, Proposal } from '../../src/domain/proposal.ts';
import type { PredictionProbe } from '../../src/runs/ports/prediction-probe.ts';
import { approver, sampleProposal } from './proposal.ts';
import { Stage } from './stage.ts';

/** How the fault of a staged run shows, and what is said of it. */
export type Staging = {
  readonly fault?: Partial<PodFault>;
  /** Every change of a pod that is seen, in the place of the fault's; the fault begins at `beganAt`. */
  readonly changes?: (stage: Stage, beganAt: number) => readonly PodChange[];
  /** What Azure says, in the place of what it would. */
  readonly report?: (stage: Stage, usual: ExecutionReport) => ExecutionReport;
  /** What pods run, by their index. */
  readonly imageOf?: (stage: Stage, index: number) => string;
  /** Which pods are ready, by their index, in the place of what the fault does to them. */
  readonly isReady?: (stage: Stage, index: number) => boolean;
  /** Which pods there are, by their index; all of them by default. */
  readonly isThere?: (stage: Stage, index: number) => boolean;
  /** How often the list of all pods confirms what is seen, ms; changes of pods are seen as they happen all the same. Every time by default. */
  readonly listEveryMs?: number;
  readonly records?: (beganAt: number) => readonly FaultRecord[];
  /** How long the last look at the pods before the start takes. */
  readonly lookMs?: number | ((stage: Stage) => number);
  /** Which predictions are lost, in the place of those that the stage loses. */
  readonly loses?: (dueAt: number, stage: Stage) => boolean;
  /** The pods that there are by the start, in the place of those of the proposal; they answer predictions and name themselves. */
  readonly renamed?: readonly BlastRadiusPod[];
};

/** The pods of the sample. */
export const [first, second, third] = sampleProposal().blastRadius.pods;
/** The image that pod-failure puts in the place of a pod's own. */
export const pause = 'registry.k8s.io/pause:3.9';
/** A pod's own image. */
export const own = 'registry.test/diabetes:1';
/** How long Azure prepares the fault. */
export const preparingMs = 3_000;

/** When the fault begins, ms since the epoch. */
export function beginOf(stage: Stage): number {
  return (stage.executions[0]?.startedAt ?? Infinity) + preparingMs;
}

/** Conducts a run in virtual time to its end. */
export async function conduct(
  staging: Staging,
  change: Partial<Stage> = {},
  overrides: Partial<Proposal> = {},
): Promise<Stage> {
  const stage = prepare(staging, change, overrides);
  await conductRun(stage.run().id, toDeps(stage, staging), new AbortController().signal);
  return stage;
}

/** Conducts a run of which the process is killed, and goes on after `awayMs` to its end. */
export async function conductTwice(
  staging: Staging,
  kill: Pick<Kill, 'isKilled' | 'awayMs'>,
  overrides: Partial<Proposal> = {},
): Promise<Stage> {
  const stage = prepare(staging, {}, overrides);
  await conductThroughKill(stage, { ...kill, deps: () => toDeps(stage, staging) });
  return stage;
}

type Kill = {
  readonly isKilled: (stage: Stage) => boolean;
  readonly awayMs: number;
  /** What the bot works with; asked for again after the restart. */
  readonly deps: () => ConductDeps;
};

async function conductThroughKill(stage: Stage, { isKilled, awayMs, deps }: Kill): Promise<void> {
  const { id } = stage.run();
  const { signal } = new AbortController();
  stage.onTick = (current) => {
    if (isKilled(current)) current.kill();
  };
  await conductRun(id, deps(), signal).catch(() => undefined);
  if (!stage.killed) throw new Error('The process was not killed.');
  stage.onTick = () => undefined;
  stage.restart();
  stage.now += awayMs;
  await conductRun(id, deps(), signal);
}

function prepare(staging: Staging, change: Partial<Stage>, overrides: Partial<Proposal>): Stage {
  const fault = { ...sampleProposal().fault, ...staging.fault };
  const stage = Object.assign(new Stage({ ...overrides, fault }), change);
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  const { records } = staging;
  if (records) stage.records = () => (stage.faultActive ? records(beginOf(stage)) : []);
  return stage;
}

function toDeps(stage: Stage, staging: Staging): ConductDeps {
  const deps = stage.deps();
  const watch: typeof deps.cluster.watch = (...given) => {
    const seen = deps.cluster.watch(...given);
    const view = () => {
      const { pods, confirmedAt } = seen.view();
      const { imageOf, isReady, isThere = () => true, listEveryMs = 1 } = staging;
      const running = pods
        .map((pod, index) => ({
          ...pod,
          ...(imageOf ? { images: { scoring: imageOf(stage, index) } } : {}),
          ...(isReady ? { ready: isReady(stage, index) } : {}),
        }))
        .filter((_pod, index) => isThere(stage, index));
      return { pods: running, confirmedAt: confirmedAt - (confirmedAt % listEveryMs) };
    };
    const changes = () =>
      (staging.changes?.(stage, beginOf(stage)) ?? seen.changes()).filter(
        ({ at }) => at <= stage.now,
      );
    return { ...seen, view, changes };
  };
  const faults: typeof deps.faults = {
    ...deps.faults,
    read: async (...given) => {
      const usual = await deps.faults.read(...given);
      return staging.report?.(stage, usual) ?? usual;
    },
  };
  const readPods: typeof deps.cluster.readPods = async (...given) => {
    const { lookMs = 0, renamed } = staging;
    const forMs = typeof lookMs === 'number' ? lookMs : lookMs(stage);
    for (let ms = 0; ms < forMs; ms += 1_000) await deps.clock.sleep(1_000);
    const matched = await deps.cluster.readPods(...given);
    return { ...matched, pods: renamed ?? matched.pods };
  };
  const predictions = lose(stage, staging, deps.predictions);
  return { ...deps, faults, predictions, cluster: { ...deps.cluster, readPods, watch } };
}

/** When the bot is killed, by the time since the beginning of the fault, and for how long it is away. */
export type Restart = {
  readonly killAtMs: number;
  readonly awayMs?: number;
  /** What it works with; that of the stage by default. */
  readonly deps?: () => ConductDeps;
};

/** Conducts a run in virtual time to its end, with a restart of the bot in it. */
export async function conductWithRestart(stage: Stage, restart: Restart): Promise<Run> {
  const { killAtMs, awayMs = 0, deps = () => stage.deps() } = restart;
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  const isKilled = (current: Stage) => current.now >= beginOf(current) + killAtMs;
  await conductThroughKill(stage, { isKilled, awayMs, deps });
  return stage.run();
}

/** A change of a pod. */
export const of = (
  pod: typeof first,
  at: number,
  kind: PodChange['kind'],
  more: Partial<PodChange> = {},
) => ({
  at,
  pod: pod?.name ?? '',
  uid: pod?.uid ?? '',
  kind,
  detail: kind,
  ...more,
});
/** What pod-failure does to a pod: its image is swapped, and given back after `untilMs`. */
export const swapped = (pod: typeof first, at: number, untilMs?: number): PodChange[] => [
  of(pod, at, 'image', { images: { scoring: pause }, restored: false }),
  of(pod, at, 'not-ready'),
  ...(untilMs === undefined
    ? []
    : [
        of(pod, at + untilMs, 'image', { images: { scoring: own }, restored: true }),
        of(pod, at + untilMs + 500, 'ready'),
      ]),
];
/** What a deletion looks like: another pod takes the place. */
export const deleted = (pod: typeof first, at: number): PodChange[] => [
  of(pod, at, 'not-ready', { terminating: true }),
  of(pod, at + 100, 'created', { pod: `${pod?.name}-new`, uid: 'new', replaces: pod?.name ?? '' }),
  of(pod, at + 900, 'deleted'),
  of(pod, at + 8_000, 'ready', { pod: `${pod?.name}-new`, uid: 'new' }),
];

/** A probe whose predictions are lost and answered as staged. */
function lose(
  stage: Stage,
  { loses, renamed = [] }: Staging,
  probe: PredictionProbe,
): PredictionProbe {
  if (!loses && renamed.length === 0) return probe;
  const answeredBy = (index: number) => renamed[index % renamed.length]?.name;
  return {
    ...probe,
    start: (service, { onResults, ...options }) =>
      probe.start(service, {
        ...options,
        onResults: ({ results, knownUntil }) => {
          const lost = results.map((result, index) => {
            if (result.kind !== 'measured') return result;
            const outcome = loses?.(result.dueAt, stage) ? ('refused' as const) : ('good' as const);
            const pod = answeredBy(index);
            return { ...result, outcome, ...(pod === undefined ? {} : { pod }) };
          });
          onResults({ results: lost, knownUntil });
        },
      }),
  };
}
