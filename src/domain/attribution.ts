import { toStake } from './at-stake.ts';
import { findDisturbances } from './disturbances.ts';
import {
  addLosses,
  attributeOutage,
  type AttributedOutage,
  type LossesByWay,
} from './attribute-outage.ts';
import { joinSeconds } from './join-seconds.ts';
import { listAllNodeChanges, listAllPodChanges } from './list-changes.ts';
import type { SecondMeasurement } from './measurement.ts';
import { findNodeDisturbances } from './node-disturbances.ts';
import type { Outage } from './loss-episodes.ts';
import { findOutages, findScattered, toOutageRule } from './outages.ts';
import { countLost } from './prediction-stream.ts';
import type { Run } from './run.ts';
import { toServingPods } from './serving-pods.ts';

/** Returns the outages of a run since the start of its fault was asked for, with the disturbances that they are attributed to. */
export function attributeOutages(run: Run): readonly AttributedOutage[] {
  return attributeSeconds(run, listSeconds(run));
}

/** Returns the same without their attribution, which takes long in a run of hours. */
export function listOutages(run: Run): readonly Outage[] {
  return findOutages(listSeconds(run), toOutageRule(run));
}

/** Returns the seconds since the request for the start, oldest first. */
export function listSeconds(run: Run): readonly SecondMeasurement[] {
  const from = run.startRequestedAt ?? Number.POSITIVE_INFINITY;
  const phases = [run.observed, run.recovered].flatMap((phase) => phase?.measurement ?? []);
  return joinSeconds(phases).filter(({ at }) => at >= from);
}

/** Returns the outages in seconds of a run, which are in order, with the disturbances that they are attributed to. */
export function attributeSeconds(
  run: Run,
  seconds: readonly SecondMeasurement[],
): readonly AttributedOutage[] {
  return attribute(run, findOutages(seconds, toOutageRule(run)));
}

function attribute(run: Run, spans: readonly Outage[]): readonly AttributedOutage[] {
  const seen = {
    pods: findDisturbances(listAllPodChanges(run)),
    nodes: findNodeDisturbances(listAllNodeChanges(run)),
    serving: toServingPods(run),
  };
  return spans.map((span) => attributeOutage(span, seen));
}

/** How many predictions failed, by the way in which they are attributed, and how many in the background of outages. */
export type AttributedLosses = LossesByWay & { readonly background: number };

/** Counts the losses that the run is charged with, which end with its recovery: they add up to its cost. */
export function countLosses(run: Run): AttributedLosses {
  const stake = toStake(run);
  const [seconds, rule] = [stake?.seconds ?? listSeconds(run), toOutageRule(run)];
  // A pod that answers no more in a large service scatters losses, too.
  const spans = [...findOutages(seconds, rule), ...findScattered(seconds, rule)];
  const byWay = addLosses(attribute(run, spans));
  const inOutages = Object.values(byWay).reduce((sum, count) => sum + count, 0);
  const lost = stake ? countLost(stake.parts) : countLostIn(listSeconds(run));
  return { ...byWay, background: Math.max(0, lost - inOutages) };
}

function countLostIn(seconds: readonly SecondMeasurement[]): number {
  return seconds.reduce((sum, { sent, good }) => sum + sent - good, 0);
}
