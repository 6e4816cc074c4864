import type { LossSpan } from './loss-spans.ts';
import type { Outage } from './loss-episodes.ts';
import { estimateLengthMs, findOutages, type OutageRule } from './outages.ts';

/** What users met in a span of a run. */
export type Impact = {
  readonly lost: number;
  readonly sent: number;
  /** How much of it users notice, as far as it was measured. */
  readonly noticed: 'nothing' | 'hardly' | 'partly' | 'outage';
  readonly outages: number;
  /** From the first second with a loss to the end of the last, ms; of the longest outage, or, when the service was out, the longest of those. */
  readonly longestMs: number;
  /** About how long this outage lasted, ms. */
  readonly lastedMs: number;
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

/** Returns what users met in a span, and its longest outage. */
export function toImpact(
  { lost, sent, seconds }: LossSpan,
  rule: OutageRule | undefined,
): { readonly impact: Impact; readonly longest: Outage | undefined } {
  const outages = findOutages(seconds, rule);
  const out = outages.filter(
    (each) => each.lost >= outShare * each.sent && lengthOf(each) >= outMs,
  );
  const longest = findLongest(out.length > 0 ? out : outages);
  const isShort = outages.every((each) => lengthOf(each) <= shortOutageMs);
  const impact = {
    lost,
    sent,
    noticed: toNoticed({ lost, sent }, out.length > 0, isShort),
    outages: outages.length,
    longestMs: longest ? lengthOf(longest) : 0,
    lastedMs: longest ? estimateLengthMs(longest, seconds) : 0,
    depth: longest ? longest.lost / longest.sent : 0,
    outside: Math.max(0, lost - outages.reduce((all, outage) => all + outage.lost, 0)),
  };
  return { impact, longest };
}

/** Whether a span lost more than the service loses without a fault as well. */
export function isLossy(span: LossSpan, rule: OutageRule | undefined): boolean {
  const isClean = rule?.cleanOf !== undefined;
  return span.lost > 0 && (isClean || findOutages(span.seconds, rule).length > 0);
}

const lengthOf = ({ from, until }: Pick<Outage, 'from' | 'until'>) => until - from;

function findLongest(outages: readonly Outage[]): Outage | undefined {
  return outages.toSorted((one, other) => lengthOf(other) - lengthOf(one)).at(0);
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
