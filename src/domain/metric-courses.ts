import { isMetric, toMetricName } from './hypothesis.ts';
import type { MetricPoint } from './metric.ts';
import type { Run } from './run.ts';

/** What was read of a metric over time, and what the hypothesis asks of it. */
export type MetricCourse = {
  readonly name: string;
  readonly points: readonly MetricPoint[];
  readonly bounds: readonly number[];
};

/** What was read of each of the service's metrics, through all phases; those of which nothing was read are left out. */
export function toMetricCourses(run: Run): readonly MetricCourse[] {
  const { service, hypothesis } = run.proposal;
  const phases = [run.baseline, run.observed, run.recovered].flatMap(
    (phase) => phase?.measurement.metrics ?? [],
  );
  return (service.metrics ?? []).flatMap(({ name }) => {
    const points = phases.filter((metric) => metric.name === name).flatMap(({ course }) => course);
    const bounds = hypothesis.tolerances.flatMap(({ signal, bound }) =>
      isMetric(signal) && toMetricName(signal) === name ? [bound] : [],
    );
    return points.length === 0 ? [] : [{ name, points, bounds }];
  });
}
