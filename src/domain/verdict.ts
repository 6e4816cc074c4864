import type { Ending, Verdict } from './run-event.ts';
import type { Run } from './run.ts';
import { describeForeignPods } from './answering-pods.ts';
import { countUnseenMs } from './count-unseen.ts';
import { describeLeftAtEnd, describeMismatches, describeOthers } from './describe-injection.ts';
import {
  describeFutileEnd,
  findEndedBy,
  findUnended,
  findFailure,
  hitLate,
  toFaultSpan,
  type EndedBy,
} from './ended-early.ts';
import { printLasted } from './describe-finding.ts';
import { printAfter } from './describe-recovery.ts';
import { combine } from './judgement.ts';
import {
  describeBroken,
  describeOpen,
  findBroken,
  isBelowFloor,
  printBroken,
} from './judge-cut-short.ts';
import { explainUndecided } from './explain-undecided.ts';
import { printDuration } from './duration.ts';
import { findOpenQuestions, type OpenQuestion } from './open-questions.ts';
import { findUnrecovered } from './judge-recovery.ts';

/** How a conducted run ended, what its evidence says, and the reason for both in one sentence. */
export type Conclusion = {
  readonly ending: Ending;
  readonly verdict: Verdict | null;
  readonly why: string;
};

/**
 * Concludes a run whose fault is gone. The verdict rests on what was measured during the fault and after it; a fault that was
 * never seen to happen makes it void, whatever the numbers say, and a fault cut short can deviate but never hold.
 */
export function concludeRun(run: Run): Conclusion {
  const { why, ...conclusion } = concludeAsApproved(run);
  const mismatch = describeMismatches(run.injection);
  const carrying = describeLeftAtEnd(run);
  // Whatever was seen to hold, held under another fault than the approved one, or in another service.
  const foreign = run.proposal.rehearsal ? undefined : describeForeignPods(run);
  const isOther = mismatch !== undefined || foreign !== undefined;
  const isHeld = conclusion.verdict === 'held' && isOther;
  const others = describeOthers(run);
  const remarks = [mismatch, foreign, carrying, others, describeFutileEnd(run)];
  const sentences = [...(isHeld ? [] : [why]), ...remarks].filter((text) => text !== undefined);
  return {
    ...conclusion,
    ...(isHeld ? { verdict: 'inconclusive' } : {}),
    why: sentences.map(toSentence).join(' '),
  };
}

/** Words of Azure may end without a full stop. */
const endSentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

const toSentence = (text: string, index: number, { length }: readonly string[]) =>
  index === length - 1 ? text : endSentence(text);

function concludeAsApproved(run: Run): Conclusion {
  const ending = toEnding(run);
  if (run.proposal.rehearsal) return { ending, verdict: null, why: whyRehearsed(run) };
  if (!run.faultSeen) return { ending, verdict: 'void', why: whyVoid(run) };
  const during = run.observed?.judgement.finding ?? 'inconclusive';
  const after = run.recovered?.judgement.finding ?? 'inconclusive';
  if (ending !== 'completed') return { ending, ...concludeCutShort(run, ending) };
  const unrecovered = findUnrecovered(run);
  const why = [
    ...(during === 'deviated' ? [whyDeviated(run, 'observed')] : []),
    ...(unrecovered?.isSeen ? [unrecovered.why] : []),
    // What is broken while a service has not recovered needs no words of its own.
    ...(after === 'deviated' && !unrecovered?.isSeen && !isLeftBehind(run)
      ? [whyDeviated(run, 'recovered')]
      : []),
  ];
  if (why.length > 0) return { ending, verdict: 'deviated', why: why.join(' ') };
  if (unrecovered) return { ending, verdict: 'inconclusive', why: unrecovered.why };
  const verdict = combine([during, after]);
  return { ending, verdict, why: verdict === 'held' ? whyHeld(run) : whyInconclusive(run) };
}

/** Whether pods carried the fault to the end of the time to recover, or may have: what was measured then may not have been measured after the fault. */
function isLeftBehind({ recovered }: Run): boolean {
  return recovered?.recovery.faultGoneAfterMs === null;
}

/** A fault that ended before its time deviates by what it had broken already, and never holds. */
function concludeCutShort(run: Run, ending: Ending): Omit<Conclusion, 'ending'> {
  const guard =
    ending === 'aborted' && run.trip ? `A guard ended the fault: ${run.trip.reason}.` : undefined;
  const broken = findBroken(run);
  if (broken.length > 0)
    return { verdict: 'deviated', why: join(guard, describeBroken(broken, run)) };
  if (guard !== undefined && isBelowFloor(run)) return { verdict: 'deviated', why: guard };
  const left = findLeftBroken(run);
  if (left !== undefined)
    return { verdict: 'deviated', why: join(guard ?? endSentence(whyCutShort(run)), left) };
  return { verdict: 'inconclusive', why: whyCutShort(run) };
}

