import {
  isMetric,
  meets,
  printTolerance,
  toMetricName,
  type Tolerance,
} from '../domain/hypothesis.ts';
import { printMetricValue } from '../domain/metric.ts';
import type { Progress } from '../domain/progress.ts';
import type { Run } from '../domain/run.ts';
import type { Fact } from './describe-proposal.ts';
import { escapeMarkdown } from './text.ts';

const mostMetrics = 8;
const longestProblem = 150;
/** What needs attention first. */
const urgency = { out: 0, unread: 1, within: 2 } as const;

type Shown = { readonly fact: Fact; readonly urgency: number };

/** The current value of each metric of the hypothesis with its bound, those out of bounds first; of many the first ones, and how many more. */
export function toMetricFacts({ proposal }: Run, progress: Progress): Fact[] {
  const shown = proposal.hypothesis.tolerances
    .flatMap((tolerance) => toShown(tolerance, progress))
    .toSorted((left, right) => left.urgency - right.urgency);
  const rest = shown.slice(mostMetrics);
  const out = rest.filter((one) => one.urgency === urgency.out).length;
  const more = { title: `${rest.length} more metrics`, value: `${out} of them out of bounds` };
  return [
    ...shown.slice(0, mostMetrics).map(({ fact }) => fact),
    ...(rest.length > 0 ? [more] : []),
  ];
}

function toShown(tolerance: Tolerance, { metrics = [] }: Progress): Shown[] {
  const { signal } = tolerance;
  if (!isMetric(signal)) return [];
  const name = toMetricName(signal);
  const reading = metrics.find((metric) => metric.name === name)?.reading;
  const title = escapeMarkdown(printTolerance(tolerance));
  if (!reading) return [{ fact: { title, value: 'not read yet' }, urgency: urgency.unread }];
  if ('problem' in reading) {
    const value = escapeMarkdown(`no value: ${reading.problem}`, longestProblem);
    return [{ fact: { title, value }, urgency: urgency.unread }];
  }
  const isOut = !meets(tolerance, reading.value);
  const value = `${printMetricValue(reading.value)}${isOut ? ', ✖ out of bounds' : ''}`;
  return [{ fact: { title, value }, urgency: isOut ? urgency.out : urgency.within }];
}
