import { toStake } from './at-stake.ts';
import { listAllOutages } from './attribution.ts';
import { listAllSeconds, listFaultSeconds } from './list-seconds.ts';
import type { SecondMeasurement } from './measurement.ts';
import type { DatedOutage } from './outage-span.ts';
import type { Run } from './run.ts';
import { sliceSeconds } from './slice-seconds.ts';
import { toSpending, type Spending } from './spending.ts';

/** What a run lost in the span that it is charged with, in outages and outside of them, and what was measured at other times. */
export type LostTotals = Pick<Spending, 'lost' | 'sent' | 'span'> & {
  /** How many outages lost some of it. */
  readonly outages: number;
  readonly inOutages: number;
  /** What was measured outside of outages. */
  readonly outside: Counts;
  /** What was measured before that span and after it. */
  readonly elsewhere: Counts;
};

type Counts = { readonly lost: number; readonly sent: number };

/** Returns what a run lost; undefined when nothing was measured under a fault. */
export function toLostTotals(run: Run): LostTotals | undefined {
  const spending = toSpending(run);
  if (!spending) return undefined;
  const { lost, sent, span } = spending;
  const seconds = toStake(run)?.seconds ?? listFaultSeconds(run);
  const parts = listAllOutages(run)
    .map((outage) => countPart(outage, seconds))
    .filter((part) => part.lost > 0);
  const sum = (field: 'lost' | 'sent') => parts.reduce((total, part) => total + part[field], 0);
  const inOutages = Math.min(lost, sum('lost'));
  const all = count(listAllSeconds(run));
  return {
    lost,
    sent,
    span,
    outages: parts.length,
    inOutages,
    outside: { lost: lost - inOutages, sent: sent - sum('sent') },
    elsewhere: { lost: Math.max(0, all.lost - lost), sent: Math.max(0, all.sent - sent) },
  };
}

/** Counts what was measured of an outage in some seconds of a run: where all of it was, as it counts everywhere, else in whole seconds. */
function countPart(outage: DatedOutage, seconds: readonly SecondMeasurement[]): Counts {
  const [first = Infinity, last = -Infinity] = [outage.lossy[0]?.at, outage.lossy.at(-1)?.at];
  const part = count(sliceSeconds(seconds, first, last + 1));
  return part.lost === outage.lost ? { lost: outage.lost, sent: outage.sent } : part;
}

function count(seconds: readonly SecondMeasurement[]): Counts {
  const sent = seconds.reduce((sum, second) => sum + second.sent, 0);
  return { lost: sent - seconds.reduce((sum, second) => sum + second.good, 0), sent };
}
