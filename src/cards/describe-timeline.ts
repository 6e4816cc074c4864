import { joinSeconds } from '../domain/join-seconds.ts';
import type { PodChange } from '../domain/measurement.ts';
import type { Run } from '../domain/run.ts';
import { escapeMarkdown, printClock } from './text.ts';

const mostLines = 14;

type Moment = { readonly at: number; readonly text: string };

/** What failed when: pods, predictions and what the bot did about it, in order, with times relative to the fault. */
export function toTimeline(run: Run): string[] {
  const zero = run.observed?.measurement.startedAt ?? run.faultActiveAt ?? run.startRequestedAt;
  if (zero === undefined) return [];
  const moments = [...toMilestones(run), ...toPodMoments(run), ...toOutages(run)].toSorted(
    (left, right) => left.at - right.at,
  );
  const lines = moments.map(
    ({ at, text }) => `${printClock(at)} UTC (${printOffset(at - zero)}) ${text}`,
  );
  const hidden = lines.length - mostLines;
  return hidden > 0 ? [...lines.slice(0, mostLines), `and ${hidden} more`] : lines;
}

function printOffset(offsetMs: number): string {
  const seconds = Math.round(offsetMs / 1_000);
  return `${seconds < 0 ? '−' : '+'}${Math.abs(seconds)} s`;
}

function toMilestones(run: Run): Moment[] {
  const { startRequestedAt, trip, stop, faultEndedAt, execution, proposal } = run;
  const asked = proposal.rehearsal ? 'start rehearsed' : 'start asked of Chaos Studio';
  const gone = proposal.rehearsal ? 'end rehearsed' : 'fault confirmed gone';
  return [
    ...(startRequestedAt === undefined ? [] : [{ at: startRequestedAt, text: asked }]),
    ...(trip ? [{ at: trip.at, text: `guard: ${escapeMarkdown(trip.reason)}` }] : []),
    ...(stop ? [{ at: stop.at, text: `${escapeMarkdown(stop.by.name)} said stop` }] : []),
    ...(faultEndedAt === undefined
      ? []
      : [{ at: faultEndedAt, text: `${gone} (${execution?.status ?? 'unknown'})` }]),
  ];
}

function toPodMoments(run: Run): Moment[] {
  const changes = [run.observed, run.recovered].flatMap(
    (phase) => phase?.measurement.pods.changes ?? [],
  );
  const once = new Map(
    changes.map((change) => [`${change.at} ${change.pod} ${change.kind}`, change]),
  );
  return Array.from(once.values(), ({ at, pod, kind, detail }: PodChange) => ({
    at,
    text: `${escapeMarkdown(pod)}: ${escapeMarkdown(detail || kind)}`,
  }));
}

/** Seconds with failures, neighbours joined. */
function toOutages(run: Run): Moment[] {
  const phases = [run.observed, run.recovered].flatMap((phase) =>
    phase ? [phase.measurement] : [],
  );
  const failing = joinSeconds(phases).filter(({ sent, good }) => good < sent);
  const outages: { at: number; until: number; lost: number }[] = [];
  for (const { at, sent, good } of failing) {
    const last = outages.at(-1);
    if (last && at - last.until <= 2_000)
      Object.assign(last, { until: at, lost: last.lost + sent - good });
    else outages.push({ at, until: at, lost: sent - good });
  }
  return outages.map(({ at, until, lost }) => ({
    at,
    text: `${lost} ${lost === 1 ? 'prediction' : 'predictions'} lost within ${(until - at) / 1_000 + 1} s`,
  }));
}
