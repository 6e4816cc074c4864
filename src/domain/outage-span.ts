import { printDuration } from './duration.ts';
import type { Outage } from './loss-episodes.ts';
import { findEnd, type SecondMeasurement } from './measurement.ts';
import { estimateLengthMs } from './outages.ts';
import { printFailures } from './print-numbers.ts';
import { printClock, printExactClock } from './print-time.ts';
import { sliceSeconds, sliceTouching } from './slice-seconds.ts';

/**
 * Where an outage lies, and its one length: from the due time of its first lost prediction to that of the next good one. Where a journal does not tell them,
 * it lies in whole seconds, and its length is estimated by what the first and the last of them lost. Where some of it was not measured, or in minutes that were merged, it may have
 * been several: from the first loss to the last is then an estimate as well. Times are ms since the epoch.
 */
export type OutageSpan = {
  readonly from: number;
  readonly until: number;
  readonly lengthMs: number;
  /** The bounds are the due times of single predictions. */
  readonly exact?: true;
  /** What was due right before its first loss, or right after its last, was not measured. */
  readonly mayBeLonger?: true;
};

/** An outage with its one length. */
export type DatedOutage = Outage & OutageSpan;

const secondMs = 1_000;
/** Losses in seconds with no more than one good second between them are nearer than this, ms. */
const nearMs = 3_000;

/** Dates an outage that was found in seconds, which are in order; `sent` then counts what was measured in that time. */
export function toOutageSpan(
  outage: Outage,
  seconds: readonly SecondMeasurement[],
): OutageSpan & Pick<Outage, 'sent'> {
  return isEnclosed(outage, seconds)
    ? toSpan(outage, seconds)
    : { ...toSpan(outage, seconds, false), mayBeLonger: true };
}

/** Whether what was due right before the first loss of an outage, and right after its last, was measured. */
function isEnclosed({ lossy }: Outage, seconds: readonly SecondMeasurement[]): boolean {
  const [first, last] = [lossy.at(0), lossy.at(-1)];
  if (!first || !last) return true;
  const isWhole = ({ unmeasured = 0 }: SecondMeasurement) => unmeasured === 0;
  const isBegunSeen = (first.lostAt?.goodBefore ?? 0) > 0;
  const goodAt = last.goodAgainAt ?? findFollowing(last, seconds)?.goodAgainAt;
  const isEndSeen = goodAt !== undefined || (last.lostAt?.goodAfter ?? 0) > 0;
  const before = isBegunSeen ? [] : sliceTouching(seconds, first.at - 1, first.at + 1);
  const after = isEndSeen ? [] : sliceTouching(seconds, last.at, findEnd(last) + 1);
  return [...before, ...after].every(isWhole);
}

function toSpan(
  outage: Outage,
  seconds: readonly SecondMeasurement[],
  mayBeExact = true,
): OutageSpan & Pick<Outage, 'sent'> {
  const { from, until, lossy, sent } = outage;
  const [first, last] = [lossy[0], lossy.at(-1)];
  const lostAt = first?.lostAt;
  const goodAt = last?.goodAgainAt ?? findFollowing(last, seconds)?.goodAgainAt;
  if (lostAt !== undefined && goodAt !== undefined && last?.lostAt !== undefined) {
    const around = (lostAt.goodBefore ?? 0) + (last.lostAt.goodAfter ?? 0);
    const lengthMs = goodAt - lostAt.first;
    const counted = { lengthMs, sent: sent - around };
    const within = sliceTouching(seconds, lostAt.first, goodAt);
    return mayBeExact && isUnbroken(lossy) && within.every(({ unmeasured = 0 }) => unmeasured === 0)
      ? { ...counted, from: lostAt.first, until: goodAt, exact: true }
      : {
          ...counted,
          lengthMs: roundToSeconds(lengthMs),
          from: Math.floor(lostAt.first / secondMs) * secondMs,
          until: Math.ceil(goodAt / secondMs) * secondMs,
        };
  }
  return { from, until, lengthMs: roundToSeconds(estimateLengthMs(outage, seconds)), sent };
}

/**
 * Whether losses are near each other also in minutes that were merged. Where a minute has good predictions between its losses, or its losses are far from those
 * of the record next to it, it may have been several outages.
 */
function isUnbroken(lossy: readonly SecondMeasurement[]): boolean {
  return lossy.every((record, index) => {
    const { good, lostAt } = record;
    const next = lossy[index + 1];
    const between = good - (lostAt?.goodBefore ?? 0) - (lostAt?.goodAfter ?? 0);
    if (isMerged(record) && between > 0) return false;
    if (!next || !(isMerged(record) || isMerged(next))) return true;
    const apartMs = (next.lostAt?.first ?? Infinity) - (lostAt?.last ?? -Infinity);
    return apartMs < nearMs;
  });
}

const isMerged = (record: SecondMeasurement) => findEnd(record) - record.at > secondMs;

function findFollowing(
  last: SecondMeasurement | undefined,
  seconds: readonly SecondMeasurement[],
): SecondMeasurement | undefined {
  const end = last && findEnd(last);
  if (end === undefined) return undefined;
  return sliceSeconds(seconds, end, end + 1).find(({ good, sent }) => good === sent);
}

/** What is known in whole seconds has no tenths. */
export function roundToSeconds(ms: number): number {
  return Math.max(1, Math.round(ms / secondMs)) * secondMs;
}

/** Prints how long an outage lasted: `13s`, or `about 13s` where only whole seconds are known. */
export function printOutageLength({ lengthMs, exact }: Pick<OutageSpan, 'lengthMs' | 'exact'>) {
  const length = printDuration(lengthMs);
  return exact ? length : `about ${length}`;
}

/** Prints when an outage was: `09:00:05`, or `09:00:05.412 to 09:00:10.279` where that is known. */
export function printOutageSpan({ from, until, exact }: Omit<OutageSpan, 'lengthMs'>): string {
  return exact ? `${printExactClock(from)} to ${printExactClock(until)}` : printClock(from);
}

/** Prints what an outage lost: `14 of 30 predictions lost in 2.9s (refused 12, timeout 2)`. */
export function printOutageLosses(outage: Omit<DatedOutage, 'lossy'>): string {
  const { lost, sent, failures } = outage;
  const kinds = Object.keys(failures).length > 0 ? ` (${printFailures(failures)})` : '';
  return `${lost} of ${sent} predictions lost in ${printOutageLength(outage)}${kinds}`;
}

/**
 * Finds where an outage stands in a list of moments. Where only its first second is known, what it is attributed to stands before it, if that happened in the
 * same second.
 */
export function findOutageMoment({
  from,
  exact,
  causes,
}: Pick<OutageSpan, 'from' | 'exact'> & { readonly causes: readonly { from: number }[] }): number {
  if (exact) return from;
  return causes.reduce(
    (at, cause) => (cause.from < from + secondMs ? Math.max(at, cause.from) : at),
    from,
  );
}
