import { findGuardMisfit } from '../domain/guard-fit.ts';
import { findMetricProblem } from '../domain/metric.ts';
import type { ReadConditions } from './policy-schema.ts';
import { wordUnknownName, type Problem } from './problem.ts';
import { checkQuorums, checkRoleNames } from './check-roles.ts';
import type { Salvaged } from './salvage.ts';
import { findOwn } from '../domain/find-own.ts';

/** What is wrong between the sections of chaos.yaml, each of which may be right by itself. */
export function findCrossProblems(read: Salvaged): Problem[] {
  return [
    ...checkRoleNames(read),
    ...checkQuorums(read),
    ...checkCheckNames(read),
    ...checkReferences(read),
    ...checkMetrics(read),
    ...checkGuards(read),
    ...checkResourceIds(read),
    ...checkServiceNames(read),
    ...checkExperimentNames(read),
  ];
}

/** Every outside check, of all, of clusters and of experiments. */
export function listChecks(read: {
  conditions: ReadConditions | undefined;
  clusters: Readonly<Record<string, { conditions?: ReadConditions | undefined }>>;
  experiments: Readonly<Record<string, { conditions?: ReadConditions | undefined }>>;
}) {
  const own = [...Object.values(read.clusters), ...Object.values(read.experiments)];
  return [read.conditions, ...own.map((entry) => entry.conditions)].flatMap(
    (one) => one?.checks ?? [],
  );
}

/** Headers are found by the name of their check. */
function checkCheckNames(read: Salvaged): Problem[] {
  const again = findTwice(listChecks(read).map(({ name }) => name));
  return again === undefined
    ? []
    : [{ path: ['conditions'], message: `two checks are named "${again}"` }];
}

function findTwice(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}

function checkReferences({ references, names }: Salvaged): Problem[] {
  return references.flatMap(({ path, field, name }) => {
    const among = names[`${field}s`];
    return among.includes(name) ? [] : [{ path, message: wordUnknownName(field, name, among) }];
  });
}

/** Every experiment with its service, where both can be read. */
function listPlayed({ services, experiments }: Salvaged) {
  return Object.entries(experiments).flatMap(([name, experiment]) => {
    const { service } = experiment;
    const found = findOwn(services, service);
    return found ? [{ name, experiment, service: found, serviceName: service }] : [];
  });
}

/** Every metric that a tolerance speaks of must be one of the service. */
function checkMetrics(read: Salvaged): Problem[] {
  return listPlayed(read).flatMap(({ name, experiment, service, serviceName }) => {
    const metrics = Object.keys(service.metrics ?? {});
    return experiment.hypothesis.tolerances.flatMap((tolerance, index) => {
      const message = findMetricProblem(tolerance, { name: serviceName, metrics });
      const path = ['experiments', name, 'hypothesis', 'tolerances', index];
      return message === undefined ? [] : [{ path, message }];
    });
  });
}

/** Guards that would end every run, or that could never end one. */
function checkGuards(read: Salvaged): Problem[] {
  return listPlayed(read).flatMap(({ name, experiment, service, serviceName }) => {
    const { rate: ratePerSecond, timeout: timeoutMs, arrivals } = service.scoring;
    const played = { name: serviceName, scoring: { ratePerSecond, timeoutMs, arrivals } };
    return experiment.guards.flatMap((guard): Problem[] => {
      const misfit = findGuardMisfit(guard, played);
      const path = ['experiments', name, 'guards', misfit?.setting ?? ''];
      return misfit ? [{ path, message: misfit.message }] : [];
    });
  });
}

/** Two names for one cluster would let two runs onto it at once. */
function checkResourceIds({ clusters }: Salvaged): Problem[] {
  const ids = Object.entries(clusters).map(([name, { resourceId }]) => ({
    name,
    id: resourceId.toLowerCase(),
  }));
  return ids.flatMap(({ name, id }, index) => {
    const first = ids.findIndex((other) => other.id === id);
    const message = `is the same managed cluster as "${ids[first]?.name}"; keep one of the two`;
    return first < index ? [{ path: ['clusters', name, 'resourceId'], message }] : [];
  });
}

/** People type names of services in any case. */
function checkServiceNames({ names }: Salvaged): Problem[] {
  const lower = names.services.map((name) => name.toLowerCase());
  return names.services.flatMap((name, index) => {
    const first = lower.indexOf(name.toLowerCase());
    const message = `differs from "${names.services[first]}" only in upper and lower case`;
    return first < index ? [{ path: ['services', name], message }] : [];
  });
}

/** Azure's experiment is named for ours and the service; any experiment can be run against any service. */
function checkExperimentNames({ names }: Salvaged): Problem[] {
  const pairs = names.experiments.flatMap((experiment) =>
    names.services.map((service) => ({ experiment, service, joined: `${experiment}-${service}` })),
  );
  const seen = new Map<string, (typeof pairs)[number]>();
  return pairs.flatMap((pair) => {
    const { experiment, service, joined } = pair;
    const other = seen.get(joined);
    seen.set(joined, other ?? pair);
    if (!other || other.experiment === experiment) return [];
    const message = `with the service "${service}" has the same name in Azure as "${other.experiment}" with "${other.service}"; rename one of them`;
    return [{ path: ['experiments', experiment], message }];
  });
}
