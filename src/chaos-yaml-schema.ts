import { z } from 'zod';
import { isZone, type Calendar } from './domain/calendar.ts';
import { parseDuration } from './domain/duration.ts';
import type { Objective } from './domain/error-budget.ts';
import { faultModes, findFaultProblem, podActions } from './domain/fault.ts';
import type { Guard } from './domain/guard.ts';
import { parseTolerance } from './domain/hypothesis.ts';
import type { ObjectId } from './domain/ids.ts';
import { alwaysProtected, type Limits } from './domain/limits.ts';
import { findNearestWord } from './domain/nearest-word.ts';
import { goldenShape } from './golden-schema.ts';
import { checkScoring, createScoringShape, modelVersionShape } from './scoring-schema.ts';

const duration = z
  .string()
  .transform(
    (text, context) =>
      parseDuration(text) ?? refuse(context, `"${text}" is not a duration such as 90s, 5m or 1h`),
  );

const percentage = z.string().transform((text, context) => {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  const share = Number(percent) / 100;
  return share >= 0 && share <= 1
    ? share
    : refuse(context, `"${text}" is not a percentage such as 99.5%`);
});

/** As a duration, or in days: objectives look back over weeks. */
const span = z.string().transform((text, context) => {
  const days = Number(/^(\d+)d$/.exec(text)?.[1]);
  return days > 0
    ? days * 24 * 3_600_000
    : (parseDuration(text) ?? refuse(context, `"${text}" is not a span such as 30d or 12h`));
});

/** Neither none nor all. */
const open = (share: number) => share > 0 && share < 1;

const objective = z
  .object({
    availability: percentage.refine(open, 'over 0% and under 100%'),
    over: span,
    leave: percentage.optional(),
  })
  .strict()
  .transform(({ availability, over, leave }): Objective => ({
    availability,
    overMs: over,
    ...(leave === undefined ? {} : { leave }),
  }));

const tolerance = z
  .string()
  .transform(
    (text, context) =>
      parseTolerance(text) ??
      refuse(
        context,
        `"${text}" is not a tolerance such as "availability >= 99%" or "p95 <= 300ms"`,
      ),
  );

const objectId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'an Entra object id is a GUID')
  .transform((id) => id.toLowerCase() as ObjectId);

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const check = z
  .object({
    name: z.string().min(1),
    url: z.string().url(),
    headers: z.record(z.string()).optional(),
    status: z.number().int().min(100).max(599).default(200),
    json: z.record(scalar).optional(),
  })
  .strict();
/** What must be so beside the calendar; a cluster or an experiment adds to what is asked for all. */
const conditions = z
  .object({
    whenBusy: z.enum(['refuse', 'queue']).optional(),
    coolDown: duration.optional(),
    checks: z.array(check).optional(),
  })
  .strict();
export type ReadConditions = z.output<typeof conditions>;

const quorum = z.number().int().min(1).max(20);

/** What a cluster or an experiment asks for beyond the rule for all. */
const stricterApprovals = z
  .object({
    quorum: quorum.optional(),
    from: z.array(z.string()).nonempty().optional(),
    startWithin: duration.optional(),
  })
  .strict();
export type StricterApprovals = z.output<typeof stricterApprovals>;

const limitFields = z
  .object({
    longest: duration.optional(),
    mostPods: z.number().int().min(1).optional(),
    mostShare: percentage.optional(),
    leaveReady: z.number().int().min(0).optional(),
    namespaces: z.array(z.string()).nonempty().optional(),
    protectedNamespaces: z.array(z.string()).default([]),
  })
  .strict();

/** What a cluster or an experiment limits beyond the limits for all. */
const limits = limitFields.transform(toLimits);
/** The limits for all: the last ready pod is left alone unless they say otherwise. */
const limitsForAll = limitFields
  .extend({ leaveReady: z.number().int().min(0).default(1) })
  .transform(toLimits);

