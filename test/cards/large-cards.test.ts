import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { coverWithFreeze } from '../../src/cards/freeze-banner.ts';
import { printGuard } from '../../src/domain/guard.ts';
import { sampleProposal, startOfTime } from '../support/proposal.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { allGuards, toLargeCards, type Load } from '../support/large-cards.ts';

const largestBytes = 25_000;
const most: Load = {
  runs: 1_000,
  experiments: 500,
  pods: 5_000,
  people: 60,
  metrics: 60,
  text: 'Predictions of the recommender survive the loss of one pod in each zone '.repeat(3),
};
const sizeOf = (card: object) => 2 * JSON.stringify(card).length;
const freeze = (text: string) => ({ at: startOfTime, by: { name: text }, reason: text });

/** What makes a text long on the wire: characters that Markdown, JSON or the marks for invisible characters turn into several. */
const wide = [
  '*',
  '`',
  '\\',
  '"',
  '\u202e',
  '\u{e0041}\u{e0042}',
  '${x}',
  '{{DATE(',
  'é',
  '😀',
  ' a',
  '<at>',
];
const texts = fc
  .tuple(fc.constantFrom(...wide), fc.constantFrom(1, 40, 200, 2_000, 60_000))
  .map(([piece, length]) => piece.repeat(Math.ceil(length / piece.length)));

describe('every card', () => {
  test.each(wide)('stays below it where everything is called %j again and again', (piece) => {
    const load = {
      runs: 1,
      experiments: 1,
      pods: 9,
      people: 1,
      metrics: 0,
      text: piece.repeat(60_000),
    };
    const large = Object.entries(toLargeCards(load)).filter(
      ([, card]) => sizeOf(card) >= largestBytes,
    );
    expect(large.map(([name]) => name)).toEqual([]);
  });

  test('stays below 25 KB of UTF-16 with 1,000 runs, 500 experiments, 5,000 pods and 60 approvers', () => {
    for (const [name, card] of Object.entries(toLargeCards(most))) {
      expect([name, sizeOf(card)]).toEqual([name, expect.any(Number)]);
      expect([name, sizeOf(card) < largestBytes]).toEqual([name, true]);
    }
  });

  test('stays below it whatever things are called, and while everything is frozen', () => {
    const loads = fc.record({
      runs: fc.constantFrom(0, 1, 15, 16, 300),
      experiments: fc.constantFrom(1, 12, 31, 300),
      pods: fc.constantFrom(1, 9, 400),
      people: fc.constantFrom(1, 6, 60),
      metrics: fc.constantFrom(0, 21, 60),
      text: texts,
    });
    fc.assert(
      fc.property(loads, ({ pods, ...load }) => {
        const few = load.text.length > 2_000 ? 9 : pods;
        for (const [name, card] of Object.entries(toLargeCards({ ...load, pods: few })))
          for (const shown of [card, coverWithFreeze(card, freeze(load.text))])
            if (sizeOf(shown) >= largestBytes) throw new Error(`${name}: ${sizeOf(shown)} bytes`);
      }),
      { numRuns: 15 },
    );
  });
});

describe('what a card never cuts', () => {
  const guards = allGuards
    .map((guard) => printGuard(guard, sampleProposal()))
    .join('; ')
    .replaceAll('<', String.raw`\<`);
  const plain = (card: object) => toCardTexts(card).join('\n');

  test.each([40, 2_000, 60_000])(
    'with names of %i characters: guards, targets, digest and buttons',
    (length) => {
      const cards = toLargeCards({ ...most, runs: 20, pods: 30, text: '*'.repeat(length) });
      const covered = coverWithFreeze(cards['proposed'] as never, freeze('*'.repeat(length)));
      for (const proposed of [cards['proposed'], covered]) {
        expect(plain(proposed as object)).toContain(guards);
        expect(plain(proposed as object)).toContain('Targets: 30 of 30 pods (all 30 are ready)');
        expect(plain(proposed as object)).toMatch(/Digest: [0-9a-f]{12}/);
        expect(JSON.stringify(proposed)).toMatch(/"verb":"run.approve".*"verb":"run.reject"/);
      }
      expect(plain(cards['dry'] as object)).toContain(guards);
      expect(JSON.stringify(cards['active'])).toContain('"verb":"run.stop"');
      expect(JSON.stringify(cards['summary'])).toContain('"Action.OpenUrl"');
    },
  );

  test('where it mentions people: each mention stands in the text as it is', () => {
    for (const text of ['x'.repeat(60_000), '*'.repeat(60_000), '\u202e<at>all</at>']) {
      const cards = toLargeCards({ ...most, runs: 1, pods: 9, text });
      for (const name of ['proposed', 'alert', 'reminder']) {
        const card = cards[name] as { msteams?: { entities: { text: string }[] } };
        const mentions = card.msteams?.entities ?? [];
        expect(mentions.length).toBeGreaterThan(0);
        for (const mention of mentions) expect(plain(card)).toContain(mention.text);
      }
    }
  });
});
