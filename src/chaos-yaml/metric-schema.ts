import { z } from 'zod';
import { metricName } from '../domain/hypothesis.ts';
import type { Metric } from '../domain/metric.ts';
import { httpAddress } from './address.ts';
import { jsonPath } from './golden-schema.ts';
import { sentHeaders } from './names.ts';
import { refuseSecrets } from './secret-url.ts';
import { duration } from './units.ts';

const address = httpAddress.superRefine(refuseSecrets('put it into headers'));

const shapes = {
  prometheus: z
    .object({
      url: address,
      query: z.string().refine((text) => text.trim() !== '', 'must not be empty'),
      auth: z.literal('entra').optional(),
      scope: z.string().min(1).optional(),
    })
    .strict(),
  http: z.object({ url: address, path: jsonPath }).strict(),
};

/** A number that tolerances can speak of as `metric(NAME)`, as it stands in chaos.yaml. Its headers may hold secrets. */
const metricShape = z
  .object({
    every: duration({ least: '1s', most: '1m' }).default('5s'),
    headers: sentHeaders.optional(),
    prometheus: shapes.prometheus.optional(),
    http: shapes.http.optional(),
  })
  .strict();

export const metrics = z
  .record(
    z
      .string()
      .regex(metricName, "can't be the name of a metric: lower-case letters, digits and hyphens"),
    metricShape,
  )
  .superRefine((read, context) => {
    for (const [name, { prometheus, http }] of Object.entries(read)) {
      const say = (path: string[], message: string) =>
        context.addIssue({ code: z.ZodIssueCode.custom, path, message });
      if ((prometheus === undefined) === (http === undefined))
        say([name], 'must say where its number comes from: either prometheus or http');
      if (prometheus?.scope !== undefined && prometheus.auth === undefined)
        say([name, 'prometheus', 'scope'], 'has no effect without `auth: entra`');
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

const defaultScope = 'https://prometheus.monitor.azure.com/.default';

function toPrometheus({ url, query, auth, scope }: z.output<typeof shapes.prometheus>) {
  const source = { kind: 'prometheus', url, query } as const;
  return auth ? { ...source, entraScope: scope ?? defaultScope } : source;
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
