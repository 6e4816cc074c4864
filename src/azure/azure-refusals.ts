import type { ErrorCode } from '../domain/chaos-error.ts';
import { experimentContributor, toGrantCommand } from './grant-command.ts';

/** What an error code of Azure Resource Manager means here, and what to do about it. */
export type AzureRefusal = {
  readonly code: ErrorCode;
  /** Completes "Could not ...:". */
  readonly what: string;
  /** Takes the names of roles, scopes and namespaces from Azure's message where it has them. */
  readonly suggest: (message: string) => string;
};

/** Finds the meaning of an error code of Azure Resource Manager; undefined for one that only its HTTP status explains. */
export function findAzureRefusal(code: string | undefined): AzureRefusal | undefined {
  return refusals.get((code ?? '').toLowerCase());
}

const notRegistered: AzureRefusal = {
  code: 'azure-not-registered',
  what: 'the subscription is not registered for a resource provider',
  suggest: (message) =>
    `Register it once: \`az provider register --namespace ${find(/namespace '([\w.]+)'/, message) ?? 'Microsoft.Chaos'} --wait\`.`,
};

const refusals: ReadonlyMap<string, AzureRefusal> = new Map(
  Object.entries<AzureRefusal>({
    AuthorizationFailed: {
      code: 'azure-forbidden',
      what: "the bot's identity lacks a permission",
      suggest: suggestRole,
    },
    LinkedAuthorizationFailed: {
      code: 'azure-identity-forbidden',
      what: "the bot's identity may not assign the experiment's user-assigned identity",
      suggest: suggestLinkedRole,
    },
    RequestDisallowedByPolicy: {
      code: 'azure-policy-denied',
      what: 'an Azure Policy of your organisation denies it',
      suggest: () =>
        'Meet the policy (often an allowed location, set by `location` of the cluster in chaos.yaml), or ask its owner for an exemption on the resource group: `az policy exemption create`.',
    },
    ScopeLocked: {
      code: 'azure-locked',
      what: 'a lock on the resource or its resource group prevents it',
      suggest: suggestUnlocking,
    },
    LocationNotAvailableForResourceType: {
      code: 'azure-location-unavailable',
      what: 'Chaos Studio does not offer experiments in this region',
      suggest: () =>
        'Set `location` of the cluster in chaos.yaml to a region that does: `az provider show --namespace Microsoft.Chaos --query "resourceTypes[?resourceType==\'experiments\'].locations" --output tsv`.',
    },
    InvalidResourceLocation: {
      code: 'azure-location-conflict',
      what: 'the experiment exists already, in another region',
      suggest: (message) =>
        `Set \`location\` of the cluster in chaos.yaml to ${find(/exists in location '([\w -]+)'/, message) ?? 'that region'}, or delete the experiment (\`az resource delete --ids RESOURCE_ID\`) and give the new one's identity its roles again.`,
    },
    MissingSubscriptionRegistration: notRegistered,
    SubscriptionNotRegistered: notRegistered,
    SubscriptionNotFound: {
      code: 'azure-not-found',
      what: "the subscription does not exist, or not in the identity's tenant",
      suggest: () =>
        'Set AZURE_SUBSCRIPTION_ID to a subscription that `az account list --output table` shows.',
    },
    ResourceGroupNotFound: {
      code: 'azure-not-found',
      what: 'the resource group does not exist',
      suggest: () =>
        'Set AZURE_RESOURCE_GROUP to a resource group that `az group list --output table` shows.',
    },
    ReadOnlyDisabledSubscription: {
      code: 'azure-subscription-disabled',
      what: 'the subscription is disabled and read-only',
      suggest: () => 'Have its owner enable it again in the Azure portal, under Subscriptions.',
    },
    InvalidAuthenticationTokenTenant: {
      code: 'azure-unauthorized',
      what: "the token is from another tenant than the subscription's",
      suggest: () => 'Set AZURE_TENANT_ID to the tenant that `az account show` names for it.',
    },
  }).map(([code, refusal]) => [code.toLowerCase(), refusal]),
);

const clusterUser = 'Azure Kubernetes Service Cluster User Role';

/** A resource group without what lies in it; a resource without what extends it. */
const resourceGroupId = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i;
const extension = /\/providers\/Microsoft\.Chaos\/(targets|capabilities)\b.*$/is;

/** The narrowest built-in role for the action that Azure names. */
function suggestRole(message: string): string {
  const action = find(/perform action '([\w./]+)'/, message);
  const scope = findScope(message);
  const principalId = findPrincipalId(message);
  const grant = (role: string, on: string | undefined) =>
    `Give it the role: \`${toGrantCommand({ principalId, role, scope: on })}\`. It takes effect after some minutes.`;
  if (action === undefined || /^Microsoft\.Chaos\/experiments\b/i.test(action))
    return action === undefined && scope === undefined
      ? `Give it the role ${experimentContributor} on the resource group that AZURE_RESOURCE_GROUP names.`
      : grant(experimentContributor, scope && (resourceGroupId.exec(scope)?.[0] ?? scope));
  if (/^Microsoft\.Chaos\//i.test(action))
    return grant('Chaos Studio Reader', scope?.replace(extension, ''));
  if (/^Microsoft\.ContainerService\//i.test(action)) return grant(clusterUser, scope);
  if (/\/read$/i.test(action)) return grant('Reader', scope);
  return `Give it a role with the action ${action} on ${scope ?? 'the resource'}.`;
}

function suggestLinkedRole(message: string): string {
  const action = find(/perform action\(s\) '([\w./]+)'/, message);
  const scope = find(/linked scope\(s\) '(\/[\w./()-]+)'/, message);
  if (action !== undefined && !/userAssignedIdentities/i.test(action))
    return `Give the bot's identity a role with the action ${action} on ${scope ?? 'the linked resource'}.`;
  const role = 'Managed Identity Operator';
  const command = toGrantCommand({ principalId: findPrincipalId(message), role, scope });
  return `Give the bot's identity the role ${role} on the experiment's identity (\`experimentIdentityId\` in chaos.yaml): \`${command}\`.`;
}

function suggestUnlocking(message: string): string {
  const locked = find(/are locked: '(\/[\w./()-]+)'/, message);
  const group = locked && find(/\/resourceGroups\/([^/]+)/i, locked);
  const list = `az lock list${group ? ` --resource-group ${group}` : ''} --output table`;
  return `Ask its owner to remove the lock: \`${list}\` shows it, \`az lock delete --ids LOCK_ID\` removes it.`;
}

function findScope(message: string): string | undefined {
  return find(/over scope '(\/[\w./()-]+)'/, message);
}

function findPrincipalId(message: string): string | undefined {
  return find(/object id '([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})'/i, message);
}

function find(pattern: RegExp, text: string): string | undefined {
  return pattern.exec(text)?.[1];
}
