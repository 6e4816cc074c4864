import type { Catalogue, Cluster } from '../domain/catalogue.ts';
import { toChaosError } from '../domain/chaos-error.ts';
import type { HealthCheck, HealthReport } from '../domain/health.ts';
import type { MetricReading } from '../domain/metric.ts';
import type { JournalCopier } from './copy-journal.ts';
import type { Clock, ClusterSight, FaultGateway, MetricProbe, PredictionProbe } from './ports.ts';

export type HealthDeps = {
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly cluster: ClusterSight;
  readonly faults: FaultGateway;
  readonly predictions: PredictionProbe;
  readonly metrics: MetricProbe;
  /** Where a copy of the journal is kept. */
  readonly copier?: JournalCopier;
  /** Whether everything could be said in Teams. */
  readonly delivery?: { health(): HealthCheck };
  /** Rejects when the database cannot be used. */
  checkStore(): Promise<void>;
};

const checkLimitMs = 5_000;

/** Tries everything that the bot depends on, all at once; a check that hangs counts as failed. */
export async function checkHealth(deps: HealthDeps): Promise<HealthReport> {
  const { catalogue, clock, predictions } = deps;
  const namespacesOn = ({ name }: Cluster) =>
    catalogue.services.filter(({ cluster }) => cluster === name).map(({ namespace }) => namespace);
  const checks = [
    check('store', () => deps.checkStore(), clock),
    ...(deps.delivery ? [Promise.resolve(deps.delivery.health())] : []),
    ...(deps.copier ? [Promise.resolve(deps.copier.health())] : []),
    check('chaos-studio', () => deps.faults.check(), clock),
    ...catalogue.clusters.map((cluster) =>
      check(
        `cluster ${cluster.name}`,
        async () => ({ remarks: await deps.cluster.check(cluster, namespacesOn(cluster)) }),
        clock,
      ),
    ),
    ...catalogue.services.map((service) =>
      check(
        `scoring ${service.name}`,
        async () => toProblem(await predictions.probeOnce(service)),
        clock,
      ),
    ),
    ...catalogue.services.flatMap((service) =>
      (service.metrics ?? []).map((metric) =>
        check(
          `metric ${metric.name} of ${service.name}`,
          async () => toMetricProblem(await deps.metrics.readOnce(service, metric)),
          clock,
        ),
      ),
    ),
  ];
  return { at: clock.now(), checks: await Promise.all(checks) };
}

function toProblem({ good, failures }: { good: number; failures: object }): string | undefined {
  return good > 0
    ? undefined
    : `a prediction failed (${Object.keys(failures).join(', ') || 'no answer'})`;
}

function toMetricProblem(reading: MetricReading): string | undefined {
  return 'problem' in reading ? reading.problem : undefined;
}

/** A problem in words, or what could be better while it can be used; nothing when all is well. */
type Outcome = string | { readonly remarks: readonly string[] } | void;

async function check(
  name: string,
  attempt: () => Promise<Outcome>,
  clock: Clock,
): Promise<HealthCheck> {
  const startedAt = clock.now();
  const done = new AbortController();
  const late = clock
    .sleep(checkLimitMs, done.signal)
    .then(() => `no answer within ${checkLimitMs / 1_000} s`);
  const outcome = await Promise.race([attempt(), late]).catch((error: unknown) => explain(error));
  done.abort();
  if (typeof outcome === 'string') return { name, ok: false, detail: outcome };
  const remarks = (outcome?.remarks ?? []).map((remark) => ` ${remark}`).join('');
  const answered = `answered in ${clock.now() - startedAt} ms`;
  return { name, ok: true, detail: remarks === '' ? answered : `${answered}.${remarks}` };
}

function explain(thrown: unknown): string {
  const { message, suggestion } = toChaosError(thrown);
  return `${message} ${suggestion}`;
}
