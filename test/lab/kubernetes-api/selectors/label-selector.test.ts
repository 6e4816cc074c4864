import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  matchesLabels,
  parseLabelSelector,
  type Requirement,
} from '../../../../lab/kubernetes-api/selectors/label-selector.ts';

const matches = (selector: string, labels: Record<string, string>) =>
  matchesLabels(parseLabelSelector(selector), labels);

describe('label selectors', () => {
  test.each([
    ['app=diabetes', true],
    ['app==diabetes', true],
    ['app!=diabetes', false],
    ['app in (heart, diabetes)', true],
    ['app notin (heart)', true],
    ['app', true],
    ['!app', false],
    ['missing!=x', true],
    ['missing notin (x)', true],
    ['missing in (x)', false],
    ['!missing,tier=', true],
    ['size>9', true],
    ['size<9', false],
    ['example.com/part-of = lab , app', true],
    ['', true],
  ])('%p matches: %p', (selector, expected) => {
    const labels = { app: 'diabetes', tier: '', size: '10', 'example.com/part-of': 'lab' };
    expect(matches(selector, labels)).toBe(expected);
  });

  test.each([
    'a=b=c',
    'app in diabetes',
    'app in (a',
    '=a',
    ',',
    'a,,b',
    '-a',
    'a=b!',
    'a>x',
    '!',
    'a b',
  ])('%p is a bad request', (selector) => {
    expect(() => parseLabelSelector(selector)).toThrow(
      expect.objectContaining({ code: 400, reason: 'BadRequest' }),
    );
  });

  const word = fc.stringMatching(/^[a-c]{1,2}$/);
  const requirement = fc.record({
    key: word,
    operator: fc.constantFrom('exists', 'absent', 'in', 'notin'),
    values: fc.array(word, { minLength: 1, maxLength: 3 }),
  });

  test('what is written of a requirement is read back as it', () => {
    fc.assert(
      fc.property(fc.array(requirement, { minLength: 1, maxLength: 4 }), (requirements) => {
        const read = parseLabelSelector(requirements.map(write).join(','));
        expect(read.map(write)).toEqual(requirements.map(write));
      }),
    );
  });

  test('in and notin, exists and absent, part every set of labels in two', () => {
    fc.assert(
      fc.property(requirement, fc.dictionary(word, word), ({ key, values }, labels) => {
        const set = `(${values.join(',')})`;
        expect(matches(`${key} in ${set}`, labels)).toBe(!matches(`${key} notin ${set}`, labels));
        expect(matches(key, labels)).toBe(!matches(`!${key}`, labels));
      }),
    );
  });

  test('a comma means and', () => {
    fc.assert(
      fc.property(requirement, requirement, fc.dictionary(word, word), (a, b, labels) => {
        const both = matches(`${write(a)},${write(b)}`, labels);
        expect(both).toBe(matches(write(a), labels) && matches(write(b), labels));
      }),
    );
  });
});

function write({
  key,
  operator,
  values,
}: Pick<Requirement, 'key' | 'values'> & { operator: string }) {
  if (operator === 'exists') return key;
  return operator === 'absent' ? `!${key}` : `${key} ${operator} (${values.join(',')})`;
}
