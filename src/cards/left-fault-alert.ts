import { adviseRemoval, describeCarrying } from '../domain/describe-injection.ts';
import { describeGone, findNextTelling, type LeftFault } from '../domain/left-fault.ts';
import { printTime } from '../domain/print-time.ts';
import type { Run } from '../domain/run.ts';
import type { AdaptiveCard } from './adaptive-card.ts';
import { renderRunAlert } from './run-alert.ts';
import { escapeMarkdown } from './text.ts';

/** Tells proposer and approvers of a run that is over whether pods still carry the fault that it left behind. */
export function renderLeftFault(run: Run, left: LeftFault): AdaptiveCard {
  return left.carrying.length === 0 ? renderGone(run, left) : renderStillThere(run, left);
}

function renderGone(run: Run, left: LeftFault): AdaptiveCard {
  return renderRunAlert(run, {
    style: 'good',
    headline: '✔ The fault is gone',
    speak: `The fault that run ${run.id} left behind is gone.`,
    why: escapeMarkdown(`The run left its fault behind: ${describeGone(left)}`),
    next: 'nothing to do for this fault. Find out why it was not removed before the next run.',
  });
}

function renderStillThere(run: Run, { carrying, isUnseen }: LeftFault): AdaptiveCard {
  const where = describeCarrying(carrying) ?? '';
  const [headline, why] = isUnseen
    ? [
        '✖ The fault may still be there',
        `The cluster does not show its pods. When they were last seen: ${where}`,
      ]
    : ['✖ The fault is still there', where];
  const nextAt = findNextTelling(run);
  const watch =
    nextAt === undefined
      ? 'This is my last post about it: I stop watching these pods now.'
      : `I post here when they are rid of it, and if not, again at ${printTime(nextAt)}.`;
  return renderRunAlert(run, {
    style: 'attention',
    headline,
    speak: `${headline.slice(2)}. Run ${run.id}. ${why}`,
    why: escapeMarkdown(why, longestText),
    next: escapeMarkdown(
      `${adviseRemoval({ proposal: run.proposal, carrying })} ${watch}`,
      longestText,
    ),
  });
}

const longestText = 900;
