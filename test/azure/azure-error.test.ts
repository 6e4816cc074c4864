import { describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { toAzureError } from '../../src/azure/azure-error.ts';
import { toExecution, toExecutionState } from '../../src/azure/executions.ts';
import { findReason, toProblem } from '../../src/azure/execution-report.ts';

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

describe('a failed execution', () => {
  test.each<[message: string, suggestion: RegExp]>([
    [
      'The target resource(s) could not be resolved. Please verify the managed identity.',
      /RBAC Admin/,
    ],
    [
      'Getting static credential is not allowed because this cluster is set to disable local accounts.',
      /local accounts/,
    ],
    [
      "The chaos-controller-manager pod was not found in the AKS cluster in the expected 'chaos-testing' namespace.",
      /helm/,
    ],
    ["Chaos Mesh version '1.2.3' is not currently supported.", /version of Chaos Mesh/],
    [
      'The fault could not be started because the provided configuration was invalid: missing stressors',
      /chaos\.yaml/,
    ],
    ['The selector resolved to an empty list of target resources.', /Enable the cluster/],
    ['Quantum foam.', /portal/],
  ])('"%s" comes with what to do', (message, suggestion) => {
    expect(toProblem(message)).toEqual({
      message,
      suggestion: expect.stringMatching(suggestion),
    });
  });

  test('has the reason of the target before that of the whole', () => {
    const failed = (message?: string) => ({
      failureReason: 'An action failed.',
      runInformation: {
        steps: [
          {
            branches: [
              { actions: [{ targets: [{ error: {} }, { error: message ? { message } : {} }] }] },
            ],
          },
        ],
      },
    });
    expect(findReason(failed('No identity.'))).toBe('No identity.');
    expect(findReason(failed())).toBe('An action failed.');
    expect(findReason({})).toBeUndefined();
  });
});

test.each([
  ['PreProcessingQueued', 'preparing'],
  ['PreProcessing', 'preparing'],
  ['WaitingToStart', 'preparing'],
  ['Running', 'running'],
  ['Success', 'succeeded'],
  ['Cancelled', 'cancelled'],
  ['Failed', 'failed'],
  ['Cancelling', 'running'],
  ['SomethingNew', 'running'],
  [undefined, 'running'],
])('an execution that is %s counts as %s', (status, state) => {
  expect(toExecutionState(status)).toBe(state);
});

test('an execution has no times where Azure has none', () => {
  const never = new Date('0001-01-01T00:00:00Z');
  const id = '/subscriptions/s/executions/4BD1B3A2-0000-4000-8000-000000000001';
  expect(toExecution({ id, status: 'Running', startedAt: new Date(5), stoppedAt: never })).toEqual({
    id: '4BD1B3A2-0000-4000-8000-000000000001',
    status: 'Running',
    state: 'running',
    startedAt: 5,
  });
});
