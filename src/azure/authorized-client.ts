import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';

export type AuthorizedRequest = {
  readonly url: string;
  /** Sent as JSON. */
  readonly body?: object;
  readonly signal: AbortSignal;
};

export type AuthorizedAnswer = { readonly status: number; readonly text: string };

/** Posts with tokens of this credential for this scope. Throttling and failures of the other side are tried again, twice and soon: somebody waits. */
export function createAuthorizedPost(credential: TokenCredential, scope: string) {
  return createAuthorizedClient('POST', credential, scope);
}

/** Reads in the same way. */
export function createAuthorizedGet(credential: TokenCredential, scope: string) {
  return createAuthorizedClient('GET', credential, scope);
}

function createAuthorizedClient(
  method: 'GET' | 'POST',
  credential: TokenCredential,
  scope: string,
) {
  const pipeline = createPipelineFromOptions({
    retryOptions: { maxRetries: 2, retryDelayInMs: 300, maxRetryDelayInMs: 2_000 },
  });
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: scope }), {
    phase: 'Sign',
  });
  const client = createDefaultHttpClient();
  return async ({ url, body, signal }: AuthorizedRequest): Promise<AuthorizedAnswer> => {
    const request = createPipelineRequest({
      url,
      method,
      headers: createHttpHeaders({ 'content-type': 'application/json' }),
      ...(body ? { body: JSON.stringify(body) } : {}),
      abortSignal: signal,
    });
    const { status, bodyAsText } = await pipeline.sendRequest(client, request);
    return { status, text: bodyAsText ?? '' };
  };
}
