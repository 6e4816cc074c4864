import { printDuration } from '../domain/duration.ts';
import type { GuardTrip } from '../domain/guard.ts';
import type { Run } from '../domain/run.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import template from './alert-card.json' with { type: 'json' };
import { toApproverLine, toMentionLine } from './describe-approvers.ts';
import { toMarks } from './describe-marks.ts';
import { escapeMarkdown, longestName } from './text.ts';

/** Tells those who answer for a run that a guard ends it: a post of its own, since an update of the live card notifies nobody. */
export function renderAbortAlert(
  { id, proposal, approvals }: Run,
  { reason }: GuardTrip,
): AdaptiveCard {
  const { text, mentions } = toMentionLine([proposal.proposer, ...approvals.map(({ by }) => by)]);
  return expandTemplate(template, {
    speak: `Run ${id} is being aborted: ${reason}.`,
    style: 'attention',
    headline: '✖ Aborting',
    title: `${escapeMarkdown(proposal.title, 2 * longestName)} · ${id}`,
    marks: toMarks(proposal),
    why: escapeMarkdown(`Guard: ${reason}.`),
    next: `${text}: the fault is being ended. The card of the run shows when it is gone, the summary follows.`,
    mentions,
    links: [],
  });
}

/** Tells those who may still decide that a proposal is about to expire. */
export function renderReminder(run: Run, now: number): AdaptiveCard {
  const { id, proposal } = run;
  const { text, mentions } = toApproverLine(run);
  const left = printDuration(proposal.expiresAt - now);
  return expandTemplate(template, {
    speak: `Run ${id} waits for approval and expires in ${left}.`,
    style: 'warning',
    headline: `◷ Expires in ${left}`,
    title: `${escapeMarkdown(proposal.title, 2 * longestName)} · ${id}`,
    marks: toMarks(proposal),
    why: `${text}.`,
    next: 'Approve or reject it on its card; after that it has to be proposed again.',
    mentions,
    links: [],
  });
}
