import { expect, test } from '@jest/globals';
import { renderAuditCard } from '../../src/cards/audit-card.ts';
import { renderUnfrozenCard } from '../../src/cards/list-cards.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { startOfTime } from '../support/proposal.ts';

test('who unfroze is said before who had frozen', () => {
  const lifted = { at: startOfTime, by: { name: 'Mei Lin' } };
  const text = toCardTexts(renderUnfrozenCard(lifted, { name: 'Priya Nair' })).join('\n');
  expect(text).toMatch(/^Unfrozen\nUnfrozen by Priya Nair\. Everything had been frozen by Mei Lin/);
  expect(text).not.toMatch(/Not frozen|^Frozen/m);
  expect(toCardTexts(renderUnfrozenCard(undefined, { name: 'Priya Nair' }))).toContain(
    'Nothing was frozen.',
  );
});

test.each([
  [1, 1, 'Verified: 1 entry of 1 run is unchanged.'],
  [41, 3, 'Verified: 41 entries of 3 runs are unchanged.'],
])('an audit of %d entries of %d runs says what it verified', (entries, runs, words) => {
  const report = { entries, runs, head: null };
  expect(toCardTexts(renderAuditCard({ report })).join('\n')).toContain(words);
});
