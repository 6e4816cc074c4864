import type { PredictionMeasurement } from '../../../src/domain/measurement.ts';
import type { MeasuredPrediction } from '../../../src/domain/prediction-result.ts';
import type { Run } from '../../../src/domain/run.ts';
import { DueTimes } from '../../../src/predictions/due-times.ts';
import { tellOutcome, type Downtime, type LoggedRequest } from '../scripted-service.ts';
import { findFalseOutcomes } from '../scripted-stream.ts';
import type { RealRun, SeenSession } from './real-run.ts';

/** A span of due time, ms since the epoch. */
export type TimeSpan = { readonly from: number; readonly until: number };

/** A measured prediction and what the service says of it. */
export type Witnessed = MeasuredPrediction & {
  /** Absent where the service logged no such request, or it cannot be told which it was. */
  readonly logged?: LoggedRequest;
};

export function listPhases({ baseline, observed, recovered }: Run) {
  const all = { baseline, observed, recovered };
  return Object.entries(all).flatMap(([name, phase]) =>
    phase ? [{ name, measurement: phase.measurement }] : [],
  );
}

export function listMeasured({
  sessions,
}: Pick<RealRun, 'sessions'>): readonly MeasuredPrediction[] {
  return sessions.flatMap(({ results }) => results.filter((result) => result.kind === 'measured'));
}

export function isDueIn({ from, until }: TimeSpan) {
  return ({ dueAt }: Pick<MeasuredPrediction, 'dueAt'>) => dueAt >= from && dueAt < until;
}

/** How many predictions a session owed in a span. */
export function countOwed({ service, seed, session }: SeenSession, span: TimeSpan): number {
  const startAt = session.startedAt();
  if (startAt === undefined) return 0;
  const due = new DueTimes(service.scoring, { seed, startAt });
  due.passUntil(span.from);
  return due.passUntil(span.until);
}

/** The measured predictions whose outcome is not what the service's log and its downtimes say. */
export function findUntrue({ sessions, service, log, downtimes }: RealRun): readonly Witnessed[] {
  const { timeoutMs } = service.scoring;
  const measured = listMeasured({ sessions });
  return findFalseOutcomes(measured, log, timeoutMs).filter(
    (each) => !downtimes.some((downtime) => explains(downtime, each)),
  );
}

/** A connection may be in the kernel's hands for a moment. */
const edgeMs = 25;
/**
 * So long after it stood still a service may take what waited for it: the kernel repeats a SYN that was dropped after a second (RFC 6298), when whoever sent
 * it is just giving up, and a busy machine adds to that.
 */
const queueMs = 1_500;

function explains(
  { kind, from, until }: Downtime,
  { sentAt, endedAt, outcome, pod }: MeasuredPrediction,
): boolean {
  if (pod !== undefined || sentAt > until + edgeMs || endedAt < from - edgeMs) return false;
  return kind === 'still' ? outcome === 'timeout' : outcome === 'refused' || outcome === 'reset';
}

/** What the log alone says of a span: how many requests arrived in it that were answered rightly and in time. */
export function countRightArrivals({ log, service }: RealRun, { from, until }: TimeSpan): number {
  const { timeoutMs } = service.scoring;
  return log.filter(
    (request) =>
      request.arrivedAt >= from &&
      request.arrivedAt < until &&
      tellOutcome(request, timeoutMs) === 'good' &&
      (request.endedAt ?? Infinity) - request.arrivedAt <= timeoutMs,
  ).length;
}

/** How many requests of a span were taken from the queue after the service had stood still, when whoever sent them may have given up. */
export function countOverdue({ log, downtimes }: RealRun, { from, until }: TimeSpan): number {
  const isAfter = (at: number) =>
    downtimes.some((each) => each.kind === 'still' && at > each.from && at < each.until + queueMs);
  return log.filter(({ arrivedAt: at }) => at >= from && at < until && isAfter(at)).length;
}

/** By how many predictions the arrivals of a span may differ from those due in it: those that were due before an edge and arrived after it. */
export function countStraddling({ sessions, log }: RealRun, span: TimeSpan): number {
  const edges = [span.from, span.until];
  return listMeasured({ sessions }).filter(({ dueAt, pod }) => {
    const arrivedAt = pod === undefined ? undefined : log[Number(pod)]?.arrivedAt;
    return arrivedAt !== undefined && edges.some((edge) => dueAt < edge !== arrivedAt < edge);
  }).length;
}

/**
 * The same of predictions without an answer, of which it is not known which request was theirs: those that were due before an edge and sent so late that
 * their request may have arrived after it.
 */
export function countLostStraddling({ sessions }: RealRun, span: TimeSpan): number {
  const edges = [span.from, span.until];
  return listMeasured({ sessions }).filter(
    ({ dueAt, sentAt, pod }) =>
      pod === undefined && edges.some((edge) => dueAt < edge && sentAt + edgeMs >= edge),
  ).length;
}

/** Latencies of the good predictions of a span, from when each was sent until the service had answered by its own log. */
export function listLatencies({ sessions, log }: RealRun, span: TimeSpan) {
  const good = listMeasured({ sessions }).filter(
    (each) => each.outcome === 'good' && isDueIn(span)(each),
  );
  return good.map(({ pod, sentAt, latencyMs }) => {
    const endedAt = log[Number(pod)]?.endedAt ?? NaN;
    return { logMs: endedAt - sentAt, ownMs: latencyMs - (endedAt - sentAt), latencyMs };
  });
}

/** The nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export function sumOf(measurement: PredictionMeasurement): number {
  const { sent, unmeasured = {} } = measurement;
  return Object.values(unmeasured).reduce((sum, count) => sum + count, sent);
}
