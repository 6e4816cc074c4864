import { z } from 'zod';
import type { MetricReading } from '../domain/metric.ts';
import { parseJson } from './parse-json.ts';

/** A sample, `[1763888400.5, "0.25"]`: seconds since the epoch, and the value as text, which may be NaN, +Inf or -Inf. */
const sample = z.tuple([z.number(), z.string()]);

/** What the instant query of Prometheus' HTTP API answers (prometheus.io/docs/prometheus/latest/querying/api). */
const answered = z.discriminatedUnion('status', [
  z.object({ status: z.literal('error'), error: z.string() }),
  z.object({
    status: z.literal('success'),
    data: z.discriminatedUnion('resultType', [
      z.object({ resultType: z.literal('scalar'), result: sample }),
      z.object({
        resultType: z.literal('vector'),
        result: z.array(z.object({ value: sample.optional() })),
      }),
      z.object({ resultType: z.literal('matrix') }),
      z.object({ resultType: z.literal('string') }),
    ]),
  }),
]);

const longestShown = 120;

/** Reads the answer to an instant query that is meant to give one number. */
export function readPrometheus(status: number, text: string): MetricReading {
  const { success, data: answer } = answered.safeParse(parseJson(text));
  if (!success)
    return {
      problem: status === 200 ? 'the answer is not that of Prometheus' : `it answered ${status}`,
    };
  if (answer.status === 'error')
    return { problem: `Prometheus says: ${answer.error.slice(0, longestShown)}` };
  const { data } = answer;
  if (data.resultType === 'scalar') return readSample(data.result);
  if (data.resultType !== 'vector')
    return { problem: `the query gives a ${data.resultType}, not a number` };
  const [only] = data.result;
  if (!only || data.result.length !== 1)
    return { problem: `the query gives ${data.result.length} series, not one` };
  return only.value
    ? readSample(only.value)
    : { problem: 'the query gives a histogram, not a number' };
}

function readSample([, text]: z.output<typeof sample>): MetricReading {
  const value = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? { value } : { problem: `the value is ${text}` };
}
