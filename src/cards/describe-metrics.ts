import { isMetric, printTolerance, toMetricName } from '../domain/hypothesis.ts';
import { meets } from '../domain/judgement.ts';
import { printMetricValue } from '../domain/metric.ts';
import type { Progress } from '../domain/progress.ts';
import type { Run } from '../domain/run.ts';
import type { Fact } from './describe-proposal.ts';
import { escapeMarkdown } from './text.ts';

/** What the metrics of the hypothesis are now, each beside its bound. */
export function toMetricFacts({ proposal }: Run, { metrics = [] }: Progress): Fact[] {
  return proposal.hypothesis.tolerances.flatMap((tolerance) => {
    const { signal } = tolerance;
    if (!isMetric(signal)) return [];
    const name = toMetricName(signal);
    const reading = metrics.find((metric) => metric.name === name)?.reading;
    const title = escapeMarkdown(printTolerance(tolerance));
    if (!reading) return [{ title, value: 'not read yet' }];
    if ('problem' in reading)
      return [{ title, value: escapeMarkdown(`no value: ${reading.problem}`) }];
    const out = meets(tolerance, reading.value) ? '' : ', ✖ out of its bound';
    return [{ title, value: `${printMetricValue(reading.value)}${out}` }];
  });
}