function toLimits({ longest, protectedNamespaces, ...rest }: z.output<typeof limitFields>): Limits {
  return {
    ...(JSON.parse(JSON.stringify(rest)) as typeof rest),
    ...(longest === undefined ? {} : { longestMs: longest }),
    protectedNamespaces: [...new Set([...alwaysProtected, ...protectedNamespaces])],
  };
}

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const timeOfDay = z.string().transform((text, context) => {
  const [, hours, minutes] = /^([01]\d|2[0-4]):(00|15|30|45)$/.exec(text) ?? [];
  const since = Number(hours) * 60 + Number(minutes);
  return since <= 24 * 60
    ? since
    : refuse(context, `"${text}" is not a time of day on the quarter, such as 09:00 or 17:30`);
});
const dayText = z
  .string()
  .refine((text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)), {
    message: 'write a day as "2026-12-20", in quotes',
  });
const calendar = z
  .object({
    zone: z.string().refine(isZone, 'not a time zone such as Europe/Berlin'),
    days: z.array(z.enum(weekdays)).nonempty().optional(),
    from: timeOfDay.optional(),
    until: timeOfDay.optional(),
    closures: z
      .array(z.object({ from: dayText, to: dayText, reason: z.string().min(1) }).strict())
      .default([]),
  })
  .strict()
  .transform(({ zone, days, from, until, closures }): Calendar => {
    const isLimited = days !== undefined || from !== undefined || until !== undefined;
    const hours = {
      days: (days ?? weekdays).map((day) => weekdays.indexOf(day) + 1),
      from: from ?? 0,
      until: until ?? 24 * 60,
    };
    return { zone, closures, ...(isLimited ? { hours } : {}) };
  });

const named = z.object({ id: objectId, name: z.string().min(1) }).strict();
const role = z
  .object({
    people: z.array(named).default([]),
    groups: z.array(named).default([]),
    channelMembers: z.literal(true).optional(),
  })
  .strict()
  .refine(
    ({ people, groups, channelMembers }) => people.length + groups.length > 0 || channelMembers,
    'name people or groups, or say channelMembers: true',
  );

const roleNames = z.array(z.string()).nonempty();
/** Who may propose, stop and see; what is absent is everybody's. */
const access = z
  .object({
    propose: roleNames.optional(),
    stop: roleNames.optional(),
    see: roleNames.optional(),
  })
  .strict();
export type AccessNames = z.output<typeof access>;

const cluster = z
  .object({
    resourceId: z
      .string()
      .regex(
        /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.ContainerService\/managedClusters\/[^/]+$/i,
        'expected the ARM id of a managed cluster, /subscriptions/.../managedClusters/NAME',
      ),
    location: z.string().min(1),
    context: z.string().optional(),
    connect: z.literal('azure').optional(),
    experimentIdentityId: z.string().startsWith('/').optional(),
    approvals: stricterApprovals.optional(),
    limits: limits.optional(),
    calendar: calendar.optional(),
    access: access.optional(),
    conditions: conditions.optional(),
  })
  .strict();

const scoring = createScoringShape({ duration, share: percentage });

const service = z
  .object({
    cluster: z.string(),
    namespace: z.string(),
    selector: z
      .record(z.string())
      .refine((labels) => Object.keys(labels).length > 0, 'name at least one label'),
    scoring: scoring.superRefine(checkScoring),
    objective: objective.optional(),
  })
  .strict();

const availabilityDrop = z
  .object({
    from: percentage.refine(open, 'over 0% and under 100%'),
    to: percentage.refine(open, 'over 0% and under 100%'),
    falseAlarms: percentage.refine(open, 'over 0% and under 100%').default('1%'),
  })
  .strict()
  .refine(({ from, to }) => to < from, '`to` must be less than `from`');

const guards = z
  .object({
    availabilityFloor: z.object({ below: percentage, over: duration }).strict().optional(),
    lostSight: duration,
    spendAtMost: duration.optional(),
    consecutiveFailures: z.number().int().min(2).optional(),
    availabilityDrop: availabilityDrop.optional(),
  })
  .strict()
  .transform(
    ({
      availabilityFloor,
      lostSight,
      spendAtMost,
      consecutiveFailures: count,
      availabilityDrop: drop,
    }): Guard[] => [
      ...(availabilityFloor
        ? [
            {
              kind: 'availability-floor' as const,
              floor: availabilityFloor.below,
              windowMs: availabilityFloor.over,
            },
          ]
        : []),
      { kind: 'lost-sight', afterMs: lostSight },
      ...(count ? [{ kind: 'consecutive-failures' as const, count }] : []),
      ...(drop ? [{ kind: 'availability-drop' as const, ...drop }] : []),
      ...(spendAtMost ? [{ kind: 'budget-cap' as const, spendMs: spendAtMost }] : []),
    ],
  );

