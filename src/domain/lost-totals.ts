import { toStake } from './at-stake.ts';
import { listAllOutages } from './attribution.ts';
import { listAllSeconds, listFaultSeconds } from './list-seconds.ts';
import type { SecondMeasurement } from './measurement.ts';
import type { DatedOutage } from './outage-span.ts';
import type { Run } from './run.ts';
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
export function toLostTotals(
  run: Run,
  outages: readonly Pick<DatedOutage, 'lossy'>[] = listAllOutages(run),
): LostTotals | undefined {
  const spending = toSpending(run);
  if (!spending) return undefined;
  const { lost, sent, span } = spending;
  const seconds = toStake(run)?.seconds ?? listFaultSeconds(run);
  const lossy = new Map(
    outages.flatMap((outage) => outage.lossy.map((second) => [second.at, outage] as const)),
  );
  const losing = seconds.filter((second) => second.good < second.sent && lossy.has(second.at));
  // Good seconds between the losses of an outage are no more outside of it than those.
  const between = seconds.filter(
    (second) => second.good === second.sent && outages.some((outage) => isWithin(second, outage)),
  );
  const inOutages = Math.min(lost, count(losing).lost);
  const all = count(listAllSeconds(run));
  return {
    lost,
    sent,
    span,
    outages: new Set(losing.map(({ at }) => lossy.get(at))).size,
    inOutages,
    outside: { lost: lost - inOutages, sent: sent - count([...losing, ...between]).sent },
    elsewhere: { lost: Math.max(0, all.lost - lost), sent: Math.max(0, all.sent - sent) },
  };
}

/** Whether a second lies between the first and the last second of an outage, or is one of them. */
function isWithin({ at }: SecondMeasurement, { lossy }: Pick<DatedOutage, 'lossy'>): boolean {
  const [first, last] = [lossy[0], lossy.at(-1)];
  return first !== undefined && last !== undefined && at >= first.at && at <= last.at;
}

function count(seconds: readonly SecondMeasurement[]): Counts {
  const sent = seconds.reduce((sum, second) => sum + second.sent, 0);
  return { lost: sent - seconds.reduce((sum, second) => sum + second.good, 0), sent };
}
