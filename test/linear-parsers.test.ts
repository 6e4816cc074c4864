import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { escapeMarkdown, toProse } from '../src/cards/text.ts';
import { parseDuration } from '../src/domain/duration.ts';
import { parseFaultValue } from '../src/domain/fault-mode.ts';
import { parseTolerance } from '../src/domain/hypothesis.ts';
import { parseRunId } from '../src/domain/ids.ts';
import { findNearestWord } from '../src/domain/nearest-word.ts';
import { parseCommand } from '../src/domain/parse-command.ts';
import { quoteWord } from '../src/domain/quote-word.ts';
import { readParameter } from '../src/domain/read-parameters.ts';
import { readStop } from '../src/domain/read-stop.ts';
import { splitWords } from '../src/domain/split-words.ts';
import { findJsonPathProblem } from '../src/predictions/json-path.ts';
import { escapeMarkdown as escapeReportMarkdown } from '../src/reports/markdown.ts';
import { toConversationId, toText } from '../src/teams/activity.ts';
import { readCommand } from '../src/teams/read-command.ts';
import { createStepCounter, type StepCounter } from './support/count-steps.ts';

const vocabulary = { experiments: ['pod-failure', 'pod-kill'], services: ['diabetes'] };
const words = ['run', 'rehearse', 'stop', 'status', 'freeze', 'experiments', 'pod-failure'];

/** Everything that reads what people type or what Teams delivers. */
const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  toText,
  toConversationId: (id) => toConversationId({ conversation: { id } } as never),
  readCommand: (text) => readCommand({ text }, vocabulary),
  parseCommand: (text) => parseCommand(text, vocabulary),
  splitWords,
  readStop: (text) => readStop(splitWords(text)),
  readParameter,
  findNearestWord: (text) => findNearestWord(text, words),
  parseTolerance,
  parseDuration,
  parseFaultValue,
  parseRunId,
  quoteWord,
  escapeMarkdown,
  toProse,
  escapeReportMarkdown,
  findJsonPathProblem,
};

/** Pieces of texts that made a parser slow once, or that have a meaning for one. */
const pieces = fc.constantFrom(
  '<at',
  '<at>',
  '</at>',
  '<at id="0">',
  '<p',
  '<br/>',
  '&lt;',
  '&',
  '<',
  '>',
  '/',
  '=',
  ' = ',
  '>=',
  ' ',
  '\n',
  '\u00a0',
  '"',
  "'",
  '”',
  '\\',
  '\\"',
  "='",
  '="',
  '-',
  '--',
  'a',
  'stop',
  'stop ',
  's ',
  'run ',
  'x',
  'pods ',
  'pods ready',
  'value=',
  '1',
  '1s',
  '1.',
  '%',
  '`',
  '\\`',
  '*',
  '[',
  '](',
  '~',
  '#',
  '(',
  ')',
  '.',
  '..',
  '$.a',
  '[?',
  '{{',
  ';messageid=',
  'r-',
  'é',
  '止',
  '🛑',
  '\u200b',
  '\u0301',
  'p95<=',
  'metric(',
  'availability',
  '’',
);
const text = fc
  .record({
    start: fc.array(pieces, { maxLength: 3 }),
    repeated: fc.array(pieces, { minLength: 1, maxLength: 3 }),
    end: fc.array(pieces, { maxLength: 2 }),
  })
  .map(
    ({ start, repeated, end }) =>
      (times: number) =>
        [start.join(''), repeated.join('').repeat(times), end.join('')].join(''),
  );

/** A text of n characters may cost this many steps for each. A quadratic parser takes thousands. */
const mostPerCharacter = 250;
const times = 1_500;

let steps: StepCounter;
beforeAll(async () => {
  steps = await createStepCounter('/src/');
});
afterAll(() => steps.close());

describe('the time of a text is in proportion to its length', () => {
  test.each(Object.keys(parsers))(
    '%s',
    async (name) => {
      const parse = parsers[name] ?? neverCalled;
      await fc.assert(
        fc.asyncProperty(text, async (toText) => {
          const typed = toText(times);
          const taken = await steps.count(() => parse(typed));
          expect(taken / (typed.length + 100)).toBeLessThan(mostPerCharacter);
        }),
        { numRuns: 25 },
      );
    },
    300_000,
  );

  test.each([
    ['toText', '<at'],
    ['toText', '<at>'],
    ['splitWords', 'a = '],
    ['splitWords', ' ='],
    ['splitWords', "='"],
    ['splitWords', '="'],
    ['splitWords', "'"],
  ])('%s of %j, 10,000 times', async (name, piece) => {
    const parse = parsers[name] ?? neverCalled;
    const typed = piece.repeat(10_000);
    const taken = await steps.count(() => parse(typed));
    expect(taken / typed.length).toBeLessThan(mostPerCharacter);
  });
});

test.each(['readCommand', 'parseCommand'])(
  '%s costs no more for a text that is ten times too long',
  async (name) => {
    const parse = parsers[name] ?? neverCalled;
    for (const piece of ['<at', ' = ', 'stop ', 'x', '"', "='", 'a-']) {
      const [long, longer] = [20_000, 200_000].map((length) =>
        `run x ${piece}`.padEnd(length, piece),
      );
      // One look at each character is granted, to see whether there is any text. The first time, functions are compiled on the way and not all of their steps are counted.
      await steps.count(() => parse(long ?? ''));
      const taken = await steps.count(() => parse(long ?? ''));
      expect(await steps.count(() => parse(longer ?? ''))).toBeLessThan(
        taken * 1.1 + (longer ?? '').length,
      );
    }
  },
);

test('the counter sees a quadratic loop and a quadratic look-up', async () => {
  const slow = (typed: string) => Array.from(typed, () => typed.includes('b')).length;
  expect(await steps.count(() => slow('a'.repeat(1_000)))).toBeGreaterThan(1_000_000);
});

function neverCalled(): never {
  throw new Error('There is no such parser.');
}
