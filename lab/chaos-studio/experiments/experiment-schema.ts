import { z } from 'zod';
import { parseIsoDuration } from '../engine/iso-duration.ts';

const longestMs = 12 * 3_600_000;
const name = z.string().min(1);
const urn = z.string().max(2_048).startsWith('urn:csci:');

const duration = z.string().superRefine((text, context) => {
  const durationMs = parseIsoDuration(text);
  const refuse = (message: string) => context.addIssue({ code: 'custom', message });
  if (durationMs === undefined) refuse(`'${text}' is not an ISO 8601 duration`);
  else if (durationMs <= 0) refuse(`the duration '${text}' must be longer than zero`);
  else if (durationMs > longestMs) refuse(`the duration '${text}' exceeds the limit of 12 hours`);
});

const parameters = z.array(z.object({ key: z.string().min(1), value: z.string().min(1) }).strict());

const action = z.discriminatedUnion('type', [
  z.object({ type: z.literal('delay'), name: urn, duration }).strict(),
  z.object({ type: z.literal('discrete'), name: urn, parameters, selectorId: name }).strict(),
  z
    .object({ type: z.literal('continuous'), name: urn, duration, parameters, selectorId: name })
    .strict(),
]);

const branch = z.object({ name, actions: z.array(action).min(1).max(9) }).strict();
const step = z.object({ name, branches: z.array(branch).min(1).max(9) }).strict();

const guid = '[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}';
const targetId = new RegExp(
  String.raw`^/subscriptions/${guid}/resourceGroups/[\w\-.()]*[\w\-()]/providers/[a-z0-9]+\.[a-z0-9]+/[\w\-.]+/[\w\-.]+/providers/Microsoft\.Chaos/targets/[\w\-.]+$`,
  'i',
);

const filter = z
  .object({
    type: z.literal('Simple'),
    parameters: z
      .object({ zones: z.array(z.string()).optional() })
      .strict()
      .optional(),
  })
  .strict();

const selector = z.discriminatedUnion('type', [
  z
    .object({
      type: z.literal('List'),
      id: name,
      targets: z
        .array(
          z
            .object({
              type: z.literal('ChaosTarget'),
              id: z.string().regex(targetId, 'is not the resource id of a target'),
            })
            .strict(),
        )
        .min(1)
        .max(50),
      filter: filter.optional(),
    })
    .strict(),
  z
    .object({
      type: z.literal('Query'),
      id: name,
      queryString: z.string().min(1),
      subscriptionIds: z.array(z.string()).min(1),
      filter: filter.optional(),
    })
    .strict(),
]);

const userAssignedIdentity = new RegExp(
  String.raw`^/subscriptions/${guid}/resourceGroups/[^/]+/providers/Microsoft\.ManagedIdentity/userAssignedIdentities/[^/]+$`,
  'i',
);

/** Without one an experiment could touch no resource; the three kinds are those of the API. */
const identitySchema = z
  .object({
    type: z.enum(['None', 'SystemAssigned', 'UserAssigned']),
    userAssignedIdentities: z
      .record(
        z.string().regex(userAssignedIdentity, 'is not a user-assigned identity'),
        z.unknown(),
      )
      .optional(),
    // Both are read-only: a client that writes back what it has read sends them.
    principalId: z.string().nullish(),
    tenantId: z.string().nullish(),
  })
  .strict()
  .superRefine(({ type, userAssignedIdentities = {} }, context) => {
    const count = Object.keys(userAssignedIdentities).length;
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (type === 'UserAssigned' && count !== 1) {
      refuse('an experiment has exactly one user-assigned identity');
    }
    if (type !== 'UserAssigned' && count > 0) {
      refuse(`userAssignedIdentities are not allowed with the type ${type}`);
    }
  });

const tags = z.record(z.string().max(512), z.string().max(256));

export const experimentSchema = z.object({
  location: z.string().min(1),
  tags: tags.nullish(),
  identity: identitySchema,
  properties: z
    .object({
      provisioningState: z.string().optional(),
      steps: z.array(step).min(1).max(4),
      selectors: z.array(selector).min(1),
    })
    .strict(),
});

export const experimentUpdateSchema = z
  .object({ identity: identitySchema.optional(), tags: tags.optional() })
  .strict();

export type ExperimentBody = z.infer<typeof experimentSchema>;
export type Identity = ExperimentBody['identity'];
export type Step = ExperimentBody['properties']['steps'][number];
export type Action = Step['branches'][number]['actions'][number];
export type Selector = ExperimentBody['properties']['selectors'][number];
