import type { LossSpan } from './loss-spans.ts';
import { findEnd } from './measurement.ts';
import { roundToSeconds, type DatedOutage } from './outage-span.ts';
import { estimateLengthMs, findOutages, type OutageRule } from './outages.ts';
import { sliceSeconds } from './slice-seconds.ts';

/** What users met in a span of a run. */
export type Impact = {
  readonly lost: number;
  readonly sent: number;
  /** How much of it users notice, as far as it was measured. */
  readonly noticed: 'nothing' | 'hardly' | 'partly' | 'outage';
  readonly outages: number;
  /** The length of the longest outage, or, when the service was out, the longest of those, ms. */
  readonly longestMs: number;
  /** One of the outages may have lasted longer: what was due right before or after it was not measured. */
  readonly mayBeLonger?: true;
  /** The share that this outage lost. */
  readonly depth: number;
  /** How many failed outside of outages. */
  readonly outside: number;
};

/** Users hardly notice up to this share of failed predictions, in outages no longer than `shortOutageMs`. */
const smallShare = 0.01;
/** An outage that is no longer than this is over in a moment, ms. */
export const shortOutageMs = 3_000;
/** A service that loses this share of its predictions for so long is out. */
const outShare = 0.5;
const outMs = 5_000;

/** Returns what users met in a span, and its longest outage; `all` are those of the whole run. */
export function toImpact(
  span: LossSpan,
  all: readonly DatedOutage[],
): { readonly impact: Impact; readonly longest: DatedOutage | undefined } {
  const { lost, sent } = span;
  const outages = all.flatMap((outage) => cutOutage(outage, span) ?? []);
  const out = outages.filter((each) => each.lost >= outShare * each.sent && each.lengthMs >= outMs);
  const longest = findLongest(out.length > 0 ? out : outages);
  const isShort = outages.every(({ lengthMs }) => lengthMs <= shortOutageMs);
  const longestMs = longest?.lengthMs ?? 0;
  const impact = {
    lost,
    sent,
    noticed: toNoticed({ lost, sent }, out.length > 0, isShort),
    outages: outages.length,
    longestMs,
    ...(outages.some(({ mayBeLonger }) => mayBeLonger) ? ({ mayBeLonger: true } as const) : {}),
    depth: longest ? longest.lost / longest.sent : 0,
    outside: Math.max(0, lost - outages.reduce((sum, outage) => sum + outage.lost, 0)),
  };
  return { impact, longest };
}

/** Returns the part of an outage that lies in a span; undefined where nothing was lost in it. */
function cutOutage(outage: DatedOutage, { from, until, seconds }: LossSpan) {
  const [first, last] = [outage.lossy[0]?.at ?? 0, outage.lossy.at(-1)?.at ?? 0];
  const within = sliceSeconds(seconds, first, last + 1);
  const sent = within.reduce((sum, second) => sum + second.sent, 0);
  const lossy = within.filter((second) => second.good < second.sent);
  const lost = lossy.reduce((sum, second) => sum + second.sent - second.good, 0);
  if (lost === 0) return undefined;
  if (lost === outage.lost) return outage;
  const part = { ...outage, lost, sent, lossy };
  if (outage.exact) {
    const [began, ended] = [Math.max(outage.from, from), Math.min(outage.until, until)];
    return { ...part, from: began, until: ended, lengthMs: ended - began };
  }
  const bounds = { from: lossy[0]?.at ?? first, until: findEnd(lossy.at(-1) ?? { at: last }) };
  const lengthMs = roundToSeconds(estimateLengthMs({ ...part, ...bounds }, within));
  return { ...part, ...bounds, lengthMs };
}

/** Whether a span lost more than the service loses without a fault as well. */
export function isLossy(span: LossSpan, rule: OutageRule | undefined): boolean {
  const isClean = rule?.cleanOf !== undefined;
  return span.lost > 0 && (isClean || findOutages(span.seconds, rule).length > 0);
}

/** Finds the longest of outages, the first of those that are equally long. */
export function findLongest<Span extends Pick<DatedOutage, 'lengthMs'>>(
  outages: readonly Span[],
): Span | undefined {
  return outages.toSorted((one, other) => other.lengthMs - one.lengthMs).at(0);
}

function toNoticed(
  { lost, sent }: Pick<LossSpan, 'lost' | 'sent'>,
  isOut: boolean,
  isShort: boolean,
): Impact['noticed'] {
  if (lost === 0) return 'nothing';
  if (isOut) return 'outage';
  return lost <= smallShare * sent && isShort ? 'hardly' : 'partly';
}
