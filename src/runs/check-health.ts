import type { Catalogue, Cluster } from '../domain/catalogue.ts';
import { toChaosError } from '../domain/chaos-error.ts';
import type { HealthCheck, HealthReport } from '../domain/health.ts';
import { unmeasuredWords } from '../domain/describe-gaps.ts';
import type {
  FailureKind,
  PredictionMeasurement,
  UnmeasuredReason,
} from '../domain/measurement.ts';
import type { MetricReading } from '../domain/metric.ts';
import { describeUnread } from '../domain/unread-execution.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { JournalCopier } from './copy-journal.ts';
import type { Clock } from './ports/clock.ts';
import type { ClusterSight } from './ports/cluster-sight.ts';
import type { FaultGateway } from './ports/fault-gateway.ts';
import type { MetricProbe } from './ports/metric-probe.ts';
import type { PredictionProbe } from './ports/prediction-probe.ts';

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
  /** The runs that are conducted now. */
  readonly active?: Pick<ActiveRuns, 'listUnread'>;
  /** Rejects when the database cannot be used. */
  checkStore(): Promise<void>;
};

const checkLimitMs = 5_000;

/** Tries everything that the bot depends on, all at once; a check that hangs counts as failed. */
export async function checkHealth(deps: HealthDeps): Promise<HealthReport> {
  const { clock } = deps;
  const own = [deps.delivery, deps.copier].filter((part) => part !== undefined);
  const checks = await Promise.all(
    listDependencies(deps).map(async (dependency) => {
      const { name, ok, detail, repair } = await checkDependency(dependency, checkLimitMs, clock);
      return { name, ok, detail: repair === undefined ? detail : `${detail} ${repair}` };
    }),
  );
  checks.splice(1, 0, ...own.map((part) => part.health()), ...listUnread(deps));
  return { at: clock.now(), checks };
}

/** A run whose execution can't be read, which Chaos Studio's own check may not show. */
function listUnread({ active }: HealthDeps): readonly HealthCheck[] {
  return (active?.listUnread() ?? []).map(({ runId, unread }) => ({
    name: `execution of ${runId}`,
    ok: false,
    detail: `${describeUnread(unread)} ${unread.suggestion}`,
  }));
}

/** One thing that the bot depends on, and how it is tried. Rejects, or names the problem, when it cannot be used. */
export type Dependency = {
  readonly name: string;
  readonly attempt: () => Promise<Outcome>;
  /** What to do when it does not answer at all. */
  readonly whenSilent?: string;
};

/** A problem in words, or what could be better while it can be used; nothing when all is well. */
type Outcome = string | Problem | { readonly remarks: readonly string[] } | void;
type Problem = { readonly problem: string; readonly repair: string };

/** The database, Azure, and each cluster, scoring service and metric of chaos.yaml. */
export function listDependencies(
  deps: Omit<HealthDeps, 'active' | 'clock' | 'copier' | 'delivery'>,
): readonly Dependency[] {
  const { catalogue, predictions, faults } = deps;
  const namespacesOn = ({ name }: Cluster) =>
    catalogue.services.filter(({ cluster }) => cluster === name).map(({ namespace }) => namespace);
  return [
    { name: 'store', attempt: () => deps.checkStore() },
    { name: 'chaos-studio', attempt: () => faults.check() },
    ...catalogue.clusters.map((cluster) => ({
      name: `cluster ${cluster.name}`,
      attempt: async () => ({ remarks: await deps.cluster.check(cluster, namespacesOn(cluster)) }),
    })),
    ...catalogue.services.map((service) => ({
      name: `scoring ${service.name}`,
      attempt: async () => toProblem(await predictions.probeOnce(service)),
    })),
    ...catalogue.services.flatMap((service) =>
      (service.metrics ?? []).map((metric) => ({
        name: `metric ${metric.name} of ${service.name}`,
        attempt: async () => toMetricProblem(await deps.metrics.readOnce(service, metric)),
      })),
    ),
  ];
}

function toProblem(measured: PredictionMeasurement): Problem | undefined {
  const { good, failures, unmeasured = {} } = measured;
  if (good > 0) return undefined;
  const [kind] = Object.keys(failures) as FailureKind[];
  if (kind) return { problem: `A prediction failed (${kind}).`, repair: repairs[kind] };
  const [reason = 'no-token'] = Object.keys(unmeasured) as UnmeasuredReason[];
  return {
    problem: `A prediction could not be measured: ${unmeasuredWords[reason]}.`,
    repair: ownRepairs[reason] ?? 'Ask again, and look for what else this machine is busy with.',
  };
}

const ownRepairs: Readonly<Partial<Record<UnmeasuredReason, string>>> = {
  'no-token': 'Give the identity of the bot access to the scoring service.',
  'no-connection':
    'Check that this machine can look up the name in `scoring.uri`, and that its network and firewall allow the connection.',
};

const unreachable =
  'Check `scoring.uri` in chaos.yaml, that the service runs, and the network between.';
const repairs: Readonly<Record<FailureKind, string>> = {
  refused: unreachable,
  reset: unreachable,
  timeout: 'Check that the service runs, or allow more time with `scoring.timeout` in chaos.yaml.',
  overloaded: 'Scale the service up, or lower `scoring.rate` in chaos.yaml.',
  'client-error':
    'Check the key (`scoring.key`), the path of `scoring.uri` and the input of the golden prediction.',
  'server-error': "Look into the log of the service: it failed on the golden prediction's input.",
  malformed: 'Check `path` of the golden prediction in chaos.yaml: its answer was not found there.',
  wrong: 'Compare `expected` of the golden prediction in chaos.yaml with what the model answers.',
  drifted:
    'The model has changed: renew `expected` of the golden prediction, or widen its tolerance.',
  stale: 'Another version of the model answers: renew `modelVersion.expected` in chaos.yaml.',
};

function toMetricProblem(reading: MetricReading): Problem | undefined {
  return 'problem' in reading
    ? {
        problem: `It could not be read: ${reading.problem}.`,
        repair: 'Check the address, the query and the headers of the metric in chaos.yaml.',
      }
    : undefined;
}

/** A health check with what repairs a failure kept apart. */
export type DependencyCheck = HealthCheck & { readonly repair?: string };

/** Tries one dependency, for `limitMs` at most. Never rejects. */
export async function checkDependency(
  { name, attempt, whenSilent }: Dependency,
  limitMs: number,
  clock: Clock,
): Promise<DependencyCheck> {
  const startedAt = clock.now();
  const done = new AbortController();
  const silence = `no answer within ${limitMs / 1_000} s`;
  const late = clock
    .sleep(limitMs, done.signal)
    .then(() => (whenSilent ? { problem: `${silence}.`, repair: whenSilent } : silence));
  const outcome = await Promise.race([attempt(), late]).catch((error: unknown) => explain(error));
  done.abort();
  if (typeof outcome === 'string') return { name, ok: false, detail: outcome };
  if (outcome && 'problem' in outcome)
    return { name, ok: false, detail: outcome.problem, repair: outcome.repair };
  const remarks = (outcome?.remarks ?? []).map((remark) => ` ${remark}`).join('');
  const answered = `answered in ${clock.now() - startedAt} ms`;
  return { name, ok: true, detail: remarks === '' ? answered : `${answered}.${remarks}` };
}

function explain(thrown: unknown): Problem {
  const { message, suggestion } = toChaosError(thrown);
  return { problem: message, repair: suggestion };
}
