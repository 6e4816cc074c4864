import { z } from 'zod';
import { isZone, type Calendar } from './domain/calendar.ts';
import { parseDuration } from './domain/duration.ts';
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

const limits = z
  .object({
    longest: duration.optional(),
    mostPods: z.number().int().min(1).optional(),
    mostShare: percentage.optional(),
    leaveReady: z.number().int().min(0).optional(),
    namespaces: z.array(z.string()).nonempty().optional(),
    protectedNamespaces: z.array(z.string()).default([]),
  })
  .strict()
  .transform(({ longest, protectedNamespaces, ...rest }): Limits => ({
    ...(JSON.parse(JSON.stringify(rest)) as typeof rest),
    ...(longest === undefined ? {} : { longestMs: longest }),
    protectedNamespaces: [...new Set([...alwaysProtected, ...protectedNamespaces])],
  }));

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
  .object({ people: z.array(named).default([]), groups: z.array(named).default([]) })
  .strict()
  .refine(({ people, groups }) => people.length + groups.length > 0, 'name people or groups');

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
    experimentIdentityId: z.string().startsWith('/').optional(),
    approvals: stricterApprovals.optional(),
    limits: limits.optional(),
    calendar: calendar.optional(),
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
  })
  .strict();

const guards = z
  .object({
    availabilityFloor: z.object({ below: percentage, over: duration }).strict().optional(),
    lostSight: duration,
  })
  .strict()
  .transform(({ availabilityFloor, lostSight }): Guard[] => [
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
  ]);

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
    limits: limits.default({}),
    calendar: calendar.optional(),
    approvals,
  })
  .strict()
  .superRefine((read, context) => {
    checkRoles(read, context);
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

/** Every role that is asked for must be there, and somebody must be able to approve. */
function checkRoles(
  read: {
    roles: Record<string, z.output<typeof role>>;
    approvals: z.output<typeof approvals>;
    clusters: Record<string, { approvals?: StricterApprovals | undefined }>;
    experiments: Record<string, { approvals?: StricterApprovals | undefined }>;
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
  if (needed > people && ours.every((name) => (read.roles[name]?.groups ?? []).length === 0)) {
    const message = `${needed} people must approve, and only ${people} may`;
    context.addIssue({ code: z.ZodIssueCode.custom, path: ['approvals', 'quorum'], message });
  }
  const asked = [
    { at: ['approvals'], from: read.approvals.from },
    ...(['clusters', 'experiments'] as const).flatMap((kind) =>
      Object.entries(read[kind]).map(([name, entry]) => ({
        at: [kind, name, 'approvals'],
        from: entry.approvals?.from,
      })),
    ),
  ];
  for (const { at, from = [] } of asked) {
    for (const [index, name] of from.entries()) {
      if (name in read.roles) continue;
      const nearest = findNearestWord(name, Object.keys(read.roles));
      const message = `there is no role "${name}"${nearest ? `; did you mean "${nearest}"?` : ''}`;
      context.addIssue({ code: z.ZodIssueCode.custom, path: [...at, 'from', index], message });
    }
  }
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
  role.innerType(),
  limits.innerType(),
  calendar.innerType(),
  cluster,
  service,
  scoring,
  modelVersionShape,
  goldenShape,
  experiment.innerType(),
  guards.innerType(),
].flatMap((schema) => Object.keys(schema.shape));
