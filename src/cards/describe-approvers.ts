import {
  findMissing,
  listApprovers,
  type ApprovalRule,
  type Missing,
} from '../domain/approval-rule.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Unreached } from '../domain/reach.ts';
import type { Approver } from '../domain/person.ts';
import type { Run } from '../domain/run.ts';
import { cutText, showInvisible } from '../domain/visible-text.ts';
import { escapeMarkdown, longestName } from './text.ts';

/** Somebody whom Teams notifies: `text` stands in the card, `id` is an Entra object id. */
export type Mention = { readonly text: string; readonly id: string; readonly name: string };

export type MentionLine = { readonly text: string; readonly mentions: readonly Mention[] };

const mostMentions = 5;

/** Who may still decide on a proposal and what for, as a line and the mentions in it. */
export function toApproverLine({ proposal, approvals }: Run): MentionLine {
  const { approvalRule: rule, proposer } = proposal;
  const decided = new Set(approvals.map(({ by }) => by.id));
  const others = listApprovers(rule).filter(({ id }) => id !== proposer.id && !decided.has(id));
  const groups = rule.roles.flatMap((role) => role.groups.map(({ name }) => name));
  const channel = rule.roles.some((role) => role.channelMembers) ? ['members of this channel'] : [];
  if (others.length === 0 && groups.length === 0 && channel.length === 0)
    return {
      text: 'Nobody else may approve it: ask for more approvers in chaos.yaml.',
      mentions: [],
    };
  const { text, mentions } = toMentionLine(others);
  const inGroups = groups.length === 0 ? [] : [`members of ${countNames(groups)}`];
  const who = [...(others.length === 0 ? [] : [text]), ...inGroups, ...channel].join('; ');
  return {
    text: `May approve: ${who}${printMissing(findMissing(rule, approvals), rule)}`,
    mentions,
  };
}

/** Says that no approver sees a proposal where it stands, and whom to ask. */
export function explainUnreached(
  { approvalRule: rule, proposer }: Proposal,
  unreached: Unreached,
): string {
  const people = listApprovers(rule).filter(({ id }) => id !== proposer.id);
  const groups = rule.roles.flatMap((role) => role.groups.map(({ name }) => name));
  const names = [...people, ...groups.map((name) => ({ name: `somebody of ${name}` }))]
    .slice(0, mostMentions)
    .map(({ name }) => name);
  const whom = names.length === 0 ? 'an approver' : names.join(' or ');
  return unreached === 'personal-chat'
    ? `Nobody else sees this personal chat, so nobody can approve here. Propose the run in a channel or group chat with ${whom}.`
    : `No approver is a member of this conversation. Add ${whom}, or propose the run where they are members.`;
}

/** `. Needed: 2 more people, of service owner and on-call`; nothing where any one of one role is enough. */
function printMissing(missing: Missing | undefined, { roles, quorum }: ApprovalRule): string {
  if (!missing || (roles.length === 1 && quorum === 1)) return '';
  const people = missing.people === 1 ? 'one more person' : `${missing.people} more people`;
  const named = countNames(missing.roles, ' and ');
  return `. Needed: ${people}${roles.length > 1 && named !== '' ? `, for ${named}` : ''}`;
}

const mostNames = 5;

/** The first few names, and how many more there are. */
function countNames(names: readonly string[], between = ', '): string {
  const shown = names.slice(0, mostNames).map((name) => escapeMarkdown(name, longestName));
  const more = names.length - shown.length;
  return `${shown.join(between)}${more > 0 ? ` and ${more} more` : ''}`;
}

/** People with commas between them, the first few mentioned and the rest counted. */
export function toMentionLine(people: readonly Approver[]): MentionLine {
  const mentions = people.slice(0, mostMentions).map(toMention);
  const more = people.length - mentions.length;
  const names = mentions.map(({ text }) => text).join(', ');
  return { text: `${names}${more > 0 ? ` and ${more} more` : ''}`, mentions };
}

/** Angle brackets would end the mention. What Teams shows of it is not Markdown. */
function toMention({ id, name }: Approver): Mention {
  const visible = cutText(showInvisible(name), longestName).replaceAll('{{', '{ {');
  const shown = visible.replaceAll(/[<>&]/g, '').trim() || 'Somebody';
  return { text: `<at>${shown}</at>`, id, name: shown };
}
