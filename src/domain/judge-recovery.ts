import { printAfter } from './describe-recovery.ts';
import { printDuration } from './duration.ts';
import { countReadyAtStart } from './pods-at-start.ts';
import type { PodsFailedAgain, Recovery } from './run-event.ts';
import type { Run } from './run.ts';

/** Why a service counts as not recovered. */
export type Unrecovered = {
  readonly why: string;
  /** Whether the service was seen not to recover; otherwise it may have recovered unseen, or the fault was left behind on it. */
  readonly isSeen: boolean;
};

/** Returns why a service has not recovered within the limit, what was seen first; undefined when it has. */
export function findUnrecovered(run: Run): Unrecovered | undefined {
  const { recovered, proposal } = run;
  const { recoveryLimitMs } = proposal;
  const missing = [
    ...listMissing(run).map((one) => toUnrecovered(one, recovered?.recovery)),
    ...listLate(run),
  ];
  const first = missing.find(({ isSeen }) => isSeen) ?? missing[0];
  if (!first || !recovered?.recovery.isClockSetBack) return first;
  const why = `The bot's clock was set back, so it is not known whether the service was back within ${printDuration(recoveryLimitMs)}.`;
  return { why, isSeen: false };
}

function toUnrecovered({ why, isSeen }: Unrecovered, recovery: Recovery | undefined): Unrecovered {
  const isUntold = recovery?.podsLeft !== undefined && !isSeen;
  const remark = isUntold ? ' Whether the workload wants more is not known.' : '';
  return { isSeen, why: `${toGone(recovery)}, but ${why}.${remark}` };
}

const supposedGone = 'The fault should have been gone';

/** What is known of the fault: its executor said that it was over, but pods were not seen to be rid of it. */
function toGone(recovery: Recovery | undefined): string {
  return recovery?.faultGoneAfterMs === null ? supposedGone : 'The fault was gone';
}

/** What was not seen to be back at all while the bot watched. A pod that carries the fault can't be ready, and that it does is not the doing of the service. */
function listMissing(run: Run): readonly Unrecovered[] {
  const limit = printDuration(run.proposal.recoveryLimitMs);
  const seen = (why: string): Unrecovered => ({ why: `${why} within ${limit}`, isSeen: true });
  const unseen = (why: string): Unrecovered => ({ why: `${why} within ${limit}`, isSeen: false });
  const { recovery } = run.recovered ?? {};
  if (!recovery) return [unseen('nothing was measured after it')];
  const { podsUnseen, podsLeft, podsFailedAgain, predictionsUnmeasured, metricsUnread } = recovery;
  const areLeft = podsUnseen !== undefined || podsLeft !== undefined;
  const areUnready = recovery.podsReadyAfterMs === null && recovery.faultGoneAfterMs !== null;
  return [
    ...(areUnready && !areLeft && !podsFailedAgain
      ? [seen(`pods were ${printReadyBefore(recovery)}not ready again`)]
      : []),
    ...(areUnready && podsFailedAgain
      ? [{ why: printFailedAgain(podsFailedAgain, limit), isSeen: false }]
      : []),
    ...(areUnready && podsUnseen ? [unseen('pods were not seen again')] : []),
    ...(areUnready && !podsUnseen && podsLeft !== undefined
      ? [{ why: printLeft(podsLeft, countReadyAtStart(run), limit), isSeen: false }]
      : []),
    ...(recovery.faultGoneAfterMs === null
      ? [unseen(podsUnseen ? 'pods were not seen to be rid of it' : 'pods were not rid of it')]
      : []),
    ...(recovery.predictionsGoodAfterMs === null
      ? [
          predictionsUnmeasured
            ? unseen('too few predictions were measured to see whether they were good again')
            : seen('predictions were not good again'),
        ]
      : []),
    ...(recovery.metricsGoodAfterMs === null
      ? [
          metricsUnread
            ? unseen('metrics could not be read to see whether they were back in their bounds')
            : seen('metrics were not back in their bounds'),
        ]
      : []),
  ];
}

/** `ready again after 25s, failed once more and were `; empty where they were not ready before. */
function printReadyBefore({ podsWereReadyAfterMs: afterMs }: Recovery): string {
  if (afterMs === undefined) return '';
  return `ready again ${printAfter({ afterMs })}, failed once more and were `;
}