const experiment = z
  .object({
    title: z.string().min(1),
    service: z.string(),
    fault: z.enum(podActions),
    mode: z.enum(faultModes),
    value: z.number().optional(),
    containers: z.array(z.string()).nonempty().optional(),
    duration,
    hypothesis: z
      .object({ title: z.string().min(1), tolerances: z.array(tolerance).nonempty() })
      .strict(),
    guards,
    baseline: duration,
    recovery: duration,
    approvals: stricterApprovals.optional(),
    limits: limits.optional(),
    calendar: calendar.optional(),
    access: access.optional(),
    conditions: conditions.optional(),
  })
  .strict()
  .transform(
    (
      { fault: action, mode, value, containers, duration: durationMs, baseline, recovery, ...rest },
      context,
    ) => {
      const fault = {
        action,
        mode,
        durationMs,
        ...(value === undefined ? {} : { value }),
        ...(containers === undefined ? {} : { containerNames: containers }),
      };
      const problem = findFaultProblem(fault);
      return problem
        ? refuse(context, problem)
        : { ...rest, fault, baselineMs: baseline, recoveryLimitMs: recovery };
    },
  );

const approvals = z
  .object({
    approvers: z.array(named).nonempty().optional(),
    from: z.array(z.string()).nonempty().optional(),
    quorum: quorum.default(1),
    expiresAfter: duration,
    remindBefore: duration.optional(),
    startWithin: duration.default('15m'),
  })
  .strict();

/** A way past calendar and conditions, for two people at least who are named for it. */
const breakGlass = z
  .object({
    from: roleNames,
    quorum: quorum.min(2, 'at least two people break the glass').default(2),
    startWithin: duration.default('15m'),
  })
  .strict();

/** The shape of chaos.yaml; its output is in the units of the domain. */
export const chaosYamlSchema = z
  .object({
    clusters: z.record(cluster),
    services: z.record(service),
    experiments: z.record(experiment),
    roles: z.record(role).default({}),
    limits: limitsForAll.default({}),
    calendar: calendar.optional(),
    access: access.default({}),
    conditions: conditions.default({}),
    approvals,
    breakGlass: breakGlass.optional(),
  })
  .strict()
  .superRefine((read, context) => {
    checkRoles(read, context);
    checkNamesOnce(read, context);
    checkReferences(
      read.services,
      { field: 'cluster', among: read.clusters, at: 'services' },
      context,
    );
    checkReferences(
      read.experiments,
      { field: 'service', among: read.services, at: 'experiments' },
      context,
    );
  });

type Asking = {
  approvals?: StricterApprovals | undefined;
  access?: AccessNames | undefined;
};

/** Every role that is asked for must be there, and somebody must be able to approve. */
function checkRoles(
  read: {
    roles: Record<string, z.output<typeof role>>;
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
  { roles, context }: { roles: Record<string, z.output<typeof role>>; context: z.RefinementCtx },
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
  roles: Record<string, z.output<typeof role>>,
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
function checkNamesOnce(read: Parameters<typeof listChecks>[0], context: z.RefinementCtx): void {
  const names = listChecks(read).map(({ name }) => name);
  const again = names.find((name, index) => names.indexOf(name) !== index);
  if (again === undefined) return;
  const message = `two checks are named "${again}"`;
  context.addIssue({ code: z.ZodIssueCode.custom, path: ['conditions'], message });
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: z.ZodIssueCode.custom, message, fatal: true });
  return z.NEVER;
}

function checkReferences<Field extends string>(
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

/** Every key that chaos.yaml may hold, to guess what a misspelt one was meant to be. */
export const knownKeys = [
  chaosYamlSchema.innerType(),
  approvals,
  stricterApprovals,
  access,
  conditions,
  check,
  breakGlass,
  role.innerType(),
  limitFields,
  calendar.innerType(),
  cluster,
  service,
  scoring,
  modelVersionShape,
  goldenShape,
  objective.innerType(),
  experiment.innerType(),
  guards.innerType(),
  availabilityDrop.innerType(),
].flatMap((schema) => Object.keys(schema.shape));
