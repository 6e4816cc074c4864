import { attributeOutages, type AttributedOutage } from '../domain/attribution.ts';
import { describeNodeDisturbance, listConsequences } from '../domain/describe-disturbance.ts';
import type { Disturbance } from '../domain/disturbances.ts';
import type { Sampled } from '../domain/outage-lens.ts';
import { countBackground, findOutages, toOutageScoring } from '../domain/outages.ts';
import { joinSeconds } from '../domain/join-seconds.ts';
import {
  findEnd,
  type NodeChange,
  type PodChange,
  type SecondMeasurement,
} from '../domain/measurement.ts';
import { toMetricCourses } from '../domain/metric-courses.ts';
import { listGaps } from '../domain/list-gaps.ts';
import type { Run } from '../domain/run.ts';
import type { Course, CourseSecond, Outage } from './report.ts';
import { toPodLanes } from './to-pod-lanes.ts';

type Second = SecondMeasurement & CourseSecond;

/** What was measured over time: seconds, outages, to the millisecond where single predictions are kept, and the lanes of the pods. */
export function toCourse(run: Run, sampled?: Sampled): Course {
  const seconds = joinSeconds(toPhases(run));
  const changes = toPodChanges(run);
  const [first, last] = [seconds.at(0), seconds.at(-1)];
  const lanes =
    first && last
      ? toPodLanes(run.proposal.blastRadius.pods, changes, {
          from: first.at,
          until: findEnd(last),
        })
      : [];
  const outages = toOutages(run, seconds);
  const scoring = toOutageScoring(run);
  return {
    seconds: seconds.map(toCourseSecond),
    outages: outages.map((outage) => narrow(outage, sampled)),
    ...(scoring ? { background: countBackground(seconds, outages, scoring) } : {}),
    gaps: listGaps(run),
    lanes,
    metrics: toMetricCourses(run),
  };
}

/** Every change of a node that carried pods, the same way. */
export function toNodeChanges(run: Run): readonly NodeChange[] {
  const all = toPhases(run).flatMap(({ nodes }) => nodes ?? []);
  const once = new Map(all.map((change) => [`${change.at} ${change.node} ${change.kind}`, change]));
  return [...once.values()].toSorted((left, right) => left.at - right.at);
}

/** Every change of a pod that the journal has, once and in order. */
export function toPodChanges(run: Run): readonly PodChange[] {
  const all = toPhases(run).flatMap(({ pods }) => pods.changes);
  const once = new Map(all.map((change) => [`${change.at} ${change.pod} ${change.kind}`, change]));
  return [...once.values()].toSorted((left, right) => left.at - right.at);
}

function toPhases({ baseline, observed, recovered }: Run) {
  return [baseline, observed, recovered].flatMap((phase) => (phase ? [phase.measurement] : []));
}

/** The outages of the run's whole course; beside those since the start was asked for, the pods that were disturbed then. */
function toOutages(run: Run, seconds: readonly Second[]): readonly Outage[] {
  const attributed = new Map(attributeOutages(run).map((outage) => [outage.until, outage]));
  return findOutages(seconds, toOutageScoring(run)).map((outage) => ({
    ...outage,
    beside: describeBeside(attributed.get(outage.until)),
  }));
}

function narrow(outage: Outage, sampled: Sampled | undefined): Outage {
  const span = sampled?.outages.get(outage.from);
  return span ? { ...outage, ...span, exact: true } : outage;
}

const mostBeside = 4;

function describeBeside(outage: AttributedOutage | undefined): readonly string[] {
  const { beside = [], nodes = [] } = outage ?? {};
  return [
    ...shorten(beside.map(describeDisturbance), 'pods'),
    ...shorten(nodes.map(describeNodeDisturbance), 'nodes'),
  ];
}

function shorten(described: readonly string[], what: string): readonly string[] {
  const more = described.length - mostBeside;
  return more > 0 ? [...described.slice(0, mostBeside), `and ${more} more ${what}`] : described;
}

function describeDisturbance(disturbance: Disturbance): string {
  const { pod, details } = disturbance;
  return `${pod}: ${[...new Set(details), ...listConsequences(disturbance)].join(', ')}`;
}

function toCourseSecond(second: Second): CourseSecond {
  const { at, spanMs, sent, good, unmeasured, p50Ms, p95Ms, p99Ms } = second;
  return {
    at,
    sent,
    good,
    ...(unmeasured === undefined ? {} : { unmeasured }),
    ...(spanMs === undefined ? {} : { spanMs }),
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p95Ms === undefined ? {} : { p95Ms }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
  };
}
