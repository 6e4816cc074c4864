import type { DirectoryGroup } from '../domain/approval-rule.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import { createAuthorizedGet, createAuthorizedPost } from './authorized-client.ts';
import { graphScope, type DirectoryOptions } from './directory.ts';

const timeLimitMs = 9_000;
/** Nobody has it: a lookup of its groups shows whether lookups are permitted. */
const nobody = '00000000-0000-0000-0000-000000000000';
/** GroupMember.Read.All, as an application's permission. */
const appRoleId = '98830695-27a2-44f7-8c18-0c3ebc9698f6';

/** Rejects when Microsoft Graph does not know one of the groups, or would not say who is in them. Only reads. */
export async function checkDirectory(
  groups: readonly DirectoryGroup[],
  { graphUrl, credential }: DirectoryOptions,
): Promise<void> {
  const base = `${graphUrl.replace(/(?<!\/)\/+$/, '')}/v1.0`;
  const signal = AbortSignal.timeout(timeLimitMs);
  const get = createAuthorizedGet(credential, graphScope);
  const post = createAuthorizedPost(credential, graphScope);
  const groupIds = groups.map(({ id }) => id).slice(0, 20);
  const looks = [
    post({ url: `${base}/users/${nobody}/checkMemberGroups`, body: { groupIds }, signal }).then(
      ({ status }) => requireStatus(status, [200, 404]),
    ),
    ...groups.map(async (group) => {
      const { status } = await get({ url: `${base}/groups/${group.id}?$select=id`, signal });
      if (status === 404) throw unknownGroup(group);
      requireStatus(status, [200]);
    }),
  ];
  await Promise.all(looks).catch((error: unknown) => {
    throw error instanceof ChaosError ? error : unreachable(error);
  });
}

function requireStatus(status: number, expected: readonly number[]): void {
  if (expected.includes(status)) return;
  if (status === 401 || status === 403) throw forbidden(status);
  throw unreachable(`status ${status}`);
}

function forbidden(status: number): ChaosError {
  return new ChaosError(
    'membership-unknown',
    `Microsoft Graph does not tell the bot who is in a group (${status}).`,
    {
      suggestion: `Give the bot's identity GroupMember.Read.All: \`az rest --method post --url "https://graph.microsoft.com/v1.0/servicePrincipals/PRINCIPAL_ID/appRoleAssignments" --body '{"principalId":"PRINCIPAL_ID","resourceId":"'$(az ad sp show --id 00000003-0000-0000-c000-000000000000 --query id --output tsv)'","appRoleId":"${appRoleId}"}'\`.`,
    },
  );
}

function unknownGroup({ name, id }: DirectoryGroup): ChaosError {
  return new ChaosError('membership-unknown', `Microsoft Graph does not know the group ${name}.`, {
    suggestion: `Correct its id (${id}) in chaos.yaml: \`az ad group show --group "${name}" --query id\`.`,
  });
}

function unreachable(cause: unknown): ChaosError {
  return new ChaosError('membership-unknown', 'Microsoft Graph does not answer as expected.', {
    suggestion: 'Check MICROSOFT_GRAPH_URL, the network of the bot, and its identity.',
    cause,
  });
}
