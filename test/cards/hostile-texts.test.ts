import { describe, expect, test } from '@jest/globals';
import { renderErrorCard, renderUnfrozenCard } from '../../src/cards/list-cards.ts';
import { coverWithFreeze } from '../../src/cards/freeze-banner.ts';
import { renderHelpCard } from '../../src/cards/help-card.ts';
import { parseCommand } from '../../src/domain/parse-command.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { toLargeCards } from '../support/large-cards.ts';
import { startOfTime } from '../support/proposal.ts';

const few = { runs: 2, experiments: 2, pods: 2, people: 3, metrics: 1 };
const toCards = (text: string): Readonly<Record<string, object>> => ({
  ...toLargeCards({ ...few, text }),
  banner: coverWithFreeze(renderUnfrozenCard(undefined, { name: '' }), {
    at: startOfTime,
    by: { name: text },
    reason: text,
  }),
});
/** What a card says; what its buttons carry is left out. */
const toJson = (card: object) =>
  JSON.stringify(card, (field, value: unknown) => (field === 'data' ? undefined : value));

const toStrings = (node: unknown): string[] => {
  if (typeof node === 'string') return [node];
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([field, value]) =>
    field === 'data' ? [] : toStrings(value),
  );
};

describe('characters that nobody sees', () => {
  test.each([
    ['a right-to-left override', '\u202e'],
    ['a left-to-right isolate', '\u2066'],
    ['a right-to-left mark', '\u200f'],
    ['an Arabic letter mark', '\u061c'],
    ['a zero-width space', '\u200b'],
    ['a zero-width joiner', '\u200d'],
    ['a word joiner', '\u2060'],
    ['a byte-order mark', '\ufeff'],
    ['a soft hyphen', '\u00ad'],
    ['a tag character', '\u{e0041}'],
    ['a variation selector', '\u{e0100}'],
    ['a combining grapheme joiner', '\u034f'],
    ['a Hangul filler', '\u3164'],
    ['a blank of Braille', '\u2800'],
    ['a line separator', '\u2028'],
    ['a control character', '\u0000'],
    ['an escape', '\u001b'],
    ['a C1 control character', '\u0085'],
    ['a private-use character', '\ue000'],
    ['half a surrogate pair', '\ud83d'],
  ])('%s is shown as a mark on every card', (_what, character) => {
    const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? '';
    for (const [name, card] of Object.entries(toCards(`x${character}y`))) {
      const json = toJson(card);
      expect([name, toStrings(card).filter((text) => text.includes(character))]).toEqual([
        name,
        [],
      ]);
      if (name !== 'form, choosing')
        expect([name, json]).toEqual([name, expect.stringContaining(`⟦U+${code}⟧`)]);
    }
  });

  test('are counted where there are many of one', () => {
    expect(toJson(toCards(`x${'\u200b'.repeat(5_000)}`)['summary'] ?? {})).toContain('⟦U+200B ×');
  });

  test('are left alone where they are part of an emoji', () => {
    expect(toJson(toCards('👩🏽\u200d💻 and ❤\ufe0f')['unfrozen'] ?? {})).toContain(
      '👩🏽\u200d💻 and ❤\ufe0f',
    );
  });
});

describe('what a client would execute', () => {
  test.each(['{{DATE(2026-11-23T09:00:00Z,SHORT)}}', '{{{TIME(2026-11-23T09:00:00Z)}}'])(
    '%s is text on every card',
    (text) => {
      for (const [name, card] of Object.entries(toCards(text)))
        expect([name, toJson(card)]).toEqual([
          name,
          expect.not.stringMatching(/\{\{(DATE|TIME)\(/),
        ]);
    },
  );

  test('an expression of a template is text on every card', () => {
    for (const [name, card] of Object.entries(toCards('${6*7} ${digest} ${$root}')))
      expect([name, toJson(card)]).toEqual([
        name,
        expect.stringMatching(/\$\{6\\*\*7\} \$\{digest\}/),
      ]);
  });
});

describe('backticks', () => {
  const boldOf = (card: object) =>
    toCardTexts(card).flatMap((text) => text.match(/\*\*.*?\*\*/g) ?? []);

  test('that were typed come back as backticks', () => {
    const typed = [
      '`rm -rf`',
      'run `x` duration=`1`',
      'stop`p`',
      '`a` `b`',
      'run x hypothesis="`c`"',
    ];
    for (const text of typed) {
      const problem = parseCommand(text);
      if (!('message' in problem)) continue;
      const card = renderErrorCard(problem);
      expect([text, toCardTexts(card).join('\n')]).toEqual([text, expect.stringContaining('\\`')]);
      expect([
        text,
        boldOf(card).filter(
          (bold) => /rm|a|b|c|p\b/.test(bold) && text.includes(bold.slice(2, -2)),
        ),
      ]).toEqual([text, []]);
    }
    for (const [name, card] of Object.entries(toCards('say `shout` now')))
      expect([name, boldOf(card).filter((bold) => bold.includes('shout'))]).toEqual([name, []]);
  });

  test('of our own are bold', () => {
    expect(boldOf(renderHelpCard())).toContain('**health**'.replace('health', 'history page=2'));
    const card = renderErrorCard({ message: 'No.', suggestion: 'Send `status`, or `help`.' });
    expect(boldOf(card)).toEqual(['**status**', '**help**']);
  });
});

test.each([
  ['x'.repeat(60_000)],
  [`run ${'x'.repeat(60_000)}=1`],
  [`run pod-failure ${'y'.repeat(60_000)}`],
  [`status ${'z'.repeat(1_900)}`],
  [`run pod-failure duration=${'d'.repeat(1_900)}`],
])('what was typed comes back short, however long it is (%#)', (typed) => {
  const problem = parseCommand(typed);
  const card = 'message' in problem ? renderErrorCard(problem) : renderHelpCard();
  expect(toCardTexts(card).join('').length).toBeLessThan(700);
});
