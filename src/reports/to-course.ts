import { attributeAllOutages, listAllOutages } from '../domain/attribution.ts';
import { listAllSeconds } from '../domain/list-seconds.ts';
import type { AttributedOutage } from '../domain/attribute-outage.ts';
import type { Cause } from '../domain/match-disturbance.ts';
import { toLostTotals } from '../domain/lost-totals.ts';
import { countBackground, toOutageRule, type BackgroundLosses } from '../domain/outages.ts';
import { listAllPodChanges } from '../domain/list-changes.ts';
import { findEnd, type SecondMeasurement } from '../domain/measurement.ts';
import { toMetricCourses } from '../domain/metric-courses.ts';
import { listGaps, listSightGaps } from '../domain/list-gaps.ts';
import type { DatedOutage } from '../domain/outage-span.ts';
import { listPodsAtStart } from '../domain/pods-at-start.ts';
import type { Run } from '../domain/run.ts';
import type { Course, CourseSecond, Outage } from './report.ts';
import { toPodLanes } from './to-pod-lanes.ts';

type Second = SecondMeasurement & CourseSecond;

/** What was measured over time: seconds, outages, and the lanes of the pods. */
export function toCourse(run: Run): Course {
  const seconds: readonly Second[] = listAllSeconds(run);
  const changes = listAllPodChanges(run);
  const [first, last] = [seconds.at(0), seconds.at(-1)];
  const lanes =
    first && last
      ? toPodLanes(listPodsAtStart(run), changes, {
          from: first.at,
          until: findPodsUntil(run) ?? findEnd(last),
        })
      : [];
  const outages = attributeAllOutages(run);
  const background = toBackground(run, seconds);
  return {
    seconds: seconds.map(toCourseSecond),
    outages: outages.map(toOutage),
    ...(background ? { background } : {}),
    gaps: listGaps(run),
    sightGaps: listSightGaps(run),
    lanes,
    metrics: toMetricCourses(run),
  };
}

/** Pods are seen until the last measurement ends, which may be within a second. */
function findPodsUntil({ baseline, observed, recovered }: Run): number | undefined {
  return (recovered ?? observed ?? baseline)?.measurement.endedAt;
}

/** Where the baseline lost none, of the span that the run is charged with, and only where that lost some; else of the whole run. */
function toBackground(run: Run, seconds: readonly Second[]): BackgroundLosses | undefined {
  const rule = toOutageRule(run);
  if (!rule) return undefined;
  if (rule.cleanOf === undefined)
    return countBackground(seconds, listAllOutages(run).map(toWholeSeconds), rule);
  const { outside } = toLostTotals(run) ?? {};
  return outside && outside.lost > 0 ? { ...outside, cleanOf: rule.cleanOf } : undefined;
}

function toWholeSeconds({ lossy, from, until }: DatedOutage) {
  const [first, last] = [lossy[0], lossy.at(-1)];
  return { from: first?.at ?? from, until: last ? findEnd(last) : until };
}

/** The most pods, and the most nodes, that are named as the cause of an outage. */
const mostCauses = 4;

function toOutage(attributed: AttributedOutage): Outage {
  const { causes, ...outage } = attributed;
  const ofKind = (kind: Cause['kind']) =>
    causes.filter((cause) => cause.kind === kind).slice(0, mostCauses);
  const named = [...ofKind('pod'), ...ofKind('node')];
  const more = causes.length - named.length;
  return {
    ...outage,
    causes: named,
    ...(more > 0 ? { moreCauses: more } : {}),
  };
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
