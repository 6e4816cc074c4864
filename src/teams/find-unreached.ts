import type { ConversationReference, TurnContext } from 'botbuilder';
import { listApprovers } from '../domain/approval-rule.ts';
import type { Unreached } from '../domain/reach.ts';
import type { Origin } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import type { Members } from './members.ts';

/** Whether only one person is in the conversation. */
export function isPersonal({ reference }: Origin): boolean {
  const { conversation } = reference as Partial<ConversationReference>;
  return conversation?.conversationType === 'personal';
}

/**
 * Why no approver sees the card of a proposal, as far as it is known after the members were looked up. Members of groups are not known by name: where a
 * group or the channel may approve, only a personal chat is told.
 */
export function findUnreached(
  { proposal, origin }: Run,
  context: TurnContext,
  members: Members,
): Unreached | undefined {
  if (isPersonal(origin)) return 'personal-chat';
  const { approvalRule, proposer } = proposal;
  const isByName = approvalRule.roles.every(
    ({ groups, channelMembers }) => groups.length === 0 && channelMembers !== true,
  );
  const others = listApprovers(approvalRule).filter(({ id }) => id !== proposer.id);
  const ids = others.map(({ id }) => id);
  return isByName && ids.length > 0 && members.areAbsent(context, ids) ? 'no-member' : undefined;
}
