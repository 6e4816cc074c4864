import type { TokenCredential } from '@azure/identity';
import { ChaosError } from '../domain/chaos-error.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Membership } from '../runs/ports/membership.ts';
import { createAuthorizedPost } from './authorized-client.ts';

export type DirectoryOptions = {
  /** `https://graph.microsoft.com`, or any endpoint that speaks Microsoft Graph; https only. */
  readonly graphUrl: string;
  readonly credential: TokenCredential;
};

export const graphScope = 'https://graph.microsoft.com/.default';
/** Microsoft Graph takes no more in one call. */
const mostGroups = 20;
/** Somebody waits for an answer to their click. */
const timeLimitMs = 8_000;

/**
 * Asks Microsoft Graph who is in which group (`checkMemberGroups`, which follows groups in groups). Nothing is remembered: whoever has left a group this
 * minute must not approve in the next.
 */
export function createDirectory({ graphUrl, credential }: DirectoryOptions): Membership {
  const post = createAuthorizedPost(credential, graphScope);
  const base = graphUrl.replace(/(?<!\/)\/+$/, '');

  const check = async (person: Person, groupIds: readonly ObjectId[], signal: AbortSignal) => {
    const url = `${base}/v1.0/users/${encodeURIComponent(person.id)}/checkMemberGroups`;
    const { status, text } = await post({ url, body: { groupIds }, signal });
    return readGroups(status, text);
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

function readGroups(status: number, text: string): ObjectId[] {
  if (status === 403) throw unknown('The bot may not read group memberships.', `status ${status}`);
  if (status === 404) throw unknown('It does not know this person.', `status ${status}`);
  if (status !== 200) throw unknown(`It answered ${status}.`, `status ${status}`);
  const { value } = parse(text) as { value?: unknown };
  if (!Array.isArray(value)) throw unknown('Its answer could not be read.', text);
  return value.filter((id) => typeof id === 'string').map((id) => id.toLowerCase() as ObjectId);
}

function parse(text: string): object {
  try {
    return (JSON.parse(text) as object | null) ?? {};
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
