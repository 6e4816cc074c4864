import type { ScoringService } from '../domain/catalogue.ts';
import {
  addReading,
  toUnread,
  type Metric,
  type MetricMeasurement,
  type MetricReading,
} from '../domain/metric.ts';
import type { ReadToken } from '../runs/ports/cluster-access.ts';
import type { Log } from '../runs/ports/log.ts';
import type { MetricProbe, MetricSession } from '../runs/ports/metric-probe.ts';
import { readMetric } from './read-metric.ts';
import { createTokenSource, type TokenSource } from './token-source.ts';

export type MetricProbeOptions = {
  /** The headers of a metric; they never leave this adapter. */
  readonly headersOf: (
    service: ScoringService,
    metric: Metric,
  ) => Readonly<Record<string, string>> | undefined;
  /** For metrics that are asked for with Entra's tokens. */
  readonly readToken: ReadToken;
  readonly log: Log;
};

type Read = (metric: Metric) => Promise<MetricReading>;

/** Reads what tells of a service beside its predictions. */
export function createMetricProbe(options: MetricProbeOptions): MetricProbe {
  const tokens = createTokens(options);
  const readerOf =
    (service: ScoringService): Read =>
    async (metric) => {
      const authorization = await tokens(metric);
      if (authorization === 'none') return { problem: 'no token of Entra could be had' };
      const headers = { accept: 'application/json', ...options.headersOf(service, metric) };
      return readMetric(metric, authorization ? { ...headers, authorization } : headers);
    };
  return {
    start: (service, resumeFrom = []) =>
      startSession(service.metrics ?? [], resumeFrom, readerOf(service)),
    readOnce: (service, metric) => readerOf(service)(metric),
  };
}

/** The authorization of a metric that wants Entra's tokens; `none` when there is no good one. */
function createTokens({ readToken, log }: MetricProbeOptions) {
  const sources = new Map<string, TokenSource>();
  return async ({ source }: Metric): Promise<string | undefined> => {
    const scope = source.kind === 'prometheus' ? source.entraScope : undefined;
    if (scope === undefined) return undefined;
    const tokens = sources.get(scope) ?? createTokenSource(() => readToken(scope), log);
    sources.set(scope, tokens);
    await tokens.ready();
    const token = tokens.current();
    return token === undefined ? 'none' : `Bearer ${token}`;
  };
}

/** Each metric is read at once and then at its interval, whatever the answers before did. */
function startSession(
  metrics: readonly Metric[],
  resumeFrom: readonly MetricMeasurement[],
  read: Read,
): MetricSession {
  const measured = new Map(metrics.map(({ name }) => [name, toUnread(name)]));
  for (const before of resumeFrom) if (measured.has(before.name)) measured.set(before.name, before);
  const latest = new Map<string, MetricReading>();
  let ended = false;
  const take = async (metric: Metric) => {
    const at = Date.now();
    const reading = await read(metric);
    const before = measured.get(metric.name);
    if (ended || !before) return;
    measured.set(metric.name, addReading(before, reading, at));
    latest.set(metric.name, reading);
  };
  const timers = metrics.map((metric) => {
    void take(metric);
    return setInterval(() => void take(metric), metric.everyMs);
  });
  return {
    measurements: () => [...measured.values()],
    latest: (name) => latest.get(name),
    stop() {
      ended = true;
      timers.forEach(clearInterval);
    },
  };
}
