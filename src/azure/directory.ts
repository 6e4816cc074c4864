import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { ChaosError } from '../domain/chaos-error.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Membership } from '../runs/ports.ts';

export type DirectoryOptions = {
  /** `https://graph.microsoft.com`, or any endpoint that speaks Microsoft Graph; https only. */
  readonly graphUrl: string;
  readonly credential: TokenCredential;
};

const scope = 'https://graph.microsoft.com/.default';
/** Microsoft Graph takes no more in one call. */
const mostGroups = 20;
/** Somebody waits for an answer to their click. */
const timeLimitMs = 8_000;

/**
 * Asks Microsoft Graph who is in which group (`checkMemberGroups`, which follows groups in groups). Nothing is remembered: whoever has left a group this
 * minute must not approve in the next.
 */
export function createDirectory({ graphUrl, credential }: DirectoryOptions): Membership {
  const pipeline = createPipelineFromOptions({
    retryOptions: { maxRetries: 2, retryDelayInMs: 300, maxRetryDelayInMs: 2_000 },
  });
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: scope }), {
    phase: 'Sign',
  });
  const client = createDefaultHttpClient();
  const base = graphUrl.replace(/\/+$/, '');

  const check = async (person: Person, groupIds: readonly ObjectId[], signal: AbortSignal) => {
    const request = createPipelineRequest({
      url: `${base}/v1.0/users/${encodeURIComponent(person.id)}/checkMemberGroups`,
      method: 'POST',
      headers: createHttpHeaders({ 'content-type': 'application/json' }),
      body: JSON.stringify({ groupIds }),
      abortSignal: signal,
    });
    const { status, bodyAsText } = await pipeline.sendRequest(client, request);
    return readGroups(status, bodyAsText);
  };

  return {
    async memberOf(person, groupIds) {
      const signal = AbortSignal.timeout(timeLimitMs);
      const batches = Array.from({ length: Math.ceil(groupIds.length / mostGroups) }, (_, index) =>
        groupIds.slice(index * mostGroups, (index + 1) * mostGroups),
      );
      try {
        const found = await Promise.all(batches.map((batch) => check(person, batch, signal)));
        return found.flat().filter((id) => groupIds.includes(id));
      } catch (cause) {
        throw cause instanceof ChaosError ? cause : unknown('It did not answer.', cause);
      }
    },
  };
}

function readGroups(status: number, text: string | null | undefined): ObjectId[] {
  if (status === 403) throw unknown('The bot may not read group memberships.', `status ${status}`);
  if (status === 404) throw unknown('It does not know this person.', `status ${status}`);
  if (status !== 200) throw unknown(`It answered ${status}.`, `status ${status}`);
  const { value } = parse(text) as { value?: unknown };
  if (!Array.isArray(value)) throw unknown('Its answer could not be read.', text);
  return value.filter((id) => typeof id === 'string').map((id) => id.toLowerCase() as ObjectId);
}

function parse(text: string | null | undefined): object {
  try {
    return (JSON.parse(text ?? '') as object | null) ?? {};
  } catch {
    return {};
  }
}

function unknown(why: string, cause: unknown): ChaosError {
  return new ChaosError(
    'membership-unknown',
    `Microsoft Graph could not say whether you are in a group that may approve, so nothing was decided. ${why}`,
    {
      suggestion:
        'Try again in a moment. If it goes on, the bot needs GroupMember.Read.All in Entra, or somebody who is named in chaos.yaml approves.',
      cause,
    },
  );
}
