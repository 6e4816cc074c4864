import { z } from 'zod';
import { isZone, type Calendar } from '../domain/calendar.ts';
import { alwaysProtected, type Limits } from '../domain/limits.ts';
import { duration, objectId, percentage, refuse } from './units.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const check = z
  .object({
    name: z.string().min(1),
    url: z.string().url(),
    headers: z.record(z.string()).optional(),
    status: z.number().int().min(100).max(599).default(200),
    json: z.record(scalar).optional(),
  })
  .strict();
/** What must be so beside the calendar; a cluster or an experiment adds to what is asked for all. */
export const conditions = z
  .object({
    whenBusy: z.enum(['refuse', 'queue']).optional(),
    coolDown: duration.optional(),
    checks: z.array(check).optional(),
  })
  .strict();
export type ReadConditions = z.output<typeof conditions>;

const quorum = z.number().int().min(1).max(20);

/** What a cluster or an experiment asks for beyond the rule for all. */
export const stricterApprovals = z
  .object({
    quorum: quorum.optional(),
    from: z.array(z.string()).nonempty().optional(),
    startWithin: duration.optional(),
  })
  .strict();
export type StricterApprovals = z.output<typeof stricterApprovals>;

export const limitFields = z
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
export const limitsForAll = limitFields
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
export const calendar = z
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
export const role = z
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
export const access = z
  .object({
    propose: roleNames.optional(),
    stop: roleNames.optional(),
    see: roleNames.optional(),
  })
  .strict();
export type AccessNames = z.output<typeof access>;

export const approvals = z
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
export const breakGlass = z
  .object({
    from: roleNames,
    quorum: quorum.min(2, 'at least two people break the glass').default(2),
    startWithin: duration.default('15m'),
  })
  .strict();

/** The rules that a cluster or an experiment can have of its own. */
export const ownRules = {
  approvals: stricterApprovals.optional(),
  limits: limits.optional(),
  calendar: calendar.optional(),
  access: access.optional(),
  conditions: conditions.optional(),
};
