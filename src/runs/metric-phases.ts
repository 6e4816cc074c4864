import type { ScoringService } from '../domain/catalogue.ts';
import {
  addReading,
  readSince,
  readUntil,
  type MetricMeasurement,
  type MetricReading,
} from '../domain/metric.ts';
import type { Progress } from '../domain/progress.ts';
import type { Checkpoint } from './ports/checkpoint-store.ts';
import type { MetricProbe, MetricSession } from './ports/metric-probe.ts';

type Measured = { readonly metrics?: readonly MetricMeasurement[] };

/** Reads the metrics of a service through the spans of a run, and keeps apart what was read in each. */
export class MetricPhases {
  readonly #service: ScoringService;
  readonly #probe: MetricProbe;
  #resumable: Checkpoint | undefined;
  #session: MetricSession | undefined;
  #span: string | undefined;
  readonly #ended = new Map<string, readonly MetricMeasurement[]>();

  constructor(service: ScoringService, probe: MetricProbe, checkpoint: Checkpoint | undefined) {
    this.#service = service;
    this.#probe = probe;
    this.#resumable = checkpoint;
  }

  /** Begins a span; readings since `at` count in it and no longer in the one before. */
  begin(span: string, at: number): void {
    const resumed = this.#resumable;
    this.#resumable = undefined;
    const before = this.#session?.measurements() ?? [];
    const goesOn = resumed?.ledger.spans.at(-1)?.name === span ? resumed.metrics : undefined;
    const carried = before.map((one) => readSince(one, at));
    if (this.#span !== undefined)
      this.#ended.set(
        this.#span,
        before.map((one) => readUntil(one, at)),
      );
    this.#session?.stop();
    this.#span = span;
    this.#session = this.#probe.start(this.#service, goesOn ?? carried);
  }

  latest(name: string): MetricReading | undefined {
    return this.#session?.latest(name);
  }

  /** What was read in the current span. */
  measured(): Measured {
    return toMeasured(this.#session?.measurements() ?? []);
  }

  /** What was read in a span, if it had ended at `at`, which the current one reaches. */
  measuredUntil(span: string, at: number): Measured {
    if (span === this.#span) return this.measured();
    const { metrics: current = [] } = this.measured();
    const metrics = (this.#ended.get(span) ?? []).map((ended) => {
      const { course = [] } = current.find(({ name }) => name === ended.name) ?? {};
      return course
        .filter((point) => point.at < at)
        .reduce((before, point) => addReading(before, point, point.at), readUntil(ended, at));
    });
    return toMeasured(metrics);
  }

  /** The last reading of each; nothing where the service has no metrics. */
  readings(): Pick<Progress, 'metrics'> {
    const { metrics = [] } = this.#service;
    if (metrics.length === 0) return {};
    const readings = metrics.flatMap(({ name }) => {
      const reading = this.latest(name);
      return reading ? [{ name, reading }] : [];
    });
    return { metrics: readings };
  }

  stop(): void {
    this.#session?.stop();
  }
}

function toMeasured(metrics: readonly MetricMeasurement[]): Measured {
  return metrics.length === 0 ? {} : { metrics };
}
