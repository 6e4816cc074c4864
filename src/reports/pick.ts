import type { Moment, Outage, PodFacts, Report } from './report.ts';

/** What is shown of a list, and how it is said that there is more; empty when there is not. */
export type Picked<Item> = { readonly shown: readonly Item[]; readonly more: string };

/** More than anybody reads. */
const mostOutages = 40;
const mostPods = 40;
const mostOfService = 150;

/** The outages that cost most, in their order. */
export function pickOutages({ course: { outages } }: Report): Picked<Outage> {
  const costliest = outages.toSorted((one, other) => other.lost - one.lost);
  const chosen = new Set(costliest.slice(0, mostOutages));
  return toPicked(
    outages.filter((outage) => chosen.has(outage)),
    outages,
  );
}

/** The pods that lost most, which come first, and what no single pod answered. */
export function pickPods(rows: readonly PodFacts[]): Picked<PodFacts> {
  const chosen = new Set(rows.filter(({ named }) => named).slice(0, mostPods));
  return toPicked(
    rows.filter((row) => !row.named || chosen.has(row)),
    rows,
  );
}

/** All that people and the bot did, and the first of what befell the service. */
export function pickMoments({ timeline }: Report): Picked<Moment> {
  const ofService = timeline.filter(({ by }) => by === 'cluster').slice(0, mostOfService);
  const chosen = new Set(ofService);
  return toPicked(
    timeline.filter((moment) => moment.by === 'bot' || chosen.has(moment)),
    timeline,
  );
}

function toPicked<Item>(shown: readonly Item[], all: readonly Item[]): Picked<Item> {
  const left = all.length - shown.length;
  return { shown, more: left > 0 ? `${left} more are in the JSON.` : '' };
}
