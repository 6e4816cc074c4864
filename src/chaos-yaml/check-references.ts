import { z } from 'zod';
import { printDuration } from '../domain/duration.ts';
import { toLeastSightMs, type Guard } from '../domain/guard.ts';
import type { Hypothesis } from '../domain/hypothesis.ts';
import { findMetricProblem } from '../domain/metric.ts';
import { findNearestWord } from '../domain/nearest-word.ts';
import type {
  AccessNames,
  approvals,
  ReadConditions,
  role,
  StricterApprovals,
} from './policy-schema.ts';
import type { scoring } from './scoring-schema.ts';

type Role = z.output<typeof role>;
type Asking = {
  approvals?: StricterApprovals | undefined;
  access?: AccessNames | undefined;
};

/** Every role that is asked for must be there, and somebody must be able to approve. */
export function checkRoles(
  read: {
    roles: Record<string, Role>;
    approvals: z.output<typeof approvals>;
    access: AccessNames;
    breakGlass?: { from: readonly string[] } | undefined;
    clusters: Record<string, Asking>;
    experiments: Record<string, Asking>;
  },
  context: z.RefinementCtx,
): void {
  if (!read.approvals.approvers && !read.approvals.from) {
    const message = 'name approvers, or roles with from';
    context.addIssue({ code: z.ZodIssueCode.custom, path: ['approvals'], message });
  }
  const { approvers = [], from: ours = [], quorum: needed } = read.approvals;
  const may = [...approvers, ...ours.flatMap((name) => read.roles[name]?.people ?? [])];
  const people = new Set(may.map(({ id }) => id)).size;
  const isOpen = (name: string) =>
    (read.roles[name]?.groups.length ?? 0) > 0 || read.roles[name]?.channelMembers === true;
  if (needed > people && !ours.some(isOpen)) {
    const message = `${needed} people must approve, and only ${people} may`;
    context.addIssue({ code: z.ZodIssueCode.custom, path: ['approvals', 'quorum'], message });
  }
  checkRoleNames(
    [
      { at: ['approvals'], asked: { from: read.approvals.from } },
      { at: ['access'], asked: read.access },
      { at: ['breakGlass'], asked: { from: read.breakGlass?.from } },
      ...(['clusters', 'experiments'] as const).flatMap((kind) =>
        Object.entries(read[kind]).flatMap(([name, entry]) => [
          { at: [kind, name, 'approvals'], asked: { from: entry.approvals?.from } },
          { at: [kind, name, 'access'], asked: entry.access ?? {} },
        ]),
      ),
    ],
    { roles: read.roles, context },
  );
}

type AskedRoles = {
  readonly at: readonly string[];
  readonly asked: Readonly<Record<string, readonly string[] | undefined>>;
};

function checkRoleNames(
  places: readonly AskedRoles[],
  { roles, context }: { roles: Record<string, Role>; context: z.RefinementCtx },
): void {
  const names = places.flatMap(({ at, asked }) =>
    Object.entries(asked).flatMap(([key, list]) =>
      (list ?? []).map((name, index) => ({ name, path: [...at, key, index] })),
    ),
  );
  for (const { name, path } of names) {
    const message = findRoleProblem(name, path.includes('access'), roles);
    if (message) context.addIssue({ code: z.ZodIssueCode.custom, path, message });
  }
}

function findRoleProblem(
  name: string,
  isForAccess: boolean,
  roles: Record<string, Role>,
): string | undefined {
  const found = roles[name];
  if (!found) {
    const nearest = findNearestWord(name, Object.keys(roles));
    return `there is no role "${name}"${nearest ? `; did you mean "${nearest}"?` : ''}`;
  }
  return isForAccess && found.channelMembers
    ? 'members of a channel are asked for at a run, so they can approve and nothing else; name people or groups'
    : undefined;
}

/** Every outside check, of all, of clusters and of experiments. */
export function listChecks(read: {
  conditions: ReadConditions;
  clusters: Record<string, { conditions?: ReadConditions | undefined }>;
  experiments: Record<string, { conditions?: ReadConditions | undefined }>;
}) {
  const own = [...Object.values(read.clusters), ...Object.values(read.experiments)];
  return [read.conditions, ...own.map((entry) => entry.conditions)].flatMap(
    (one) => one?.checks ?? [],
  );
}

/** Headers are found by the name of their check. */
export function checkNamesOnce(
  read: Parameters<typeof listChecks>[0],
  context: z.RefinementCtx,
): void {
  const names = listChecks(read).map(({ name }) => name);
  const again = names.find((name, index) => names.indexOf(name) !== index);
  if (again === undefined) return;
  const message = `two checks are named "${again}"`;
  context.addIssue({ code: z.ZodIssueCode.custom, path: ['conditions'], message });
}

export function checkReferences<Field extends string>(
  entries: Record<string, Record<Field, string>>,
  { field, among, at }: { field: Field; among: object; at: string },
  context: z.RefinementCtx,
): void {
  for (const [name, entry] of Object.entries(entries)) {
    if (entry[field] in among) continue;
    const nearest = findNearestWord(entry[field], Object.keys(among));
    const message = `there is no ${field} "${entry[field]}"${nearest ? `; did you mean "${nearest}"?` : ''}`;
    context.addIssue({ code: z.ZodIssueCode.custom, path: [at, name, field], message });
  }
}

/** Every metric that a tolerance speaks of must be one of the service. */
export function checkMetrics(
  read: {
    services: Record<string, { metrics?: object | undefined }>;
    experiments: Record<string, { service: string; hypothesis: Pick<Hypothesis, 'tolerances'> }>;
  },
  context: z.RefinementCtx,
): void {
  for (const [name, { service, hypothesis }] of Object.entries(read.experiments)) {
    const metrics = Object.keys(read.services[service]?.metrics ?? {});
    for (const [index, tolerance] of hypothesis.tolerances.entries()) {
      const message = findMetricProblem(tolerance, { name: service, metrics });
      const path = ['experiments', name, 'hypothesis', 'tolerances', index];
      if (message) context.addIssue({ code: z.ZodIssueCode.custom, path, message });
    }
  }
}

/** What is seen of a service is never so fresh that a shorter `lostSight` would not end a run in which all is well. */
export function checkLostSight(
  read: {
    services: Record<string, { scoring: Pick<z.output<typeof scoring>, Paced> }>;
    experiments: Record<string, { service: string; guards: readonly Guard[] }>;
  },
  context: z.RefinementCtx,
): void {
  for (const [name, { service, guards }] of Object.entries(read.experiments)) {
    const asked = read.services[service]?.scoring;
    const guard = guards.find(({ kind }) => kind === 'lost-sight');
    if (asked === undefined || guard?.kind !== 'lost-sight') continue;
    const { rate: ratePerSecond, timeout: timeoutMs, arrivals } = asked;
    const leastMs = toLeastSightMs({ ratePerSecond, timeoutMs, arrivals });
    if (guard.afterMs >= leastMs) continue;
    const message = `must be at least ${printDuration(Math.ceil(leastMs / 1_000) * 1_000)}: pods are listed every few seconds, and "${service}" is asked ${ratePerSecond} times a second with a timeout of ${printDuration(timeoutMs)}`;
    const path = ['experiments', name, 'guards', 'lostSight'];
    context.addIssue({ code: z.ZodIssueCode.custom, path, message });
  }
}

type Paced = 'rate' | 'timeout' | 'arrivals';
