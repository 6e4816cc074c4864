import { attributeSeconds, listSeconds } from '../domain/attribution.ts';
import type { AttributedOutage, Cause } from '../domain/attribute-outage.ts';
import type { Sampled } from '../domain/outage-lens.ts';
import { countBackground, toOutageRule } from '../domain/outages.ts';
import { joinSeconds } from '../domain/join-seconds.ts';
import { listAllPodChanges } from '../domain/list-changes.ts';
import { findEnd, type SecondMeasurement } from '../domain/measurement.ts';
import { toMetricCourses } from '../domain/metric-courses.ts';
import { listGaps, listSightGaps } from '../domain/list-gaps.ts';
import type { Run } from '../domain/run.ts';
import type { Course, CourseSecond, Outage } from './report.ts';
import { toPodLanes } from './to-pod-lanes.ts';

type Second = SecondMeasurement & CourseSecond;

/** What was measured over time: seconds, outages, to the millisecond where single predictions are kept, and the lanes of the pods. */
export function toCourse(run: Run, sampled?: Sampled): Course {
  const seconds = joinSeconds(toPhases(run));
  const changes = listAllPodChanges(run);
  const [first, last] = [seconds.at(0), seconds.at(-1)];
  const lanes =
    first && last
      ? toPodLanes(run.proposal.blastRadius.pods, changes, {
          from: first.at,
          until: findEnd(last),
        })
      : [];
  const outages = attributeSeconds(run, seconds);
  const rule = toOutageRule(run);
  const isClean = rule?.cleanOf !== undefined;
  const background = rule && countBackground(isClean ? listSeconds(run) : seconds, outages, rule);
  return {
    seconds: seconds.map(toCourseSecond),
    outages: outages.map((outage) => toOutage(outage, sampled)),
    ...(background && !(isClean && background.lost === 0) ? { background } : {}),
    gaps: listGaps(run),
    sightGaps: listSightGaps(run),
    lanes,
    metrics: toMetricCourses(run),
  };
}

function toPhases({ baseline, observed, recovered }: Run) {
  return [baseline, observed, recovered].flatMap((phase) => (phase ? [phase.measurement] : []));
}

/** The most pods, and the most nodes, that are named as the cause of an outage. */
const mostCauses = 4;

function toOutage(attributed: AttributedOutage, sampled: Sampled | undefined): Outage {
  const { causes, ...outage } = attributed;
  const ofKind = (kind: Cause['kind']) =>
    causes.filter((cause) => cause.kind === kind).slice(0, mostCauses);
  const named = [...ofKind('pod'), ...ofKind('node')];
  const more = causes.length - named.length;
  const span = sampled?.outages.get(outage.from);
  return {
    ...outage,
    ...(span ? { ...span, exact: true } : {}),
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
