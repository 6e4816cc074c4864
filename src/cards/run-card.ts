import { describeChange } from '../domain/describe-change.ts';
import { describeUnmeasured } from '../domain/describe-gaps.ts';
import { printDuration } from '../domain/duration.ts';
import { explainEnd } from '../domain/explain-end.ts';
import {
  countReady,
  type PodChange,
  type PodsView,
  type PredictionMeasurement,
} from '../domain/measurement.ts';
import { joinGaps } from '../domain/list-gaps.ts';
import { listApprovers, listGroupIds } from '../domain/approval-rule.ts';
import type { Person } from '../domain/person.ts';
import type { Unreached } from '../domain/reach.ts';
import type { Progress } from '../domain/progress.ts';
import { countReadyAtStart } from '../domain/pods-at-start.ts';
import { wasApproved, type Run } from '../domain/run.ts';
import { describeUnread } from '../domain/unread-execution.ts';
import { toSeenForMs } from '../domain/seen-for.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import { explainUnreached, toApproverLine } from './describe-approvers.ts';
import { toArrivals } from '../domain/arrivals.ts';
import { toGuardFacts } from './describe-guards.ts';
import { toMetricFacts } from './describe-metrics.ts';
import { toRunMarks } from './describe-marks.ts';
import { toPodLines, toProposedPodLines } from './describe-pods.ts';
import {
  listWarnings,
  printHit,
  toFact,
  toGuardText,
  toProposalFacts,
  type Fact,
} from './describe-proposal.ts';
import { cutMiddle, cutText } from '../domain/visible-text.ts';
import template from './run-card.json' with { type: 'json' };
import { toTrend } from './describe-trend.ts';
import { toRunState } from './run-state.ts';
import { printClock } from '../domain/print-time.ts';
import { printFailures, printLatency } from '../domain/print-numbers.ts';
import {
  escapeMarkdown,
  escapeReason,
  longestName,
  printAvailability,
  printAvailabilityInterval,
} from './text.ts';

export type RunCardView = {
  readonly progress?: Progress;
  /** How many other runs are before it in line, while the bot conducts as many as it may. */
  readonly ahead?: number;
  readonly now: number;
  /** Who looks at it; without, the card is the one for everybody. */
  readonly viewer?: Person;
  /** For whom Teams asks for a view of their own, by their ids in the channel. */
  readonly refreshFor?: readonly string[];
  /** Why no approver sees the card of a proposal. */
  readonly unreached?: Unreached;
};

/** The one card of a run, from proposal to end; with numbers while it is conducted. */
export function renderRunCard(
  run: Run,
  { progress, ahead, now, viewer, refreshFor = [], unreached }: RunCardView,
): AdaptiveCard {
  const state = toRunState(run, ahead);
  const live = progress !== undefined && run.phase !== 'ended' && run.phase !== 'proposed';
  const headline = `${state.symbol} ${state.word}`;
  const asked = run.phase === 'proposed' ? toApproverLine(run) : { text: '', mentions: [] };
  const data = {
    speak: `${state.word}. ${run.proposal.title}. Run ${run.id}.`,
    style: state.style,
    headline,
    title: `${escapeMarkdown(run.proposal.title, 2 * longestName)} · ${run.id}`,
    marks: toRunMarks(run),
    note: toNote(run, progress, now),
    approvers: asked.text,
    mentions: asked.mentions,
    live,
    ...(live ? toLiveModel(run, progress, now) : noLiveModel),
    facts: toProposalFacts(run).filter(({ title }) => !live || liveProposalFacts.includes(title)),
    warnings:
      run.phase === 'proposed'
        ? [
            ...(unreached ? [explainUnreached(run.proposal, unreached)] : []),
            ...listWarnings(run.proposal),
          ].map((text) => ({ text: escapeMarkdown(text) }))
        : [],
    proposedPods: run.phase === 'proposed' ? toProposedPodLines(run.proposal.blastRadius.pods) : [],
    actions: toActions(run, viewer),
    mayReject: run.phase === 'proposed' && mayDecide(run, viewer),
    refreshFor: refreshFor.slice(0, mostViewers),
    runId: run.id,
    digest: run.digest,
  };
  return expandTemplate(template, data, [toGuardText(run.proposal), printHit(run.proposal)]);
}

