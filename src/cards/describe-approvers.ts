import type { Run } from '../domain/run.ts';

/** Somebody whom Teams notifies: `text` stands in the card, `id` is an Entra object id. */
export type Mention = { readonly text: string; readonly id: string; readonly name: string };

const mostMentions = 5;

/** Who may decide on a proposal, as a line and the mentions in it. */
export function toApproverLine({ proposal }: Run): { text: string; mentions: readonly Mention[] } {
  const others = proposal.approvers.filter(({ id }) => id !== proposal.proposer.id);
  const mentions = others.slice(0, mostMentions).map(({ id, name }) => toMention(id, name));
  const more = others.length - mentions.length;
  if (mentions.length === 0)
    return { text: 'Nobody may approve it: the only approver proposed it.', mentions };
  const names = mentions.map(({ text }) => text).join(', ');
  return { text: `May approve: ${names}${more > 0 ? ` and ${more} more` : ''}`, mentions };
}

/** Angle brackets would end the mention. */
function toMention(id: string, name: string): Mention {
  const shown = name.replaceAll(/[<>&]/g, '').trim() || 'Approver';
  return { text: `<at>${shown}</at>`, id, name: shown };
}
