import { describeChange } from '../domain/describe-change.ts';
import { lateTripIntro } from '../domain/ended-early.ts';
import { describeGap } from '../domain/describe-gaps.ts';
import { printSightGapCause } from '../domain/describe-sight-gaps.ts';
import { printDuration } from '../domain/duration.ts';
import { listAllNodeChanges, listAllPodChanges } from '../domain/list-changes.ts';
import type { Finding } from '../domain/judgement.ts';
import type { Gap } from '../domain/measurement.ts';
import {
  describeCarrying,
  printCarrying,
  describeMismatches,
  describeSource,
} from '../domain/describe-injection.ts';
import type { RunEntry, RunEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import { describeUnread } from '../domain/unread-execution.ts';
import { findOutageMoment, printOutageLosses } from '../domain/outage-span.ts';
import type { Course, Moment } from './report.ts';

/** Everything that happened, in order: what people and the bot did, from the journal, and what the cluster and predictions did meanwhile. */
export function toTimeline(
  run: Run,
  entries: readonly RunEntry[],
  { outages, gaps, sightGaps }: Course,
): readonly Moment[] {
  const own = entries.flatMap(({ at, event }): Moment[] => {
    const what = (run.proposal.rehearsal && rehearsed[event.type]) || describeEvent(event);
    return what === undefined ? [] : [{ at: findAt(event) ?? at, what, by: 'bot' }];
  });
  const pods = listAllPodChanges(run).map((change): Moment => ({
    at: change.at,
    what: `${change.pod}: ${describeChange(change)}`,
    by: 'cluster',
  }));
  const nodes = listAllNodeChanges(run).map((change): Moment => ({
    at: change.at,
    what: `node ${change.node}: ${describeChange(change)}`,
    by: 'cluster',
  }));
  const lost = outages.map((outage): Moment => ({
    at: findOutageMoment(outage),
    what: printOutageLosses(outage),
    by: 'cluster',
  }));
  const unseen = gaps.filter(isNamed).map((gap): Moment => ({
    at: gap.from,
    what: `Predictions were not measured for ${printDuration(gap.until - gap.from)}: ${describeGap(gap)}.`,
    by: 'bot',
  }));
  const blind = sightGaps.filter(isNamed).map(({ from, until, cause }): Moment => ({
    at: from,
    what: `Pods were not seen for ${printDuration(until - from)}: ${printSightGapCause(cause)}.`,
    by: 'bot',
  }));
  return [...own, ...pods, ...nodes, ...lost, ...unseen, ...blind].toSorted(
    (left, right) => left.at - right.at,
  );
}

/** When it happened, where that is not when it was written down. */
function findAt(event: RunEvent): number | undefined {
  switch (event.type) {
    case 'fault-seen':
      return event.evidence.at;
    case 'fault-ended':
      return event.endedAt;
    case 'stop-requested':
    case 'stop-came-late':
      return event.saidAt;
    case 'guard-tripped':
      return event.trip.at;
    case 'cancel-requested':
      return event.askedAt;
    default:
      return undefined;
  }
}

/** A shorter one is no moment of a run; the table of the phases counts it. */
const shortestNamedMs = 1_000;
const isNamed = ({ from, until }: Pick<Gap, 'from' | 'until'>) => until - from >= shortestNamedMs;

/** What is not so in a rehearsal. */
const rehearsed: Readonly<Partial<Record<RunEvent['type'], string>>> = {
  'start-requested': 'The rehearsal of the fault began.',
  'fault-active': 'From here on the fault would be active.',
  'cancel-requested': 'The end of the rehearsal was asked for.',
  'fault-ended': 'The rehearsal of the fault ended.',
};

function describeEvent(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'proposed':
      return `${event.proposal.proposer.name} proposed the experiment.`;
    case 'approved':
      return `${event.by.name} approved it.`;
    case 'rejected':
      return `${event.by.name} rejected it${event.reason ? `: ${event.reason}` : '.'}`;
    case 'expired':
      return 'The proposal expired.';
    case 'queued':
      return `It waited for ${event.behind} to end.`;
    case 'stop-requested':
      return `Stopped by ${event.by.name}${event.saidAt === undefined ? '' : ' (recorded late)'}.`;
    case 'stop-came-late':
      return `${event.by.name} asked to stop it when nothing was left to stop, so the run was measured to its end.`;
    case 'baseline-started':
      return 'The baseline began.';
    case 'baseline-judged':
      return describeBaseline(event.judgement.finding);
    case 'start-requested':
      return 'Chaos Studio was asked to start the fault.';
    case 'fault-active':
      return 'The fault was found to be active.';
    case 'fault-seen':
      return `The fault was ${describeSource({ faultSeen: event.evidence })}: ${event.evidence.pod} ${event.evidence.detail || event.evidence.kind}.`;
    case 'guard-tripped':
      return `${event.isAfterEnd ? lateTripIntro : 'A guard tripped'}: ${event.trip.reason}.`;
    case 'cancel-requested':
      return `Chaos Studio was asked to end the fault: ${event.because}.`;
    case 'cancel-refused':
      return `Azure refused to end the fault (${event.code ?? event.status ?? 'no answer'}).`;
    case 'stop-disallowed':
      return `${event.by.name} had no permission to stop it (needs ${event.roles.join(' or ')}).`;
    case 'fault-ended':
      return describeEnd(event);
    case 'recovery-judged':
      return 'The recovery was measured.';
    case 'failed':
      return `It failed: ${event.message}`;
    case 'left-fault-seen':
      return describeLeft(event);
    case 'ended':
      return 'The run ended.';
    case 'experiment-prepared':
    case 'started':
    case 'observed':
      return undefined;
  }
}

function describeBaseline(finding: Finding): string {
  if (finding === 'held') return 'The baseline was steady.';
  return finding === 'deviated'
    ? 'The baseline was not steady.'
    : 'The baseline could not tell whether the service was steady.';
}

/** A failed execution confirms nothing. */
function describeEnd({
  execution: { state, status, unread },
  injection,
  evidenceWithdrawn,
  carrying,
}: Extract<RunEvent, { type: 'fault-ended' }>): string {
  const failed = unread
    ? `It is not known whether the fault ended as planned. ${describeUnread(unread)}`
    : `The execution ended without confirming that the fault is gone (${status}).`;
  const end = state === 'failed' ? failed : `The fault was removed (Chaos Studio: ${status}).`;
  const withdrawn = evidenceWithdrawn ? 'What had been taken for it was not its doing.' : undefined;
  const remarks = [end, withdrawn, describeMismatches(injection), describeCarrying(carrying)];
  return remarks.filter((text) => text !== undefined).join(' ');
}

function describeLeft({
  carrying,
  isUnseen,
}: Extract<RunEvent, { type: 'left-fault-seen' }>): string {
  if (carrying.length === 0) return 'No pod carried the fault any more.';
  const where = printCarrying(carrying);
  return isUnseen
    ? `The cluster could not be read. Last seen: the fault was on ${where}.`
    : `The fault was still on ${where}.`;
}
