import { expect, test } from '@jest/globals';
import { renderOverviewCard } from '../../src/cards/list-cards.ts';
import { foldRun } from '../../src/domain/run.ts';
import type { Verdict } from '../../src/domain/run-event.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { reportJournals } from '../support/report-gallery.ts';

const run = foldRun(reportJournals.held);
const toIntro = (verdicts: readonly (Verdict | null)[], span: 'today' | '7d' = '7d') => {
  const end = run.end ?? { ending: 'completed', verdict: null, why: '', at: 0 };
  const runs = verdicts.map((verdict) => ({ ...run, end: { ...end, verdict } }));
  return toCardTexts(renderOverviewCard(runs, { kind: 'summarize', span }))[1];
};

test('a summary of many runs counts held, deviated, inconclusive and void apart', () => {
  const verdicts = [
    'held',
    'held',
    'deviated',
    'inconclusive',
    'inconclusive',
    'void',
    null,
  ] as const;
  expect(toIntro(verdicts)).toBe(
    '7 runs ended: 2 held, 1 deviated, 2 inconclusive, 1 void, 1 without a verdict.',
  );
  expect(toIntro(['void'], 'today')).toBe(
    '1 run ended: 0 held, 0 deviated, 0 inconclusive, 1 void.',
  );
  expect(toIntro([])).toBe('No run ended in this time.');
});