/** Everybody's card has all the buttons: those beyond this number see that one. */
const mostViewers = 20;

/** What is still of interest while the numbers are: the rest was read before the approval, and stands in the summary. */
const liveProposalFacts = ['Fault', 'Must hold', 'Approved by', 'Digest'];

const noLiveModel = {
  availability: '',
  interval: '',
  podsReady: '',
  restarts: '',
  p50: '',
  p95: '',
  liveFacts: [],
  trend: [],
  trendWords: '',
  pods: [],
  age: '',
};

/** A note may quote a command that gives a role. */
const longestNote = 900;

function toNote(run: Run, progress: Progress | undefined, now: number): string {
  const why = explainEnd(run);
  if (why !== undefined) return escapeReason(why);
  if (run.trip && run.phase !== 'recover') return escapeMarkdown(`Guard: ${run.trip.reason}`);
  if (run.stop && run.phase !== 'recover')
    return escapeMarkdown(`Stopped by ${cutText(run.stop.by.name, longestName)}`);
  if (!progress || progress.phase !== run.phase) return '';
  const leftMs = (progress.endsAt ?? now) - now;
  // A countdown has whole seconds.
  const left = leftMs < 1_000 ? '' : `, ${printDuration(Math.round(leftMs / 1_000) * 1_000)} left`;
  const { note = '', unread } = progress;
  const unknown = unread ? `. ${describeUnread(unread)} ${unread.suggestion}` : '';
  return escapeMarkdown(`${note}${left}${unknown}`, longestNote);
}

function toLiveModel(run: Run, progress: Progress, now: number) {
  const { predictions, pods } = progress;
  const { sent, good, latency } = predictions;
  const restarts = progress.changes.filter(({ kind }) => kind === 'restarted').length;
  return {
    availability: printAvailability(predictions),
    interval:
      sent === 0
        ? 'nothing sent yet'
        : `${printAvailabilityInterval(predictions, toArrivals(run.proposal.service.scoring))}, ${good} of ${sent}`,
    podsReady: printPodsReady(run, pods, now),
    restarts: `${restarts} ${restarts === 1 ? 'restart' : 'restarts'} in this run`,
    p50: printLatency(latency?.p50Ms),
    p95: printLatency(latency?.p95Ms),
    liveFacts: toLiveFacts(run, progress),
    ...toTrendModel(run, progress, now),
    pods: toSeenPodLines(pods, now),
    age: `As of ${printClock(progress.at)} UTC, ${printAge(pods.confirmedAt, now)}`,
  };
}

function toTrendModel(run: Run, { seconds }: Progress, now: number) {
  const { faultActiveAt, faultSeen, faultEndedAt } = run;
  // Pods may fail before Azure says that the fault is active.
  const from = Math.min(faultActiveAt ?? Infinity, faultSeen?.at ?? Infinity);
  const fault = Number.isFinite(from) ? { from, until: faultEndedAt ?? now } : undefined;
  const trend = toTrend(seconds, fault);
  if (!trend) return { trend: [], trendWords: '' };
  const lines = [
    ...trend.pieces.map((values, index) => ({
      legend: index === 0 ? 'Good predictions' : `Good predictions, after gap ${index}`,
      color: 'categoricalBlue',
      values,
    })),
    { legend: 'Fault active', color: 'attention', values: trend.fault },
  ];
  return { trend: lines.filter(({ values }) => values.length > 0), trendWords: trend.words };
}

/** Longer after the last list of all pods, nobody knows whether they are still as it had them. */
const seenForMs = 10_000;

