import { addFailures, joinSeconds } from '../domain/join-seconds.ts';
import type { PodChange, SecondMeasurement } from '../domain/measurement.ts';
import type { Run } from '../domain/run.ts';
import type { Course, CourseSecond, Outage } from './report.ts';
import { toPodLanes } from './to-pod-lanes.ts';

type Second = SecondMeasurement & CourseSecond;

/** Failures further apart than this are two outages. */
const joinedWithinMs = 2_000;
/** A pod's change this long before an outage is shown beside it: readiness takes its time to reach the load balancer. */
const besideMs = 10_000;

/** What was measured over time: seconds, outages and the lanes of the pods. */
export function toCourse(run: Run): Course {
  const seconds = joinSeconds(toPhases(run));
  const changes = toPodChanges(run);
  const [first, last] = [seconds.at(0), seconds.at(-1)];
  const outages = toOutages(seconds).map((outage) => ({
    ...outage,
    beside: changes
      .filter(({ at }) => at >= outage.from - besideMs && at < outage.until)
      .map(({ pod, kind, detail }) => `${pod} ${detail || kind}`),
  }));
  const lanes =
    first && last
      ? toPodLanes(run.proposal.blastRadius.pods, changes, {
          from: first.at,
          until: last.at + 1_000,
        })
      : [];
  return { seconds: seconds.map(toCourseSecond), outages, lanes };
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

function toOutages(seconds: readonly Second[]): Omit<Outage, 'beside'>[] {
  const outages: Omit<Outage, 'beside'>[] = [];
  for (const { at, sent, good, failures } of seconds) {
    if (good === sent) continue;
    const here = { from: at, until: at + 1_000, lost: sent - good, sent, failures };
    const last = outages.at(-1);
    if (last && at - last.until < joinedWithinMs)
      outages.splice(-1, 1, {
        from: last.from,
        until: here.until,
        lost: last.lost + here.lost,
        sent: last.sent + sent,
        failures: addFailures(last.failures, failures),
      });
    else outages.push(here);
  }
  return outages;
}

function toCourseSecond({ at, sent, good, p50Ms, p99Ms }: Second): CourseSecond {
  return {
    at,
    sent,
    good,
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
  };
}
