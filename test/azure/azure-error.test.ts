import { describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { toAzureError } from '../../src/azure/azure-error.ts';
import { toProblem } from '../../src/azure/execution-report.ts';
import { quoteAzure } from '../../src/azure/quote-azure.ts';

const token = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJhcm0ifQ.c2lnbmF0dXJl';

function restError(statusCode: number | undefined, message: string, code?: string): Error {
  const request = { headers: { authorization: `Bearer ${token}` } };
  const details = { error: { message: `sent with Bearer ${token}` } };
  return Object.assign(new Error(message), {
    name: 'RestError',
    statusCode,
    code,
    request,
    details,
  });
}

describe('an error of Azure', () => {
  test.each<[status: number | undefined, code: string, suggestion: RegExp]>([
    [400, 'azure-experiment-invalid', /chaos\.yaml/],
    [401, 'azure-unauthorized', /AZURE_CLIENT_ID/],
    [403, 'azure-forbidden', /Chaos Studio Experiment Contributor/],
    [404, 'azure-not-found', /AZURE_RESOURCE_GROUP/],
    [409, 'azure-conflict', /portal/],
    [422, 'azure-experiment-invalid', /PodChaos-2\.2/],
    [429, 'azure-throttled', /five minutes/],
    [500, 'azure-unreachable', /AZURE_RESOURCE_MANAGER_URL/],
    [503, 'azure-unreachable', /AZURE_RESOURCE_MANAGER_URL/],
    [undefined, 'azure-unreachable', /NODE_EXTRA_CA_CERTS/],
  ])('with status %s is %s', (status, code, suggestion) => {
    const error = toAzureError(restError(status, 'Something.'), 'start it');
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^Could not start it: .+\.$/);
    expect(error.suggestion).toMatch(suggestion);
  });

  test.each(['CredentialUnavailableError', 'AuthenticationError', 'AggregateAuthenticationError'])(
    'named %s is azure-unauthorized',
    (name) => {
      const error = Object.assign(new Error('No token.'), { name });
      expect(toAzureError(error, 'start it').code).toBe('azure-unauthorized');
    },
  );

  test('says which provider is not registered', () => {
    const error = restError(409, 'Not registered.', 'MissingSubscriptionRegistration');
    expect(toAzureError(error, 'prepare it').suggestion).toContain('Microsoft.Chaos');
  });

  test('carries no token, wherever it stood', () => {
    const error = toAzureError(restError(500, `GET failed, Bearer ${token}; ${token}`), 'read it');
    const shown = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error.cause);
    expect(shown).not.toContain('eyJ');
    expect(shown).toContain('500');
  });

  test('is named even when what was thrown is no error', () => {
    expect(toAzureError(undefined, 'read it').code).toBe('unexpected');
    expect(toAzureError('oops', 'read it').code).toBe('unexpected');
  });
});

const group = '/subscriptions/6b1f1a6e-6f0e-4f43-8c39-6d0f7a2b8c51/resourceGroups/rg-chaos';
const experiment = `${group}/providers/Microsoft.Chaos/experiments/pod-failure`;
const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/chaos-id`;
const cluster = `${group}/providers/Microsoft.ContainerService/managedClusters/aks`;
const client = 'd1f0c7a2-0000-4000-8000-00000000c0de';
const grant = (role: string, scope: string) =>
  `az role assignment create --assignee-object-id ${client} --assignee-principal-type ServicePrincipal --role "${role}" --scope "${scope}"`;
const lacks = (action: string, scope: string) =>
  `The client '11111111-0000-4000-8000-000000000001' with object id '${client}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;