/** Returns why a fault that was cut short broke the service; undefined where the service recovered. */
function findLeftBroken(run: Run): string | undefined {
  const unrecovered = findUnrecovered(run);
  const { carrying = [], recovered } = run;
  // A pod that carries the fault still can't be ready.
  const isItsOwn = carrying.length === 0 || recovered?.recovery.predictionsGoodAfterMs === null;
  if (isSeen(run) && unrecovered?.isSeen && isItsOwn) return unrecovered.why;
  const isBroken = recovered?.judgement.finding === 'deviated' && !hitLate(run);
  return isBroken && !unrecovered ? whyDeviated(run, 'recovered') : undefined;
}

const join = (...parts: readonly (string | undefined)[]) =>
  parts.filter((part) => part !== undefined).join(' ');

/** Where sight was lost, a recovery that was not seen may have been all the same. */
function isSeen({ trip, recovered }: Run): boolean {
  return recovered !== undefined && trip?.guard.kind !== 'lost-sight';
}

/** What no length of a run would cure comes first. */
function whyInconclusive(run: Run): string {
  const open = findOpenQuestions(run);
  const first = open.find(({ lengthMs }) => lengthMs === undefined);
  const question = first ?? open.toSorted((one, other) => toLength(other) - toLength(one))[0];
  return question
    ? explainUndecided(question, run)
    : 'No prediction was measured that could decide it.';
}

const toLength = ({ lengthMs = 0 }: OpenQuestion) => lengthMs;

function toEnding(run: Run): Ending {
  const endedBy = findEndedBy(run);
  return endedBy === undefined ? 'completed' : endings[endedBy];
}

const endings: Readonly<Record<EndedBy, Ending>> = {
  guard: 'aborted',
  person: 'stopped',
  failure: 'failed',
  elsewhere: 'stopped',
};

function whyRehearsed(run: Run): string {
  if (run.trip) return `In this rehearsal a guard tripped without any fault: ${run.trip.reason}.`;
  return run.stop || findFailure(run)
    ? whyCutShort(run)
    : 'Everything was played and nothing was injected: approvals, measurement and cards work. The start of a fault was not tried, nor the permissions that it needs on the cluster.';
}

function whyVoid(run: Run): string {
  const cause = run.execution?.problem?.message ?? findFailure(run)?.message;
  if (cause && run.startRequestedAt === undefined) return `No fault was started: ${cause}`;
  if (cause) return `The fault was never seen to happen: ${cause}`;
  const endedBy = findEndedBy(run);
  if (endedBy === 'elsewhere') return whyCancelled(run);
  if (endedBy) return 'The run ended before the fault was seen to happen.';
  const unseenMs = countUnseenMs(run);
  if (unseenMs > 0)
    return `No pod showed this fault, but pods were not seen for ${printDuration(unseenMs)} of the time in which it was reported active, so nobody knows whether it happened.`;
  return 'No pod showed this fault while it was reported active, so the numbers prove nothing.';
}

function whyCancelled({ faultActiveAt, faultSeen }: Run): string {
  const when = faultSeen ? 'had run its time' : 'was seen to happen';
  return `The execution was cancelled in Azure before the fault ${faultActiveAt === undefined ? 'was active' : when}.`;
}

function whyDeviated(run: Run, phase: 'observed' | 'recovered'): string {
  const deviated =
    run[phase]?.judgement.tolerances.filter(({ finding }) => finding === 'deviated') ?? [];
  return `${phase === 'observed' ? 'During the fault' : 'After the fault'}, ${printBroken(deviated)}.`;
}

function whyCutShort(run: Run): string {
  if (hitLate(run)) return whyLate(run);
  if (findEndedBy(run) === 'guard' && run.trip)
    return join(
      `A guard ended the fault before the hypothesis could be judged: ${run.trip.reason}.`,
      describeOpen(run),
    );
  if (run.stop && !findUnended(run)) return whyStopped(run);
  if (findEndedBy(run) === 'elsewhere') return whyCancelled(run);
  const failed = 'Azure reported that the execution of the fault had failed.';
  return findFailure(run)?.message ?? run.execution?.problem?.message ?? failed;
}

function whyStopped(run: Run): string {
  const span = toFaultSpan(run);
  return span
    ? `Stopped after ${printLasted(span.until - span.from, run.proposal.fault.durationMs)}.`
    : 'Stopped before the fault had run its time.';
}

/** A fault that hit pods when nobody expected it any more was not measured as one. */
function whyLate({ faultSeen, execution }: Run): string {
  const said = execution?.status ?? 'over';
  return `The fault hit ${faultSeen?.pod ?? 'pods'} only after Azure had reported its execution as ${said}, so the hypothesis was not judged under it.`;
}

function whyHeld(run: Run): string {
  const sent = run.observed?.measurement.predictions.sent ?? 0;
  return `Every tolerance held in this run, during the fault and ${printSince(run)}, judged on ${sent} predictions under the fault.`;
}

/** Since when tolerances held after the fault: what was broken until predictions were good again is not what held. */
function printSince({ recovered }: Run): string {
  const { predictionsGoodAfterMs: afterMs = null, predictionsGoodNotBeforeMs: notBeforeMs } =
    recovered?.recovery ?? {};
  if (afterMs === null || afterMs === 0) return 'after it';
  return `once predictions were good again (${printAfter({ afterMs, notBeforeMs })})`;
}
