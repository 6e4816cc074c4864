import { describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { toAzureError } from '../../src/azure/azure-error.ts';

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
