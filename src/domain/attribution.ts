import { toStake } from './at-stake.ts';
import { findDisturbances } from './disturbances.ts';
import {
  addLosses,
  attributeOutage,
  type Attributed,
  type AttributedOutage,
  type LossesByWay,
} from './attribute-outage.ts';
import { listAllNodeChanges, listAllPodChanges } from './list-changes.ts';
import { listAllSeconds, listFaultSeconds } from './list-seconds.ts';
import type { SecondMeasurement } from './measurement.ts';
import { findNodeDisturbances } from './node-disturbances.ts';
import type { Outage } from './loss-episodes.ts';
import { toOutageSpan, type DatedOutage } from './outage-span.ts';
import { findOutages, findScattered, toOutageRule } from './outages.ts';
import { listPodsAtStart } from './pods-at-start.ts';
import { countLost } from './prediction-stream.ts';
import type { Run } from './run.ts';
import { toServingPods } from './serving-pods.ts';
import { createWellAgain } from './well-again.ts';

/** Returns the outages of a whole run, from its baseline on, each with its one length: whatever speaks of outages takes them from here. */
export function listAllOutages(run: Run): readonly DatedOutage[] {
  const seconds = listAllSeconds(run);
  return findOutages(seconds, toOutageRule(run)).map((outage) => ({
    ...outage,
    ...toOutageSpan(outage, seconds),
  }));
}

/** Returns those since the start of the fault was asked for. */
export function listOutages(run: Run): readonly DatedOutage[] {
  const from = run.startRequestedAt ?? Number.POSITIVE_INFINITY;
  return listAllOutages(run).filter(({ until }) => until > from);
}

/** Returns the outages of a whole run with the disturbances that they are attributed to, which takes long in a run of hours. */
export function attributeAllOutages(run: Run): readonly AttributedOutage[] {
  return attribute(run, listAllOutages(run));
}

/** Returns those since the start of the fault was asked for. */
export function attributeOutages(run: Run): readonly AttributedOutage[] {
  return attribute(run, listOutages(run));
}

function attribute<Span extends Outage>(
  run: Run,
  spans: readonly Span[],
): readonly Attributed<Span>[] {
  const { latency } = run.baseline?.measurement.predictions ?? {};
  const seen = {
    pods: findDisturbances(listAllPodChanges(run)),
    nodes: findNodeDisturbances(listAllNodeChanges(run)),
    serving: toServingPods(run),
    findWellAgain: createWellAgain(listAllSeconds(run), listPodsAtStart(run).length),
    inFlightMs: latency?.p99Ms ?? 0,
  };
  return spans.map((span) => attributeOutage(span, seen));
}

/** How many predictions failed, by the way in which they are attributed, and how many in the background of outages. */
export type AttributedLosses = LossesByWay & { readonly background: number };

/** Counts the losses that the run is charged with, which end with its recovery: they add up to its cost. */
export function countLosses(run: Run): AttributedLosses {
  const stake = toStake(run);
  const seconds = stake?.seconds ?? listFaultSeconds(run);
  return countLossesIn(run, seconds, countLost(stake?.parts ?? seconds));
}

/** Counts what was lost in some of the seconds of a run, `lost` in all. */
export function countLossesIn(
  run: Run,
  seconds: readonly SecondMeasurement[],
  lost: number,
): AttributedLosses {
  const all = listAllSeconds(run);
  // A pod that answers no more in a large service scatters losses, too.
  const spans = [...listAllOutages(run), ...findScattered(all, toOutageRule(run))];
  const byWay = addLosses(attribute(run, cutSpans(spans, seconds)));
  const inOutages = Object.values(byWay).reduce((sum, count) => sum + count, 0);
  return { ...byWay, background: Math.max(0, lost - inOutages) };
}

/** Leaves of spans what was lost in some of the seconds of a run. */
function cutSpans(
  spans: readonly Outage[],
  seconds: readonly SecondMeasurement[],
): readonly Outage[] {
  const losing = new Map(
    seconds.filter(({ sent, good }) => good < sent).map((second) => [second.at, second]),
  );
  return spans.flatMap((span) => {
    const lossy = span.lossy.flatMap(({ at }) => losing.get(at) ?? []);
    return lossy.length === 0 ? [] : [{ ...span, lossy }];
  });
}
