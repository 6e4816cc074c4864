import type { ScoringService } from '../domain/catalogue.ts';
import {
  toLongestAnswerMs,
  type MetricMeasurement,
  type MetricPoint,
  type MetricReading,
} from '../domain/metric.ts';
import type { Progress } from '../domain/progress.ts';
import { MetricHistory, toParts, type MetricPart } from '../evidence/metric-history.ts';
import type { Checkpoint } from './ports/checkpoint-store.ts';
import type { MetricProbe, MetricSession } from './ports/metric-probe.ts';

/** What was read of a metric since some time, and the last value before. */
export type MetricSight = {
  readonly latest?: MetricReading;
  readonly everyMs?: number;
  readonly before?: MetricPoint;
  readonly points: readonly MetricPoint[];
};

/** A session gives up what it does not hear of a moment later. */
const graceMs = 2_000;

/** Reads the metrics of a service through a run, each as one series: a phase has what was asked for within its times. */
export class MetricMonitor {
  readonly #service: ScoringService;
  readonly #probe: MetricProbe;
  readonly #histories: readonly MetricHistory[];
  /** When spans began, by what is known: readings of either side are not joined. */
  readonly #boundaries: number[];
  #session: MetricSession | undefined;

  constructor(service: ScoringService, probe: MetricProbe, checkpoint: Checkpoint | undefined) {
    this.#service = service;
    this.#probe = probe;
    this.#histories = (service.metrics ?? []).map(
      (metric) => new MetricHistory(metric, findEarlier(metric.name, checkpoint)),
    );
    this.#boundaries = checkpoint?.ledger.spans.map(({ from }) => from) ?? [];
  }

  /** Reads from the first call on; a span begins at `at`. */
  begin(at: number): void {
    if (!this.#boundaries.includes(at)) this.#boundaries.push(at);
    this.#session ??= this.#probe.start(this.#service, ({ name, reading, askedAt }) =>
      this.#find(name)?.add(reading, askedAt, this.#boundaries),
    );
  }

  /**
   * Whether what was asked for before `at` has been answered or given up, which takes no longer than a reading may take. That time is counted by `now`, which is
   * of a clock that is not set back.
   */
  isSettled(at: number, now: number): boolean {
    const knownUntil = this.#session?.knownUntil() ?? Number.POSITIVE_INFINITY;
    return knownUntil >= at || now >= at + this.#longestMs + graceMs;
  }

  get #longestMs(): number {
    return Math.max(0, ...this.#histories.map(({ metric }) => toLongestAnswerMs(metric)));
  }

  /** What was read of a metric from `from` on. */
  see(name: string, from: number): MetricSight {
    const history = this.#find(name);
    if (!history) return { points: [] };
    const latest = history.latest();
    const { everyMs } = history.metric;
    return { ...(latest ? { latest } : {}), everyMs, ...history.pointsSince(from) };
  }

  /** What was read of each from `from` until `until`; nothing where the service has no metrics. */
  measurement(from: number, until: number): { readonly metrics?: readonly MetricMeasurement[] } {
    const metrics = this.#histories.map((history) => history.measurement(from, until));
    return metrics.length === 0 ? {} : { metrics };
  }

  /** The last reading of each; nothing where the service has no metrics. */
  readings(): Pick<Progress, 'metrics'> {
    if (this.#histories.length === 0) return {};
    const metrics = this.#histories.flatMap((history) => {
      const reading = history.latest();
      return reading ? [{ name: history.metric.name, reading }] : [];
    });
    return { metrics };
  }

  /** All that was read, to go on with after a restart. */
  state(): Pick<Checkpoint, 'metricParts'> {
    if (this.#histories.length === 0) return {};
    const metricParts = this.#histories.map((history) => ({
      name: history.metric.name,
      parts: history.state(),
    }));
    return { metricParts };
  }

  stop(): void {
    this.#session?.stop();
  }

  #find(name: string): MetricHistory | undefined {
    return this.#histories.find(({ metric }) => metric.name === name);
  }
}

/** What was read before a restart; of checkpoints from before readings were kept, the sums of their last span. */
function findEarlier(
  name: string,
  checkpoint: Checkpoint | undefined,
): readonly MetricPart[] | undefined {
  const kept = checkpoint?.metricParts?.find((one) => one.name === name);
  if (kept) return kept.parts;
  const summed = checkpoint?.metrics?.find((one) => one.name === name);
  return summed && toParts(summed, checkpoint?.ledger.spans.at(-1)?.from ?? 0);
}
