import { isMetric, toMetricName } from '../domain/hypothesis.ts';
import type { Run } from '../domain/run.ts';
import type { MetricCourse } from './report.ts';

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
