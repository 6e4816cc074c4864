import { adviseRemoval, printCarrying } from '../domain/describe-injection.ts';
import { findNextUpdateAt, printRemoval, type LeftFault } from '../domain/left-fault.ts';
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
    speak: `The fault that run ${run.id} left on pods is gone.`,
    why: escapeMarkdown(`This run had left its fault on pods. It was ${printRemoval(left)}.`),
    next: 'no action is needed. Before the next run, find out why it was not removed.',
  });
}

function renderStillThere(run: Run, { carrying, isUnseen }: LeftFault): AdaptiveCard {
  const [headline, why] = isUnseen
    ? [
        '✖ The fault may still be there',
        `The cluster can't be read. Last seen: the fault was on ${printCarrying(carrying)}.`,
      ]
    : ['✖ The fault is still there', `The fault is still on ${printCarrying(carrying)}.`];
  const nextAt = findNextUpdateAt(run);
  const watch =
    nextAt === undefined
      ? 'This is the last update: the bot stops watching these pods now.'
      : `Next update: when the fault is gone, or at ${printTime(nextAt)}.`;
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
