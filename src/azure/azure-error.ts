import { ChaosError, type ErrorCode } from '../domain/chaos-error.ts';
import { findAzureProblem } from './azure-problems.ts';
import { findAzureRefusal } from './azure-refusals.ts';
import { experimentContributor } from './grant-command.ts';
import { quoteAzure } from './quote-azure.ts';

/** The parts of anything that the SDK throws that we go by. Read from its shape: three packages have an error class each. */
export type AzureFailure = {
  readonly name: string;
  readonly message: string;
  readonly statusCode?: number;
  readonly code?: string;
  /** Azure took the request, and reported later that its operation failed. */
  readonly operationFailed?: true;
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
    ...(typeof statusCode === 'number' ? { statusCode } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    ...readMessage(typeof message === 'string' ? message : ''),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** What the SDK makes of a long-running operation that Azure reports as failed. */
const failedOperation = /^The long-running operation has failed(?:\. (\w+)\. (.*))?$/s;

function readMessage(text: string): Pick<AzureFailure, 'message' | 'code' | 'operationFailed'> {
  const failed = failedOperation.exec(text);
  if (!failed) return { message: text };
  const [, code, message = ''] = failed;
  return { message, operationFailed: true, ...(code === undefined ? {} : { code }) };
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
function isCredentialFailure({ name }: AzureFailure): boolean {
  return credentialErrors.includes(name);
}

/** Whether the same request may well succeed in a moment. */
export function isTransient(failure: AzureFailure): boolean {
  const { statusCode } = failure;
  if (isNetworkFailure(failure)) return true;
  return (
    statusCode === 408 || statusCode === 429 || (statusCode !== undefined && statusCode >= 500)
  );
}

/** Whether Azure surely did not take the request: it said no, or never saw it. */
export function isRefusal(failure: AzureFailure): boolean {
  const { statusCode, code } = failure;
  if (statusCode !== undefined) return statusCode >= 400 && statusCode < 500 && statusCode !== 408;
  return isCredentialFailure(failure) || ['ECONNREFUSED', 'ENOTFOUND'].includes(code ?? '');
}

/** Also an answer of success that is no JSON: something between here and Azure wrote it. */
function isNetworkFailure({ name, statusCode, code }: AzureFailure): boolean {
  if (code === 'PARSE_ERROR') return (statusCode ?? 0) < 400;
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
  'Azure Resource Manager did not answer as expected',
  'Try again in a moment. If it keeps failing, check AZURE_RESOURCE_MANAGER_URL, the network of the bot, and whether it trusts the certificate (NODE_EXTRA_CA_CERTS).',
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
const insecure: Advice = [
  'config-invalid',
  'tokens are never sent without TLS',
  'Let AZURE_RESOURCE_MANAGER_URL begin with https://.',
];
const unexpected: Advice = [
  'unexpected',
  'an unexpected error occurred',
  "Look for the cause in the bot's log.",
];

const adviceByStatus: ReadonlyMap<number | undefined, Advice> = new Map([
  [400, invalid],
  [401, unauthorized],
  [
    403,
    [
      'azure-forbidden',
      "the bot's identity may not do this",
      `Give it the role ${experimentContributor} on the resource group that AZURE_RESOURCE_GROUP names.`,
    ],
  ],
  [
    404,
    [
      'azure-not-found',
      'Azure does not know it',
      'Check AZURE_SUBSCRIPTION_ID and AZURE_RESOURCE_GROUP, and whether somebody deleted the experiment.',
    ],
  ],
  [409, conflict],
  [412, conflict],
  [
    429,
    [
      'azure-throttled',
      'Azure allows no more requests for now',
      'Wait five minutes, then try again: 20 starts, 100 cancels and 300 reads in five minutes are the limits of a subscription.',
    ],
  ],
]);

/**
 * Returns the error to show to people. `doing` completes "Could not ...". Azure's status, code and sentence are quoted without secrets;
 * the error of the SDK, which holds the request and its token, is dropped.
 */
export function toAzureError(thrown: unknown, doing: string): ChaosError {
  if (thrown instanceof ChaosError) return thrown;
  const failure = readFailure(thrown);
  const [code, what, suggestion] = toAdvice(failure);
  const { statusCode, code: azureCode, message } = failure;
  const quoted = [statusCode, azureCode, quoteAzure(message)].filter(Boolean).join(' ');
  return new ChaosError(code, `Could not ${doing}: ${what}.${quoteAnswer(failure)}`, {
    suggestion,
    cause: new Error(`${failure.name}: ${quoted}`),
  });
}

/** Azure's own words; nothing when Azure did not answer. */
function quoteAnswer(failure: AzureFailure): string {
  const { statusCode, code, operationFailed, message } = failure;
  if (isCredentialFailure(failure)) return quoteSignIn(message);
  if (code === 'PARSE_ERROR' || (statusCode === undefined && !operationFailed)) return '';
  const named = [statusCode, code].filter(Boolean).join(' ');
  const sentence = quoteAzure(message).replace(/\.$/, '');
  return ` Azure answered${named && ` ${named}`}${sentence && `: ${sentence}`}.`;
}

/** Entra numbers its refusals, and the first sentence after the number says what is wrong. */
function quoteSignIn(message: string): string {
  const found = /AADSTS\d+: [^.\n]{1,200}/.exec(message)?.[0];
  return found === undefined ? '' : ` Entra answered: ${quoteAzure(found)}.`;
}

function toAdvice(failure: AzureFailure): Advice {
  const { statusCode, code, message, operationFailed } = failure;
  if (isCredentialFailure(failure)) return unauthorized;
  const refusal = findAzureRefusal(code);
  if (refusal) return [refusal.code, refusal.what, refusal.suggest(message.slice(0, 4_000))];
  const problem = findAzureProblem(message);
  if (problem) return [problem.code, problem.what, problem.suggestion];
  const advice = adviceByStatus.get(statusCode);
  if (advice) return advice;
  if (isTransient(failure)) return unreachable;
  if (operationFailed || (statusCode !== undefined && statusCode >= 400)) return invalid;
  return /non-TLS|non-https/i.test(message) ? insecure : unexpected;
}