/** Azure's own codes and sentences, and what each must lead to. */
const refusals: readonly [string, number, string, { code: string; suggestion: string }][] = [
  [
    'AuthorizationFailed',
    403,
    lacks('Microsoft.Chaos/experiments/write', experiment),
    {
      code: 'azure-forbidden',
      suggestion: grant('Chaos Studio Experiment Contributor', group),
    },
  ],
  [
    'AuthorizationFailed',
    403,
    lacks(
      'Microsoft.Chaos/targets/read',
      `${cluster}/providers/Microsoft.Chaos/targets/Microsoft-AzureKubernetesServiceChaosMesh`,
    ),
    { code: 'azure-forbidden', suggestion: grant('Chaos Studio Reader', cluster) },
  ],
  [
    'LinkedAuthorizationFailed',
    403,
    `The client '${client}' with object id '${client}' has permission to perform action 'Microsoft.Chaos/experiments/write' on scope '${experiment}'; however, it does not have permission to perform action(s) 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the linked scope(s) '${identity}' (respectively) or the linked scope(s) are invalid.`,
    { code: 'azure-identity-forbidden', suggestion: grant('Managed Identity Operator', identity) },
  ],
  [
    'RequestDisallowedByPolicy',
    403,
    "Resource 'pod-failure' was disallowed by policy. Policy identifiers: 'Allowed locations'.",
    { code: 'azure-policy-denied', suggestion: 'az policy exemption create' },
  ],
  [
    'ScopeLocked',
    409,
    `The scope '${experiment}' cannot perform write operation because following scope(s) are locked: '${group}'. Please remove the lock and try again.`,
    { code: 'azure-locked', suggestion: 'az lock list --resource-group rg-chaos' },
  ],
  [
    'LocationNotAvailableForResourceType',
    400,
    "The provided location 'polandcentral' is not available for resource type 'Microsoft.Chaos/experiments'. List of available regions for the resource type is 'westeurope,eastus'.",
    { code: 'azure-location-unavailable', suggestion: 'az provider show' },
  ],
  [
    'InvalidResourceLocation',
    409,
    "The resource 'pod-failure' already exists in location 'eastus' in resource group 'rg-chaos'. A resource with the same name cannot be created in location 'westeurope'. Please select a new resource name.",
    { code: 'azure-location-conflict', suggestion: 'in chaos.yaml to eastus' },
  ],
  [
    'MissingSubscriptionRegistration',
    409,
    "The subscription is not registered to use namespace 'Microsoft.Chaos'. See https://aka.ms/rps-not-found for how to register subscriptions.",
    {
      code: 'azure-not-registered',
      suggestion: 'az provider register --namespace Microsoft.Chaos --wait',
    },
  ],
  [
    'SubscriptionNotRegistered',
    404,
    "The subscription is not registered to use namespace 'Microsoft.ContainerService'.",
    {
      code: 'azure-not-registered',
      suggestion: 'az provider register --namespace Microsoft.ContainerService --wait',
    },
  ],
  [
    'SubscriptionNotFound',
    404,
    "The subscription '6b1f1a6e-6f0e-4f43-8c39-6d0f7a2b8c51' could not be found.",
    { code: 'azure-not-found', suggestion: 'az account list' },
  ],
  [
    'ResourceGroupNotFound',
    404,
    "Resource group 'rg-chaos' could not be found.",
    { code: 'azure-not-found', suggestion: 'az group list' },
  ],
  [
    'ReadOnlyDisabledSubscription',
    409,
    'The subscription is disabled and therefore marked as read only.',
    { code: 'azure-subscription-disabled', suggestion: 'enable it again' },
  ],
  [
    'InvalidAuthenticationTokenTenant',
    401,
    'The access token is from the wrong issuer.',
    { code: 'azure-unauthorized', suggestion: 'AZURE_TENANT_ID' },
  ],
];

