import {
  adviseRemoval,
  describeCarrying,
  describeMismatches,
} from '../domain/describe-injection.ts';
import type { Run } from '../domain/run.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import template from './alert-card.json' with { type: 'json' };
import { toMentionLine } from './describe-approvers.ts';
import { toMarks } from './describe-marks.ts';
import { escapeMarkdown, longestName } from './text.ts';

/** Tells proposer and approvers that a fault was left behind, or was another one than approved; undefined when neither is so. */
export function renderInjectionAlert(run: Run): AdaptiveCard | undefined {
  const { id, proposal, approvals, execution } = run;
  const left = describeCarrying(run.carrying);
  const mismatch = describeMismatches(run.injection);
  if (left === undefined && mismatch === undefined) return undefined;
  const { text, mentions } = toMentionLine([proposal.proposer, ...approvals.map(({ by }) => by)]);
  const headline = left ? '✖ The fault was not removed' : '▲ Fault not as approved';
  const reason = left && execution?.problem ? `Azure: ${execution.problem.message}` : undefined;
  const why = [left, reason, mismatch].filter((part) => part !== undefined).join(' ');
  const next = left
    ? `${adviseRemoval(run)} I watch these pods until the time to recover is over.`
    : `the run is not judged as held. ${toAdvice(run)}`;
  return expandTemplate(template, {
    speak: `${headline.slice(2)}. Run ${id}. ${why}`,
    style: left ? 'attention' : 'warning',
    headline,
    title: `${escapeMarkdown(proposal.title, 2 * longestName)} · ${id}`,
    marks: toMarks(proposal),
    why: escapeMarkdown(why, longestText),
    next: `${text}: ${escapeMarkdown(next, longestText)}`,
    mentions,
    links: [],
  });
}

function toAdvice({ injection }: Run): string {
  const isUncertain = injection?.mismatches.every(({ code }) => code === 'not-replaced');
  return isUncertain
    ? 'Find out what ended the pod, and why no other was made, before the next run.'
    : 'Find out what injected another fault before the next run.';
}

const longestText = 900;
