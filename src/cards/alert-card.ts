import type { GuardTrip } from '../domain/guard.ts';
import type { Run } from '../domain/run.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import template from './alert-card.json' with { type: 'json' };
import { toMentionLine } from './describe-approvers.ts';
import { escapeMarkdown } from './text.ts';

/** Tells those who answer for a run that a guard ends it: a post of its own, since an update of the live card notifies nobody. */
export function renderAbortAlert(
  { id, proposal, approvals }: Run,
  { reason }: GuardTrip,
): AdaptiveCard {
  const { text, mentions } = toMentionLine([proposal.proposer, ...approvals.map(({ by }) => by)]);
  return expandTemplate(template, {
    speak: `Run ${id} is being aborted: ${reason}.`,
    headline: '✖ Aborting',
    title: `${escapeMarkdown(proposal.title)} · ${id}`,
    why: escapeMarkdown(`Guard: ${reason}.`),
    next: `${text}: the fault is being ended. The card of the run shows when it is gone, the summary follows.`,
    mentions,
  });
}