describe('a refusal of Azure Resource Manager', () => {
  test.each(refusals)('%s (%i) has its own next step', (code, status, sentence, expected) => {
    const error = toAzureError(restError(status, sentence, code), 'prepare it');
    expect(error.code).toBe(expected.code);
    expect(error.suggestion).toContain(expected.suggestion);
    expect(error.message).toContain(`Azure answered ${status} ${code}: ${sentence.slice(0, 60)}`);
    expect(error.message.length).toBeLessThan(500);
  });

  test('has a suggestion that no other has', () => {
    const told = refusals.map(
      ([code, status, sentence]) =>
        toAzureError(restError(status, sentence, code), 'prepare it').suggestion,
    );
    expect(new Set(told).size).toBe(refusals.length);
  });

  test('takes no scope into a command that is not an ARM id', () => {
    const evil = lacks('Microsoft.Chaos/experiments/write', '/subscriptions/x; rm -rf ~');
    const { suggestion } = toAzureError(restError(403, evil, 'AuthorizationFailed'), 'prepare it');
    expect(suggestion).not.toContain('rm -rf');
  });

  test('is told from the failed operation, too, when Azure refuses late', () => {
    const [code, , sentence] = refusals[4]!;
    const late = new Error(`The long-running operation has failed. ${code}. ${sentence}`);
    const error = toAzureError(late, 'prepare it');
    expect(error.code).toBe('azure-locked');
    expect(error.message).toContain('Azure answered ScopeLocked: The scope');
  });
});

describe('what Chaos Studio says in words alone', () => {
  test.each([
    ['The target resource(s) could not be resolved.', /RBAC Admin/],
    [
      'Getting static credential is not allowed because this cluster is set to disable local accounts',
      /az aks update --enable-local-accounts/,
    ],
    [
      "chaos-controller-manager pod was not found on the cluster in the expected 'chaos-testing' namespace",
      /helm/,
    ],
    ["Chaos Mesh version '1.2' is not currently supported", /version of Chaos Mesh/],
    ['The fault could not be started because the provided configuration was invalid', /parameters/],
    ['The selector resolved to an empty list of target resources', /PodChaos-2\.2/],
    [
      'The request was canceled due to the configured HttpClient.Timeout of 100 seconds elapsing.',
      /authorized-ip-ranges/,
    ],
  ])('%s', (sentence, suggestion) => {
    expect(toProblem(sentence)).toMatchObject({
      message: sentence,
      suggestion: expect.stringMatching(suggestion),
    });
    const error = toAzureError(restError(400, sentence, 'BadRequest'), 'start it');
    expect(error.suggestion).toMatch(suggestion);
    expect(error.message).toContain('Azure answered 400 BadRequest: ');
  });
});

describe('a quote of Azure', () => {
  const secrets = [
    'https://x.blob.core.windows.net/c?sv=2024&sig=abc%2Fdef123',
    'AccountKey=c2VjcmV0c2VjcmV0;EndpointSuffix=core.windows.net',
    '{"client_secret":"hunter2hunter2"}',
    'x-functions-key: hunter2hunter2',
    'https://f.azurewebsites.net/api?code=hunter2hunter2',
    'postgres://bot:hunter2hunter2@db/x',
    `Bearer ${token}`,
    `${'Ab1/'.repeat(21)}Ab==`,
  ];
  test.each(secrets)('leaves the secret out of %s', (text) => {
    const quoted = quoteAzure(`It refused ${text} and ended`);
    expect(quoted).toContain('[removed]');
    expect(quoted).not.toMatch(/abc%2F|c2VjcmV0|hunter2|eyJ|Ab1\/Ab1/);
  });

  test('keeps what is no secret', () => {
    for (const [, , sentence] of refusals) {
      expect(quoteAzure(sentence)).toBe(
        sentence.length > 300 ? `${sentence.slice(0, 300)}…` : sentence,
      );
    }
  });

  test('is one line of bounded length, and quick, however much Azure says', () => {
    for (const part of ['a', 'sig', '-', 'eyJ.', 'bearer ', '\n', '://', 'key=', "'"])
      expect(quoteAzure(part.repeat(200_000)).length).toBeLessThanOrEqual(301);
    expect(quoteAzure('a\n b')).toBe('a b');
  });
});
