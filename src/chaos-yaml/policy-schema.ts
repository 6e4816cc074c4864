import { z } from 'zod';
import { alwaysProtected, type Limits } from '../domain/limits.ts';
import { httpAddress } from './address.ts';
import { calendar } from './calendar-schema.ts';
import { namespacePattern } from './kubernetes-names.ts';
import { sentHeaders } from './names.ts';
import { refuseSecrets } from './secret-url.ts';
import { duration, label, objectId, someShare, span } from './units.ts';

const scalar = z.union([z.string(), z.number().finite(), z.boolean(), z.null()]);
export const check = z
  .object({
    name: label,
    url: httpAddress.superRefine(refuseSecrets('put it into headers')),
    headers: sentHeaders.optional(),
    status: z.number().int().min(100).max(599).default(200),
    json: z.record(scalar).optional(),
  })
  .strict();
/** What must be so beside the calendar; a cluster or an experiment adds to what is asked for all. */
export const conditions = z
  .object({
    whenBusy: z.enum(['refuse', 'queue']).optional(),
    coolDown: span({ least: '1s', most: '30d' }).optional(),
    checks: z.array(check).optional(),
  })
  .strict();
export type ReadConditions = z.output<typeof conditions>;

const quorum = z.number().int().min(1).max(20);
const startWithin = span({ least: '30s', most: '7d' });
const mostPods = 10_000;

/** What a cluster or an experiment asks for beyond the rule for all. */
const stricterApprovals = z
  .object({
    quorum: quorum.optional(),
    from: z.array(z.string()).nonempty().optional(),
    startWithin: startWithin.optional(),
  })
  .strict();
export type StricterApprovals = z.output<typeof stricterApprovals>;

const leaveReady = z.number().int().min(0).max(mostPods);

const limitFields = z
  .object({
    longest: duration({ least: '10s', most: '12h' }).optional(),
    mostPods: z.number().int().min(1).max(mostPods).optional(),
    mostShare: someShare.optional(),
    leaveReady: leaveReady.optional(),
    namespaces: z.array(namespacePattern).nonempty().optional(),
    protectedNamespaces: z.array(namespacePattern).default([]),
  })
  .strict();

/** What a cluster or an experiment limits beyond the limits for all. */
const limits = limitFields.transform(toLimits);
/** The limits for all: the last ready pod is left alone unless they say otherwise. */
export const limitsForAll = limitFields
  .extend({ leaveReady: leaveReady.default(1) })
  .transform(toLimits);

function toLimits({ longest, protectedNamespaces, ...rest }: z.output<typeof limitFields>): Limits {
  return {
    ...(JSON.parse(JSON.stringify(rest)) as typeof rest),
    ...(longest === undefined ? {} : { longestMs: longest }),
    protectedNamespaces: [...new Set([...alwaysProtected, ...protectedNamespaces])],
  };
}

const named = z.object({ id: objectId, name: label }).strict();
export const role = z
  .object({
    people: z.array(named).default([]),
    groups: z.array(named).default([]),
    channelMembers: z.literal(true).optional(),
  })
  .strict()
  .refine(
    ({ people, groups, channelMembers }) => people.length + groups.length > 0 || channelMembers,
    'names nobody; give people or groups, or channelMembers: true',
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

const approvals = z
  .object({
    approvers: z.array(named).nonempty().optional(),
    from: z.array(z.string()).nonempty().optional(),
    quorum: quorum.default(1),
    expiresAfter: span({ least: '1m', most: '30d' }),
    remindBefore: span({ least: '10s', most: '30d' }).optional(),
    startWithin: startWithin.default('15m'),
  })
  .strict();

/** What the fields say of each other. */
export const checkedApprovals = approvals.superRefine((read, context) => {
  const { approvers, from, expiresAfter, remindBefore } = read;
  const say = (path: string[], message: string) =>
    context.addIssue({ code: z.ZodIssueCode.custom, path, message });
  if (!approvers && !from) say([], 'name approvers, or roles with from');
  if (remindBefore !== undefined && remindBefore >= expiresAfter)
    say(['remindBefore'], 'must be shorter than expiresAfter, or nobody is reminded');
});

/** A way past calendar and conditions, for two people at least who are named for it. */
export const breakGlass = z
  .object({
    from: roleNames,
    quorum: quorum.min(2, 'must be at least 2: two people break the glass').default(2),
    startWithin: startWithin.default('15m'),
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
