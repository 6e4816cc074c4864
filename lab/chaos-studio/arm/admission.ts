import { sameText, type Place } from '../place.ts';
import { ArmError, badRequest } from './arm-error.ts';
import { apiVersion } from './arm-message.ts';

/** Whether the token of the request is one that Azure Resource Manager takes. Throws the 401 of Azure when not. */
export function requireToken(
  authorization: string | undefined,
  verifyToken: (token: string) => boolean,
): void {
  if (!authorization) {
    throw unauthorized(
      'AuthenticationFailed',
      "Authentication failed. The 'Authorization' header is missing.",
    );
  }
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  if (token === undefined) {
    throw unauthorized(
      'AuthenticationFailedInvalidHeader',
      "Authentication failed. The 'Authorization' header is provided in an invalid format.",
    );
  }
  if (verifyToken(token)) return;
  throw unauthorized(
    'InvalidAuthenticationToken',
    'The access token is invalid: its signature, audience or lifetime is not accepted.',
  );
}

function unauthorized(code: string, message: string): ArmError {
  return new ArmError(401, code, message, {
    'www-authenticate': `Bearer authorization_uri="https://login.microsoftonline.com/", error="invalid_token", error_description="${message}"`,
  });
}

/** Throws a 400 for a missing, malformed or unknown version. */
export function requireApiVersion(query: URLSearchParams): void {
  const given = query.get('api-version');
  if (!given) {
    throw badRequest(
      'The api-version query parameter (?api-version=) is required for all requests.',
      'MissingApiVersionParameter',
    );
  }
  if (!/^\d{4}-\d{2}-\d{2}(-[a-z]+)?$/i.test(given)) {
    throw badRequest(
      `The api-version '${given}' is invalid. The supported versions are '${apiVersion}'.`,
      'InvalidApiVersionParameter',
    );
  }
  if (sameText(given, apiVersion)) return;
  throw badRequest(
    `No registered resource provider found for API version '${given}' for the namespace 'Microsoft.Chaos'. The supported api-versions are '${apiVersion}'.`,
    'NoRegisteredProviderFound',
  );
}

const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Throws a 404 for a subscription or a resource group that is not ours. */
export function requirePlace(path: string, place: Place): void {
  const [, subscriptionId, resourceGroup] =
    /^\/subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+))?/i.exec(path) ?? [];
  if (subscriptionId !== undefined) requireSubscription(subscriptionId, place);
  if (resourceGroup !== undefined && !sameText(resourceGroup, place.resourceGroup)) {
    throw new ArmError(
      404,
      'ResourceGroupNotFound',
      `Resource group '${resourceGroup}' could not be found.`,
    );
  }
}

function requireSubscription(subscriptionId: string, place: Place): void {
  if (!guid.test(subscriptionId)) {
    throw badRequest(
      `The provided subscription identifier '${subscriptionId}' is malformed or invalid.`,
      'InvalidSubscriptionId',
    );
  }
  if (sameText(subscriptionId, place.subscriptionId)) return;
  throw new ArmError(
    404,
    'SubscriptionNotFound',
    `The subscription '${subscriptionId}' could not be found.`,
  );
}
