import { isMetric, toMetricName, type Tolerance } from './hypothesis.ts';
import { findNearestWord } from './nearest-word.ts';

/** Where the number of a metric is asked for. Headers that sign in are no part of it: it becomes part of proposals. */
export type MetricSource =
  | {
      readonly kind: 'prometheus';
      /** The address of its HTTP API, without `/api/v1`. */
      readonly url: string;
      /** PromQL that gives one number. */
      readonly query: string;
      /** Entra's tokens of this scope, as Azure Monitor wants them. */
      readonly entraScope?: string;
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      /** The JSONPath (RFC 9535) of the number in the answer. */
      readonly path: string;
    };

/** A number that tells how the service does beside our own predictions: of its users' traffic, for one. */
export type Metric = {
  readonly name: string;
  readonly everyMs: number;
  readonly source: MetricSource;
};

const longestAnswerMs = 10_000;

/** How long an answer is waited for, ms: one that takes longer than its turn is missing in it. */
export function toLongestAnswerMs({ everyMs }: Pick<Metric, 'everyMs'>): number {
  return Math.min(everyMs, longestAnswerMs);
}

/** What was read of a metric at one time: a value, or why there was none. */
export type MetricReading = { readonly value: number } | { readonly problem: string };

/** What was read of a metric in a span of time. */
export type MetricMeasurement = {
  readonly name: string;
  /** How often it was asked for; absent in journals from before it was recorded. */
  readonly everyMs?: number;
  /** How many values were read, and how often there was none. */
  readonly read: number;
  readonly missing: number;
  /** Why there was no value, the last time that there was none. */
  readonly problem?: string;
  readonly least: number | null;
  readonly most: number | null;
  /** Its course, oldest first. Where there were more values than are kept, each stands for its neighbours, and is the one of them that is farther from the mean. */
  readonly course: readonly MetricPoint[];
};

/** `at` in ms since the epoch. */
export type MetricPoint = { readonly at: number; readonly value: number };

const mostPoints = 400;

/** A metric of which nothing was read yet. */
export function toUnread(name: string): MetricMeasurement {
  return { name, read: 0, missing: 0, least: null, most: null, course: [] };
}

/** Halves a course until it is short enough, keeping of each two the one that is farther from the mean: its peaks stay. */
export function thinCourse(course: readonly MetricPoint[]): readonly MetricPoint[] {
  if (course.length <= mostPoints) return course;
  const mean = course.reduce((sum, { value }) => sum + value, 0) / course.length;
  const distance = (point: MetricPoint) => Math.abs(point.value - mean);
  const half = course.flatMap((point, index) => {
    const next = course[index + 1];
    if (index % 2 === 1) return [];
    return [next && distance(next) > distance(point) ? next : point];
  });
  return thinCourse(half);
}

/** What is wrong with a tolerance that speaks of a metric which the service has not; undefined when nothing is. */
export function findMetricProblem(
  { signal }: Tolerance,
  service: { readonly name: string; readonly metrics: readonly string[] },
): string | undefined {
  if (!isMetric(signal)) return undefined;
  const asked = toMetricName(signal);
  if (service.metrics.includes(asked)) return undefined;
  const nearest = findNearestWord(asked, service.metrics);
  const hint = nearest ? `; did you mean "${nearest}"?` : '';
  return `the service "${service.name}" has no metric "${asked}"${hint}`;
}

/** The metric that a tolerance speaks of; undefined where it speaks of none of these. */
export function findMetric<Named extends { readonly name: string }>(
  { signal }: Tolerance,
  metrics: readonly Named[],
): Named | undefined {
  if (!isMetric(signal)) return undefined;
  return metrics.find(({ name }) => name === toMetricName(signal));
}

/** A value as people read it, without digits that say nothing. */
export function printMetricValue(value: number): string {
  return `${Number(value.toPrecision(6))}`;
}
