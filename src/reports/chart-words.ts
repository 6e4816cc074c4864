import { printGapSpan, unmeasuredWords } from '../domain/describe-gaps.ts';
import { printSightGapCause } from '../domain/describe-sight-gaps.ts';
import { printDuration, printWithin } from '../domain/duration.ts';
import { pickLanes } from './chart-layout.ts';
import { findEnd } from '../domain/measurement.ts';
import type { MetricCourse } from '../domain/metric-courses.ts';
import type { PodCourse } from '../domain/pod-courses.ts';
import { printMetricValue } from '../domain/metric.ts';
import { describeFaultSpan } from './describe-fault-span.ts';
import { describeNoFault } from './describe-no-fault.ts';
import { printClock } from '../domain/print-time.ts';
import { printShare } from '../domain/print-numbers.ts';
import type { PodLane, Report } from './report.ts';

/** What the chart shows, for those who do not see it. */
export function toChartWords({ course, fault, pods }: Report): string {
  const { seconds, lanes } = course;
  const [first, last] = [seconds.at(0), seconds.at(-1)];
  if (!first || !last) return 'Nothing was measured.';
  const hasLatency = seconds.some(({ p99Ms }) => p99Ms !== undefined);
  return [
    `From ${printClock(first.at)} to ${printClock(findEnd(last))} UTC.`,
    describeFault(fault),
    describeLosses(seconds),
    ...describeGaps(course.gaps),
    ...describeSightGaps(course.sightGaps),
    ...(hasLatency ? [] : ['Latency over time was not recorded.']),
    ...course.metrics.map(describeMetric),
    ...pickLanes(course)
      .map((lane) =>
        describeLane(
          lane,
          pods.find(({ pod }) => pod === lane.pod),
        ),
      )
      .filter((words) => words !== undefined),
    ...(lanes.length > pickLanes(course).length
      ? [`Of ${lanes.length} pods those are shown that changed most.`]
      : []),
  ].join(' ');
}

function describeFault(fault: Report['fault']): string {
  const { span, rehearsed } = fault;
  if (!span) return describeNoFault(fault);
  return rehearsed
    ? `No fault was active; it was rehearsed from ${printClock(span.from)} to ${printClock(span.until)}.`
    : `The fault ${describeFaultSpan(span, fault)}.`;
}

function describeLosses(seconds: Report['course']['seconds']): string {
  const failing = seconds.filter(({ sent, good }) => good < sent);
  const share = ({ sent, good }: { sent: number; good: number }) => good / sent;
  const worst = failing.toSorted((left, right) => share(left) - share(right)).at(0);
  const [lost, all] = [failing, seconds.filter(({ sent }) => sent > 0)].map(countSeconds);
  return worst
    ? `Predictions failed in ${lost} of ${all} seconds; the worst was ${printShare(share(worst))} at ${printClock(worst.at)}.`
    : `No prediction failed in ${all} seconds.`;
}

/** Gaps that are long enough to be seen. */
function describeGaps(gaps: Report['course']['gaps']): readonly string[] {
  return gaps
    .filter(({ from, until }) => until - from >= 1_000)
    .slice(0, mostGaps)
    .map((gap) => `Not measured ${printGapSpan(gap)}: ${unmeasuredWords[gap.reason]}.`);
}

function describeSightGaps(gaps: Report['course']['sightGaps']): readonly string[] {
  return gaps
    .filter(({ from, until }) => until - from >= 1_000)
    .slice(0, mostGaps)
    .map((gap) => `Pods not seen ${printGapSpan(gap)}: ${printSightGapCause(gap.cause)}.`);
}

const mostGaps = 10;

/** Those that were merged count with all their length. */
function countSeconds(seconds: Report['course']['seconds']): number {
  return seconds.reduce((sum, second) => sum + (findEnd(second) - second.at) / 1_000, 0);
}

function describeMetric({ name, points, bounds }: MetricCourse): string {
  const values = points.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)].map(printMetricValue);
  const asked =
    bounds.length === 0 ? '' : `, with a bound at ${bounds.map(printMetricValue).join(' and ')}`;
  return `The metric ${name} was between ${least} and ${most}${asked}.`;
}

/** What was not seen from beginning to end is known within bounds. */
function printNotReady(whole: PodCourse | undefined, downMs: number): string {
  if (whole?.notReadyAtLeastMs === undefined) return printDuration(downMs);
  return printWithin(whole.notReadyAtLeastMs, whole.notReadyMs);
}

/** Nothing of a pod that was ready all the time. */
function describeLane(
  { pod, spans, restarts }: PodLane,
  whole: PodCourse | undefined,
): string | undefined {
  const down = spans.filter(({ state }) => state === 'not-ready');
  const downMs = down.reduce((sum, { from, until }) => sum + until - from, 0);
  const [first, last] = [spans.at(0), spans.at(-1)];
  const words = [
    ...(first?.state === 'gone' ? [`came at ${printClock(first.until)}`] : []),
    ...(downMs > 0 ? [`was not ready for ${printNotReady(whole, downMs)}`] : []),
    ...(restarts.length > 0
      ? [restarts.length === 1 ? 'restarted once' : `restarted ${restarts.length} times`]
      : []),
    ...(last?.state === 'gone' ? [`was gone from ${printClock(last.from)}`] : []),
  ];
  return words.length === 0 ? undefined : `${pod} ${words.join(', ')}.`;
}
