import type { Freeze } from '../domain/freeze.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import template from './freeze-banner.json' with { type: 'json' };
import { cutText } from '../domain/visible-text.ts';
import { fitCard, largestCoveredBytes } from './fit-card.ts';
import { printTime } from '../domain/print-time.ts';
import { escapeMarkdown, longestName } from './text.ts';

/** The card as it is shown while everything is frozen: with that on top. */
export function coverWithFreeze(card: AdaptiveCard, freeze: Freeze | undefined): AdaptiveCard {
  if (!freeze) return card;
  const { by, reason, at, recordedLate } = freeze;
  const late = recordedLate ? ' (recorded late)' : '';
  const why = reason === undefined ? '' : `: ${reason}`;
  const { body } = expandTemplate(template, {
    headline: escapeMarkdown(`❄ Frozen by ${cutText(by.name, longestName)}${why}`, 250),
    what: `Since ${printTime(at)}${late}. Nothing can be proposed, approved or started until somebody who may approve says **unfreeze**.`,
  });
  return fitCard({ ...card, body: [...body, ...card.body] }, { limit: largestCoveredBytes });
}
