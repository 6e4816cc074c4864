import { z } from 'zod';
import { metricName } from '../domain/hypothesis.ts';
import type { Metric } from '../domain/metric.ts';
import { jsonPath } from './golden-schema.ts';
import { duration } from './units.ts';

const address = z
  .string()
  .url()
  .regex(/^https?:/, 'metrics are asked for over http or https')
  .refine((text) => !/^https?:\/\/[^/]*@/.test(text), {
    message: 'must hold no user and password, as proposals show it; put them into headers',
  });

const shapes = {
  prometheus: z
    .object({
      url: address,
      query: z.string().min(1),
      auth: z.literal('entra').optional(),
      scope: z.string().min(1).default('https://prometheus.monitor.azure.com/.default'),
    })
    .strict(),
  http: z.object({ url: address, path: jsonPath }).strict(),
};

/** A number that tolerances can speak of as `metric(NAME)`, as it stands in chaos.yaml. Its headers may hold secrets. */
export const metricShape = z
  .object({
    every: duration.refine((ms) => ms >= 1_000 && ms <= 60_000, 'between 1s and 1m').default('5s'),
    headers: z.record(z.string().regex(/^[^\r\n]*$/)).optional(),
    prometheus: shapes.prometheus.optional(),
    http: shapes.http.optional(),
  })
  .strict();

/** The keys that a source may have. */
export const sourceShapes = Object.values(shapes);

export const metrics = z
  .record(z.string().regex(metricName, 'lower-case letters, digits and hyphens'), metricShape)
  .superRefine((read, context) => {
    for (const [name, { prometheus, http }] of Object.entries(read)) {
      if ((prometheus === undefined) !== (http === undefined)) continue;
      const message = 'says where its number comes from: prometheus, or http';
      context.addIssue({ code: z.ZodIssueCode.custom, path: [name], message });
    }
  });

type ReadMetrics = z.output<typeof metrics>;

/** What is asked for; the headers stay behind. */
export function toMetrics(read: ReadMetrics): readonly Metric[] {
  return Object.entries(read).flatMap(([name, { every: everyMs, prometheus, http }]) => {
    const source = prometheus
      ? toPrometheus(prometheus)
      : http && { kind: 'http' as const, ...http };
    return source ? [{ name, everyMs, source }] : [];
  });
}

function toPrometheus({ url, query, auth, scope }: z.output<typeof shapes.prometheus>) {
  const source = { kind: 'prometheus', url, query } as const;
  return auth ? { ...source, entraScope: scope } : source;
}

/** The headers of each metric that has some, by `SERVICE METRIC`. */
export function listMetricHeaders(service: string, read: ReadMetrics) {
  return Object.entries(read).flatMap(([name, { headers }]) =>
    headers ? [[toHeadersKey(service, name), headers] as const] : [],
  );
}

/** Under what the headers of a metric are kept. */
export function toHeadersKey(service: string, metric: string): string {
  return `${service} ${metric}`;
}
