import type { Approver } from '../domain/person.ts';
import type { Run } from '../domain/run.ts';

/** Somebody whom Teams notifies: `text` stands in the card, `id` is an Entra object id. */
export type Mention = { readonly text: string; readonly id: string; readonly name: string };

export type MentionLine = { readonly text: string; readonly mentions: readonly Mention[] };

const mostMentions = 5;

/** Who may decide on a proposal, as a line and the mentions in it. */
export function toApproverLine({ proposal }: Run): MentionLine {
  const others = proposal.approvers.filter(({ id }) => id !== proposal.proposer.id);
  if (others.length === 0)
    return { text: 'Nobody may approve it: the only approver proposed it.', mentions: [] };
  const { text, mentions } = toMentionLine(others);
  return { text: `May approve: ${text}`, mentions };
}

/** People with commas between them, the first few mentioned and the rest counted. */
export function toMentionLine(people: readonly Approver[]): MentionLine {
  const mentions = people.slice(0, mostMentions).map(toMention);
  const more = people.length - mentions.length;
  const names = mentions.map(({ text }) => text).join(', ');
  return { text: `${names}${more > 0 ? ` and ${more} more` : ''}`, mentions };
}

/** Angle brackets would end the mention. */
function toMention({ id, name }: Approver): Mention {
  const shown = name.replaceAll(/[<>&]/g, '').trim() || 'Somebody';
  return { text: `<at>${shown}</at>`, id, name: shown };
}
