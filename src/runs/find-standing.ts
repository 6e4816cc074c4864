import { listGroupIds, type ApproverRole, type Standing } from '../domain/approval-rule.ts';
import type { Person } from '../domain/person.ts';
import type { Origin } from '../domain/run-event.ts';
import type { Membership, Roster } from './ports/membership.ts';

export type StandingDeps = { readonly membership: Membership; readonly roster: Roster };

/**
 * What somebody stands for now, as far as these roles ask for it: directory and conversation are asked only where a role names them. Rejects with
 * `membership-unknown` when they do not say.
 */
export async function findStanding(
  by: Person,
  { roles, origin }: { readonly roles: readonly ApproverRole[]; readonly origin?: Origin },
  { membership, roster }: StandingDeps,
): Promise<Standing> {
  const groupIds = listGroupIds({ roles });
  const asksChannel = origin !== undefined && roles.some((role) => role.channelMembers);
  const [memberOf, inChannel] = await Promise.all([
    groupIds.length === 0 ? [] : membership.memberOf(by, groupIds),
    asksChannel ? roster.isMember(origin, by) : undefined,
  ]);
  return { by, memberOf, ...(inChannel === undefined ? {} : { inChannel }) };
}
