import { ChaosError, type ErrorCode } from '../domain/chaos-error.ts';
import { findAzureProblem, quoteAzure } from './azure-problems.ts';

/** The parts of anything that the SDK throws that we go by. Read from its shape: three packages have an error class each. */
export type AzureFailure = {
  readonly name: string;
  readonly message: string;
  readonly statusCode?: number;
  readonly code?: string;
  /** How long Azure asks us to wait. */
  readonly retryAfterMs?: number;
};

/** Reads what was thrown, whatever it is. */
export function readFailure(thrown: unknown): AzureFailure {
  if (typeof thrown !== 'object' || thrown === null)
    return { name: 'Unknown', message: String(thrown) };
  const { name, message, statusCode, code } = thrown as Readonly<Record<string, unknown>>;
  const retryAfterMs = readRetryAfterMs(thrown);
  return {
    name: typeof name === 'string' ? name : 'Unknown',
    message: typeof message === 'string' ? message : '',
    ...(typeof statusCode === 'number' ? { statusCode } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

type WithHeaders = { response?: { headers?: { get?(name: string): string | undefined } } };

function readRetryAfterMs(thrown: object): number | undefined {
  const text = (thrown as WithHeaders).response?.headers?.get?.('retry-after');
  if (text === undefined) return undefined;
  const seconds = Number(text);
  const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}

const credentialErrors: readonly string[] = [
  'CredentialUnavailableError',
  'AuthenticationError',
  'AggregateAuthenticationError',
  'AuthenticationRequiredError',
];

/** Whether no token was to be had, so that nothing was sent to Azure. */
export function isCredentialFailure({ name }: AzureFailure): boolean {
  return credentialErrors.includes(name);
}

/** Whether the same request may well succeed in a moment. */
export function isTransient(failure: AzureFailure): boolean {
  const { statusCode } = failure;
  if (statusCode !== undefined)
    return statusCode === 408 || statusCode === 429 || statusCode >= 500;
  return isNetworkFailure(failure);
}

/** Whether Azure surely did not take the request: it said no, or never saw it. */
export function isRefusal(failure: AzureFailure): boolean {
  const { statusCode, code } = failure;
  if (statusCode !== undefined) return statusCode >= 400 && statusCode < 500 && statusCode !== 408;
  return isCredentialFailure(failure) || ['ECONNREFUSED', 'ENOTFOUND'].includes(code ?? '');
}

function isNetworkFailure({ name, statusCode }: AzureFailure): boolean {
  return statusCode === undefined && (name === 'RestError' || name === 'AbortError');
}

type Advice = readonly [code: ErrorCode, what: string, suggestion: string];

const unauthorized: Advice = [
  'azure-unauthorized',
  'no credential was accepted',
  'In Azure, turn on the managed identity of the bot (and set AZURE_CLIENT_ID when it is user-assigned); elsewhere sign in with `az login` or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.',
];
const unreachable: Advice = [
  'azure-unreachable',
  'Azure Resource Manager did not answer as it should',
  'Try again in a moment. When it goes on, check AZURE_RESOURCE_MANAGER_URL, the network of the bot, and whether it trusts the certificate (NODE_EXTRA_CA_CERTS).',
];
const conflict: Advice = [
  'azure-conflict',
  'the experiment is running already or was changed by somebody else',
  'Look at the experiment in the portal; when nothing runs, propose it again.',
];

const invalid: Advice = [
  'azure-experiment-invalid',
  'Azure refused the definition',
  "Compare the fault's parameters in chaos.yaml with what PodChaos-2.2 takes.",
];

const adviceByStatus: Readonly<Record<number, Advice>> = {
  400: invalid,
  401: unauthorized,
  403: [
    'azure-forbidden',
    "the bot's identity may not do this",
    'Give it the role Chaos Studio Experiment Contributor on the resource group that AZURE_RESOURCE_GROUP names.',
  ],
  404: [
    'azure-not-found',
    'Azure does not know it',
    'Check AZURE_SUBSCRIPTION_ID and AZURE_RESOURCE_GROUP, and whether somebody deleted the experiment.',
  ],
  409: conflict,
  412: conflict,
  429: [
    'azure-throttled',
    'Azure allows no more requests for now',
    'Wait five minutes, then try again: 20 starts, 100 cancels and 300 reads in five minutes are the limits of a subscription.',
  ],
};

const adviceByCode: Readonly<Record<string, Advice>> = {
  MissingSubscriptionRegistration: [
    'azure-not-found',
    'the subscription does not know Chaos Studio yet',
    'Register its provider: az provider register --namespace Microsoft.Chaos',
  ],
};

/**
 * What failed, for people. `doing` completes "Could not ...". Azure's own words are quoted without secrets; the error of the SDK, which
 * holds the request and its token, goes no further than here.
 */
export function toAzureError(thrown: unknown, doing: string): ChaosError {
  if (thrown instanceof ChaosError) return thrown;
  const failure = readFailure(thrown);
  const [code, what, suggestion] = toAdvice(failure);
  const quoted = [failure.statusCode, failure.code, quoteAzure(failure.message)]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
  return new ChaosError(code, `Could not ${doing}: ${what}.`, {
    suggestion,
    cause: new Error(`${failure.name}: ${quoted}`),
  });
}

function toAdvice(failure: AzureFailure): Advice {
  const { statusCode, message } = failure;
  if (isCredentialFailure(failure)) return unauthorized;
  const problem = findAzureProblem(message);
  if (problem) return [problem.code, quoteAzure(message).replace(/\.$/, ''), problem.suggestion];
  const advice = adviceByCode[failure.code ?? ''] ?? adviceByStatus[statusCode ?? 0];
  if (advice) return advice;
  if (isTransient(failure)) return unreachable;
  if (statusCode !== undefined && statusCode >= 400) return invalid;
  if (/non-TLS|non-https/i.test(message)) return insecure;
  return ['unexpected', 'something failed that has no name here', 'Look into the log of the bot.'];
}

const insecure: Advice = [
  'config-invalid',
  'tokens are never sent without TLS',
  'Let AZURE_RESOURCE_MANAGER_URL begin with https://.',
];
