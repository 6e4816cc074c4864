import { listMismatchTasks } from '../domain/advise-mismatch.ts';
import {
  adviseRemoval,
  describeCarrying,
  describeMismatches,
} from '../domain/describe-injection.ts';
import type { Run } from '../domain/run.ts';
import type { AdaptiveCard } from './adaptive-card.ts';
import { renderRunAlert } from './run-alert.ts';
import { escapeMarkdown } from './text.ts';

/** Tells proposer and approvers that a fault was left behind, that nobody knows whether it ended, or that it was another one than approved; undefined when neither is so. */
export function renderInjectionAlert(run: Run): AdaptiveCard | undefined {
  const { id, execution } = run;
  const left = describeCarrying(run.carrying);
  const mismatch = describeMismatches(run.injection);
  const unread = execution?.unread ? execution.problem : undefined;
  if (left === undefined && mismatch === undefined && !unread) return undefined;
  const headline = toHeadline(run);
  const reason =
    left && execution?.problem && !unread ? `Azure: ${execution.problem.message}` : undefined;
  const why = [unread?.message, left, reason, mismatch]
    .filter((part) => part !== undefined)
    .join(' ');
  const advice = unread ? ` ${unread.suggestion}` : toAdvice(run);
  const next = left
    ? `${adviseRemoval(run)} The bot watches these pods and posts here when the fault is gone.`
    : `the run is not judged as held.${advice}`;
  return renderRunAlert(run, {
    speak: `${headline.slice(2)}. Run ${id}. ${why}`,
    style: left ? 'attention' : 'warning',
    headline,
    why: escapeMarkdown(why, longestText),
    next: escapeMarkdown(next, longestText),
  });
}

function toHeadline({ carrying = [], execution }: Run): string {
  if (carrying.length > 0) return '✖ The fault was not removed';
  return execution?.unread ? '▲ End of the fault not confirmed' : '▲ Fault not as approved';
}

const toAdvice = (run: Run) =>
  listMismatchTasks(run)
    .map((task) => ` ${task} before the next run.`)
    .join('');

const longestText = 900;
