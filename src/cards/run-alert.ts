import type { Run } from '../domain/run.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import template from './alert-card.json' with { type: 'json' };
import { toMentionLine } from './describe-approvers.ts';
import { toMarks } from './describe-marks.ts';
import { escapeMarkdown, longestName } from './text.ts';

/** What proposer and approvers of a run have to notice. `why` and `next` are Markdown, already escaped. */
export type RunAlert = {
  readonly style: string;
  readonly headline: string;
  readonly speak: string;
  readonly why: string;
  /** What to do: it goes on after their names. */
  readonly next: string;
  readonly links?: readonly { readonly title: string; readonly url: string }[];
};

/** A post of its own that mentions proposer and approvers. */
export function renderRunAlert(
  { id, proposal, approvals }: Run,
  { next, links = [], ...alert }: RunAlert,
): AdaptiveCard {
  const { text, mentions } = toMentionLine([proposal.proposer, ...approvals.map(({ by }) => by)]);
  return expandTemplate(template, {
    ...alert,
    title: `${escapeMarkdown(proposal.title, 2 * longestName)} · ${id}`,
    marks: toMarks(proposal),
    next: `${text}: ${next}`,
    mentions,
    links,
  });
}
