import { listOutages, listSeconds } from './attribution.ts';
import { toLatencyRatio } from './effect.ts';
import type { PodAction } from './fault.ts';
import { defaultLeastCoverage } from './judgement.ts';
import { countDue, type FailureCounts } from './measurement.ts';
import type { Outage } from './loss-episodes.ts';
import { estimateLengthMs } from './outages.ts';
import type { Run } from './run.ts';
import type { Verdict } from './run-event.ts';
import { toSpending, type Spending } from './spending.ts';

/** What a run means for the users of the service, as codes and numbers. */
export type Headline =
  | { readonly kind: 'not-injected' }
  | { readonly kind: 'never-seen' | 'not-measured' | 'undated'; readonly cutShort?: CutShort }
  | ({ readonly kind: 'rehearsed' } & Losses)
  | ({ readonly kind: 'measured' } & Losses & Consequences);

type Losses = { readonly lost: number; readonly sent: number };

/** Who ended the fault before its time, and how long it had lasted, ms; absent where it had not begun. */
export type CutShort = { readonly by: 'guard' | 'person'; readonly afterMs?: number };

type Consequences = {
  /** How much of it users notice; absent where that can't be told. */
  readonly noticed?: 'nothing' | 'hardly' | 'partly' | 'outage';
  readonly outages: number;
  /** From the first second with a loss to the end of the last, ms; of the longest outage, or, when the service was out, the longest of those. */
  readonly longestMs: number;
  /** About how long this outage lasted, ms. */
  readonly lastedMs: number;
  /** The share that this outage lost. */
  readonly depth: number;
  /** How many failed outside of outages. */
  readonly outside: number;
  /** How many of the failed predictions were due after the fault was over. */
  readonly afterwards: number;
  /** How many answers were wrong. */
  readonly wrong: number;
  /** How many times the p95 of the baseline; absent where that is less than `slowRatio`. */
  readonly slower?: number;
  /** How many predictions were due and not measured, from the start request until the service had recovered. */
  readonly unmeasured: number;
  readonly action: PodAction;
  /** How many pods were hit, at least and at most. */
  readonly pods: { readonly least: number; readonly most: number };
  readonly verdict: Verdict | null;
  readonly cutShort?: CutShort;
};

/** Users hardly notice up to this share of failed predictions, in outages no longer than `shortOutageMs`. */
const smallShare = 0.01;
const shortOutageMs = 3_000;
/** A service that loses this share of its predictions for so long is out. */
const outShare = 0.5;
const outMs = 5_000;
const slowRatio = 2;
/** Returns what an ended run means for users; undefined while it goes on. */
export function toHeadline(run: Run): Headline | undefined {
  const { end, proposal, startRequestedAt, observed, faultSeen } = run;
  if (!end) return undefined;
  if (startRequestedAt === undefined) return { kind: 'not-injected' };
  const spending = toSpending(run);
  if (proposal.rehearsal) {
    const { lost = 0, sent = 0 } = spending ?? {};
    return { kind: 'rehearsed', lost, sent };
  }
  const cutShort = toCutShort(run);
  const cut = cutShort ? { cutShort } : {};
  if (!faultSeen) return { kind: 'never-seen', ...cut };
  if (observed?.measurement.isClockSetBack) return { kind: 'undated', ...cut };
  const isMeasured = observed !== undefined && observed.measurement.predictions.sent > 0;
  if (!isMeasured || !spending) return { kind: 'not-measured', ...cut };
  return { kind: 'measured', ...toConsequences(run, observed, spending), ...cut };
}

function toConsequences(
  run: Run,
  { measurement }: NonNullable<Run['observed']>,
  { lost, sent, parts = [] }: Spending,
): Losses & Consequences {
  const { baseline, proposal, end } = run;
  const outages = listOutages(run);
  const out = outages.filter(
    (each) => each.lost >= outShare * each.sent && lengthOf(each) >= outMs,
  );
  const longest = findLongest(out.length > 0 ? out : outages);
  const slower = (baseline && toLatencyRatio(baseline.measurement, measurement)) ?? 0;
  const wrong = countWrong(measurement.predictions.failures);
  const unmeasured = countUnmeasuredIn(run);
  // With fewer of the due predictions measured, nobody knows what users noticed.
  const { leastCoverage = defaultLeastCoverage } = proposal.hypothesis;
  const isMeasured = (counted: number, due: number) => counted >= leastCoverage * due;
  const isCovered =
    isMeasured(sent, sent + unmeasured) &&
    isMeasured(measurement.predictions.sent, countDue(measurement.predictions));
  const isShort = outages.every((each) => lengthOf(each) <= shortOutageMs);
  return {
    lost,
    sent,
    ...(isCovered ? { noticed: toNoticed({ lost, sent }, out.length > 0, isShort) } : {}),
    outages: outages.length,
    longestMs: longest ? lengthOf(longest) : 0,
    lastedMs: longest ? estimateLengthMs(longest, listSeconds(run)) : 0,
    depth: longest ? longest.lost / longest.sent : 0,
    outside: Math.max(0, lost - outages.reduce((all, outage) => all + outage.lost, 0)),
    afterwards: parts
      .filter(({ name }) => name === 'waiting' || name === 'after')
      .reduce((sum, part) => sum + part.lost, 0),
    wrong,
    ...(slower >= slowRatio ? { slower } : {}),
    unmeasured,
    action: proposal.fault.action,
    pods: proposal.blastRadius.hit,
    verdict: end?.verdict ?? null,
  };
}

/** How many predictions were due and not measured in the time that a run is charged with. */
function countUnmeasuredIn({ observed, recovered }: Run): number {
  const isBack = recovered?.recovery.predictionsGoodAfterMs !== null;
  const parts = [
    recovered?.preparing,
    observed?.measurement.predictions,
    recovered?.waiting,
    isBack ? undefined : recovered?.measurement.predictions,
  ];
  return parts.reduce((sum, part) => sum + (part ? countDue(part) - part.sent : 0), 0);
}

const lengthOf = ({ from, until }: { readonly from: number; readonly until: number }) =>
  until - from;

function findLongest(outages: readonly Outage[]): Outage | undefined {
  return outages.toSorted((one, other) => lengthOf(other) - lengthOf(one)).at(0);
}

function countWrong({ wrong = 0, drifted = 0, stale = 0, malformed = 0 }: FailureCounts): number {
  return wrong + drifted + stale + malformed;
}

function toNoticed({ lost, sent }: Losses, isOut: boolean, isShort: boolean) {
  if (lost === 0) return 'nothing';
  if (isOut) return 'outage';
  return lost <= smallShare * sent && isShort ? 'hardly' : 'partly';
}

function toCutShort(run: Run): CutShort | undefined {
  const { trip, stop, cancelRequestedAt, faultActiveAt, observed, faultEndedAt } = run;
  if (!trip && !(stop && cancelRequestedAt !== undefined)) return undefined;
  const from = observed?.measurement.startedAt ?? faultActiveAt;
  const until = faultEndedAt ?? run.end?.at;
  return {
    by: trip ? 'guard' : 'person',
    ...(from === undefined || until === undefined ? {} : { afterMs: until - from }),
  };
}