/** For how long pods were not seen, in words; undefined while they are. */
function findUnseen({ confirmedAt, hasFailed }: PodsView, now: number): string | undefined {
  const unseenMs = now - confirmedAt;
  if (confirmedAt === 0 || unseenMs <= toSeenForMs(seenForMs, hasFailed === true)) return undefined;
  return `${Math.round(unseenMs / 1_000)}s`;
}

function printPodsReady(run: Run, pods: PodsView, now: number): string {
  if (pods.confirmedAt === 0) return '–';
  const ready = `${countReady(pods.pods)} of ${countReadyAtStart(run)}`;
  const unseen = findUnseen(pods, now);
  return unseen === undefined ? ready : `${ready}, ${unseen} ago`;
}

function toSeenPodLines(pods: PodsView, now: number): { text: string }[] {
  const unseen = findUnseen(pods, now);
  const lines = toPodLines(pods.pods);
  return unseen === undefined
    ? lines
    : [{ text: `▲ Not seen for ${unseen}. Before that:` }, ...lines];
}

function printAge(confirmedAt: number, now: number): string {
  if (confirmedAt === 0) return 'pods not seen yet';
  return `pods confirmed ${Math.max(0, Math.round((now - confirmedAt) / 1_000))}s ago`;
}

function toLiveFacts(run: Run, progress: Progress): Fact[] {
  const { predictions, changes } = progress;
  const last = changes.at(-1);
  return [
    { title: 'Failures', value: printFailures(predictions.failures) },
    ...toFact('Not measured', describeUnmeasured(sinceBaseline(run, predictions))),
    ...(last ? [{ title: 'Last change', value: printChange(last) }] : []),
    ...toMetricFacts(run, progress),
    // A fault that is over can't be ended.
    ...(progress.phase === 'recover' ? [] : toGuardFacts(run, progress)),
  ];
}

/** What was not measured in the whole run so far: a gap of an earlier phase is still one. */
function sinceBaseline({ baseline, observed }: Run, now: PredictionMeasurement) {
  const phases = [baseline?.measurement.predictions, observed?.measurement.predictions, now];
  const counts = new Map<string, number>();
  for (const phase of phases)
    for (const [reason, count] of Object.entries(phase?.unmeasured ?? {}))
      counts.set(reason, (counts.get(reason) ?? 0) + count);
  return { sent: 0, unmeasured: Object.fromEntries(counts), gaps: joinGaps(phases) };
}

function printChange(change: PodChange): string {
  const { at, pod } = change;
  const what = `${cutMiddle(pod, longestName)}: ${describeChange(change)}`;
  return `${printClock(at)} ${escapeMarkdown(what)}`;
}

/** Whether somebody may be asked: one who is named and has not approved yet, or, where groups or the channel may approve, anybody but the proposer. */
function mayDecide({ proposal, approvals }: Run, viewer: Person | undefined): boolean {
  if (!viewer) return true;
  const { id } = viewer;
  const { approvalRule: rule } = proposal;
  if (id === proposal.proposer.id) return false;
  const isNamed = listApprovers(rule).some((approver) => approver.id === id);
  const hasApproved = approvals.some(({ by }) => by.id === id);
  const isOpen = listGroupIds(rule).length > 0 || rule.roles.some((role) => role.channelMembers);
  return !hasApproved && (isNamed || isOpen);
}

/** Everybody's card has all the buttons, since not every client asks for a view of its own, and a click by the wrong person decides nothing. */
function toActions(run: Run, viewer: Person | undefined) {
  const { id: runId, digest, phase } = run;
  const action = (verb: string, title: string, style: string) => ({
    verb,
    title,
    style,
    runId,
    digest,
  });
  if (phase === 'proposed') {
    if (viewer?.id === run.proposal.proposer.id) return [action('run.stop', 'Withdraw', 'default')];
    return mayDecide(run, viewer) ? [action('run.approve', 'Approve', 'positive')] : [];
  }
  if (phase === 'ended')
    return wasApproved(run) ? [action('run.report', 'Summary', 'default')] : [];
  const stoppable = phase !== 'recover' && !run.stop;
  return stoppable ? [action('run.stop', 'Stop', 'destructive')] : [];
}