function printFailedAgain({ notBeforeMs, byMs }: PodsFailedAgain, limit: string): string {
  const when = printAfter({ afterMs: byMs, notBeforeMs });
  return `pods were ready again and failed once more ${when}: whether that was within ${limit} was not seen`;
}

function printLeft(left: number, wanted: number, limit: string): string {
  const [were, those] = left === 1 ? ['was', 'it was'] : ['were', 'those were'];
  return `only ${left} of the ${wanted} pods ${were} there after ${limit}; ${those} ready`;
}

/** How long a pod may have been ready, or rid of the fault, before the bot saw it: it looks once a second. */
const lookErrorMs = 1_000;

/** Something that was back in the end: `what` was `how` at `afterMs`, or at some time since `notBeforeMs`. */
type Back = {
  readonly what: string;
  readonly how: string;
  readonly afterMs: number | null | undefined;
  readonly notBeforeMs: number | undefined;
  /** That it had been back before, and failed once more, as words that precede `not`. */
  readonly before?: string;
  /** What removes the fault was late, and not the service. */
  readonly isRemoval?: true;
  /** How well it is dated where nothing hindered that. */
  readonly errorMs: number;
};

/**
 * What was back in the end, but was not seen to be back within the limit. The limit counts from the end of the fault in real time, also where nothing was
 * measured: what nobody saw may have been in time, or late.
 */
function listLate(run: Run): readonly Unrecovered[] {
  const { recoveryLimitMs: limitMs } = run.proposal;
  const limit = printDuration(limitMs);
  return listBack(run.recovered?.recovery).flatMap((back): Unrecovered[] => {
    const span = toSpan(back, run);
    if (span === undefined || span.afterMs <= limitMs) return [];
    const { what, how, before = '' } = back;
    const when = printAfter(span);
    if (span.notBeforeMs <= limitMs) {
      const why = `Whether ${what} were ${how} within ${limit} of the end of the fault was not seen: they were ${when}.`;
      return [{ why, isSeen: false }];
    }
    const gone = back.isRemoval ? supposedGone : toGone(run.recovered?.recovery);
    const why = `${gone}, but ${what} were ${before}not ${how} within ${limit}, only ${when}.`;
    return [{ why, isSeen: !back.isRemoval }];
  });
}

/**
 * Between which times after the fault something was back, wherever the fault ended that nobody could date; undefined where it never was. A fault that was left
 * behind ended when pods were rid of it.
 */
function toSpan({ afterMs, notBeforeMs, errorMs, isRemoval }: Back, run: Run) {
  if (afterMs === null || afterMs === undefined) return undefined;
  const { faultEndedAt: endedAt = 0, faultEndedBetween } = run;
  const { from, until } = faultEndedBetween ?? { from: endedAt, until: endedAt };
  const { faultGoneAfterMs, faultGoneNotBeforeMs } = run.recovered?.recovery ?? {};
  const goneBy = isRemoval ? 0 : (faultGoneAfterMs ?? 0);
  const goneSince = Math.min(goneBy, faultGoneNotBeforeMs ?? goneBy);
  const least = Math.min(notBeforeMs ?? afterMs, afterMs - errorMs) - (until - endedAt) - goneBy;
  const most = afterMs + (endedAt - from) - goneSince;
  return { afterMs: Math.max(0, most), notBeforeMs: Math.max(0, least) };
}

function listBack(recovery: Recovery | undefined): readonly Back[] {
  if (!recovery) return [];
  return [
    {
      what: 'pods',
      how: 'ready again',
      afterMs: recovery.podsReadyAfterMs,
      notBeforeMs: recovery.podsReadyNotBeforeMs,
      before: printReadyBefore(recovery),
      errorMs: lookErrorMs,
    },
    {
      what: 'pods',
      how: 'rid of the fault',
      isRemoval: true,
      afterMs: recovery.faultGoneAfterMs,
      notBeforeMs: recovery.faultGoneNotBeforeMs,
      errorMs: lookErrorMs,
    },
    {
      what: 'predictions',
      how: 'good again',
      afterMs: recovery.predictionsGoodAfterMs,
      notBeforeMs: recovery.predictionsGoodNotBeforeMs,
      errorMs: 0,
    },
    {
      what: 'metrics',
      how: 'back in their bounds',
      afterMs: recovery.metricsGoodAfterMs,
      notBeforeMs: recovery.metricsGoodNotBeforeMs,
      errorMs: 0,
    },
  ];
}
