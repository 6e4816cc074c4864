import { z } from 'zod';
import { ownRules } from './policy-schema.ts';
import { guid, label } from './units.ts';
import { quote } from './word-issue.ts';

type ResourceKind = { readonly type: string; readonly what: string };

/** An ARM id: `/subscriptions/GUID/resourceGroups/NAME/providers/TYPE/NAME`. */
function resourceId({ type, what }: ResourceKind) {
  const example = `/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/${type}/NAME`;
  const pattern = new RegExp(
    `^/subscriptions/([^/\\s]+)/resourceGroups/[^/\\s]+/providers/${type.replaceAll('.', '\\.')}/[^/\\s]+$`,
    'i',
  );
  return z.string().superRefine((text, context) => {
    const [, subscription] = pattern.exec(text) ?? [];
    const say = (message: string) => context.addIssue({ code: z.ZodIssueCode.custom, message });
    if (subscription === undefined)
      return say(`${quote(text)} is not the ARM id of ${what}, ${example}`);
    if (!guid().test(subscription))
      say(`names the subscription ${quote(subscription)}, which is not a GUID`);
  });
}

const location = z.string().superRefine((text, context) => {
  if (/^[a-z][a-z0-9]*$/i.test(text)) return;
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const hint = plain === '' ? 'such as westeurope' : `write ${plain}`;
  const message = `${quote(text)} is not the name of an Azure region; ${hint}`;
  context.addIssue({ code: z.ZodIssueCode.custom, message });
});

export const cluster = z
  .object({
    resourceId: resourceId({
      type: 'Microsoft.ContainerService/managedClusters',
      what: 'a managed cluster',
    }),
    location,
    context: label.optional(),
    connect: z.literal('azure').optional(),
    experimentIdentityId: resourceId({
      type: 'Microsoft.ManagedIdentity/userAssignedIdentities',
      what: 'a user-assigned identity',
    }).optional(),
    ...ownRules,
  })
  .strict()
  .superRefine(({ context: named, connect }, context) => {
    if (named === undefined || connect === undefined) return;
    const message = 'has no effect with `connect: azure`, which needs no kubeconfig; delete one';
    context.addIssue({ code: z.ZodIssueCode.custom, path: ['context'], message });
  });

export type ReadCluster = z.output<typeof cluster>;
