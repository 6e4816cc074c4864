import type { ScoringService } from '../domain/catalogue.ts';
import { toLongestAnswerMs, type Metric, type MetricReading } from '../domain/metric.ts';
import type { ReadToken } from '../runs/ports/cluster-access.ts';
import type { Log } from '../runs/ports/log.ts';
import type { MetricAnswer, MetricProbe, MetricSession } from '../runs/ports/metric-probe.ts';
import { settleWithin } from '../time/settle-within.ts';
import { readMetric } from './read-metric.ts';
import { createForwardClock } from './steady-clock.ts';
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
    start: (service, onAnswer) =>
      startSession(service.metrics ?? [], { read: readerOf(service), onAnswer }),
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
  { read, onAnswer }: { readonly read: Read; readonly onAnswer: (answer: MetricAnswer) => void },
): MetricSession {
  const awaited = new Set<{ readonly askedAt: number }>();
  // As predictions are dated: by a clock that is set back, a phase would wait for what was asked for after it.
  const clock = createForwardClock();
  let ended = false;
  const take = async (metric: Metric) => {
    const asked = { askedAt: Math.round(clock.now()) };
    awaited.add(asked);
    // Its token may be long in coming as well, and a phase ends only when what was asked for in it is known.
    const reading = await settleWithin(toLongestAnswerMs(metric) + graceMs, read(metric))
      .catch(() => undefined)
      .finally(() => awaited.delete(asked));
    if (!ended) onAnswer({ name: metric.name, reading: reading ?? unanswered, ...asked });
  };
  const timers = metrics.map((metric) => {
    void take(metric);
    return setInterval(() => void take(metric), metric.everyMs);
  });
  return {
    knownUntil: () => Math.min(...[...awaited].map(({ askedAt }) => askedAt)),
    stop() {
      ended = true;
      timers.forEach(clearInterval);
    },
  };
}

const unanswered = { problem: 'it could not be asked (timeout)' };
/** What is read gives up by itself; this is for what comes before. */
const graceMs = 1_000;
