import { addFailures } from './join-seconds.ts';
import { listAllPodChanges } from './list-changes.ts';
import { listAllSeconds } from './list-seconds.ts';
import {
  findEnd,
  isRotation,
  type PodChange,
  type PodStatus,
  type PredictionMeasurement,
  type SecondMeasurement,
} from './measurement.ts';
import { createWindowCheck, toSight } from './guard-peaks.ts';
import { toMetricCourses } from './metric-courses.ts';
import { phaseNotes } from './phase-notes.ts';
import { listPodsAtStart } from './pods-at-start.ts';
import { countLost } from './prediction-stream.ts';
import type { Progress } from './progress.ts';
import type { Run } from './run.ts';

/** What was recorded of a run over its whole course. */
export type Recorded = {
  readonly whole: Run;
  readonly seconds: readonly SecondMeasurement[];
  readonly changes: readonly PodChange[];
  readonly isWholeWindow: ReturnType<typeof createWindowCheck>;
};

export function toRecorded(whole: Run): Recorded {
  return {
    whole,
    seconds: listAllSeconds(whole),
    changes: listAllPodChanges(whole),
    isWholeWindow: createWindowCheck(toSight(whole)),
  };
}

/**
 * What was seen at a moment of a recorded run, which `run` is as it was then: by the whole seconds and the changes of pods until then. Latencies of a part of a phase are not
 * recorded, nor is what Azure said in between. Undefined while nothing is measured.
 */
export function rebuildProgress(run: Run, recorded: Recorded, at: number): Progress | undefined {
  const stage = toStage(run, recorded, at);
  if (!stage) return undefined;
  const { startedAt, ...shown } = stage;
  const seconds = recorded.seconds.filter((second) => findEnd(second) <= at);
  const changes = recorded.changes.filter((change) => change.at <= at);
  const { guards } = run.proposal;
  return {
    at,
    phase: run.phase,
    predictions: toPredictions(seconds.filter((second) => second.at >= startedAt)),
    seconds,
    pods: { pods: toPods(run, recorded.changes, at), confirmedAt: at },
    changes,
    windows: guards.flatMap((guard) =>
      guard.kind === 'availability-floor' &&
      recorded.isWholeWindow({ from: at - guard.windowMs, until: at })
        ? [toWindow(guard.windowMs, at, seconds)]
        : [],
    ),
    ...toReadings(recorded, at),
    ...shown,
  };
}

/** What each metric was read as last; why it had no value is not recorded by time. */
function toReadings({ whole }: Recorded, at: number): Pick<Progress, 'metrics'> {
  const courses = toMetricCourses(whole);
  if (courses.length === 0) return {};
  const metrics = courses.flatMap(({ name, points }) => {
    const last = points.findLast((point) => point.at <= at);
    return last ? [{ name, reading: { value: last.value } }] : [];
  });
  return { metrics };
}

type Stage = { readonly startedAt: number; readonly note: string; readonly endsAt?: number };

/** Where in its phase the run is: since when that is measured, and what is waited for. */
function toStage(run: Run, { whole }: Recorded, at: number): Stage | undefined {
  const { phase, phaseSince: since, proposal } = run;
  const measuredSince = whole.recovered?.measurement.startedAt ?? Infinity;
  const isEnding = run.trip !== undefined || run.stop !== undefined || run.failure !== undefined;
  switch (phase) {
    case 'baseline':
      return { startedAt: since, note: phaseNotes.baseline, endsAt: since + proposal.baselineMs };
    case 'inject':
      return { startedAt: since, note: phaseNotes.preparing };
    case 'observe': {
      const startedAt = whole.observed?.measurement.startedAt ?? since;
      if (isEnding) return { startedAt, note: phaseNotes.ending };
      const note = proposal.rehearsal ? phaseNotes.rehearsing : phaseNotes.active;
      return { startedAt, note, endsAt: since + proposal.fault.durationMs };
    }
    case 'recover':
      return at < measuredSince
        ? { startedAt: since, note: phaseNotes.waiting, endsAt: since + proposal.recoveryLimitMs }
        : {
            startedAt: measuredSince,
            note: phaseNotes.after,
            endsAt: measuredSince + proposal.baselineMs,
          };
    case 'proposed':
    case 'approved':
    case 'ended':
      return undefined;
  }
}

function toPredictions(seconds: readonly SecondMeasurement[]): PredictionMeasurement {
  const sent = seconds.reduce((sum, second) => sum + second.sent, 0);
  const failures = seconds.reduce((sum, second) => addFailures(sum, second.failures), {});
  return { sent, good: sent - countLost(seconds), failures, latency: null, within: [] };
}

function toWindow(windowMs: number, at: number, seconds: readonly SecondMeasurement[]) {
  const within = seconds.filter((second) => second.at >= at - windowMs);
  const sent = within.reduce((sum, second) => sum + second.sent, 0);
  return { windowMs, sent, good: sent - countLost(within) };
}

/** Rebuilds the pods of a moment from those at the start that were there by then, and their changes. */
function toPods(run: Run, changes: readonly PodChange[], at: number): readonly PodStatus[] {
  const { namespace } = run.proposal.service;
  const createdLater = new Set(
    changes.filter((change) => change.kind === 'created' && change.at > at).map(({ uid }) => uid),
  );
  const pods = new Map<string, PodStatus>();
  for (const { name, uid, node, ready } of listPodsAtStart(run))
    if (!createdLater.has(uid))
      pods.set(name, { namespace, name, uid, node, ready, restarts: 0, terminating: false });
  for (const change of changes) if (change.at <= at) applyChange(pods, change, namespace);
  return [...pods.values()];
}

function applyChange(pods: Map<string, PodStatus>, change: PodChange, namespace: string): void {
  const { pod: name, kind, node } = change;
  if (kind === 'deleted') return void pods.delete(name);
  if (isRotation(change)) return;
  const unknown: PodStatus = {
    namespace,
    name,
    uid: '',
    node: '',
    ready: false,
    restarts: 0,
    terminating: false,
  };
  const known = pods.get(name) ?? unknown;
  if (kind === 'placed') return void pods.set(name, { ...known, node: node ?? known.node });
  const { reason: _reason, ...before } = known;
  const restarts = before.restarts + (kind === 'restarted' ? 1 : 0);
  const ready = kind === 'ready' || (!unreadyKinds.includes(kind) && before.ready);
  pods.set(name, { ...before, restarts, ready, ...toReason(change) });
}

/** What leaves a pod not ready. */
const unreadyKinds: readonly PodChange['kind'][] = ['created', 'not-ready'];

/** `not ready (ContainersNotReady)` is how such a change is recorded, and another reason alone. */
function toReason({ kind, detail }: PodChange): Pick<PodStatus, 'reason'> {
  if (kind === 'reason') return { reason: detail };
  const [, reason] = kind === 'not-ready' ? (/\(([^()]+)\)$/.exec(detail) ?? []) : [];
  return reason === undefined ? {} : { reason };
}
