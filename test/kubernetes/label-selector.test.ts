import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import {
  matchesLabels,
  toRequirements,
} from '../../lab/kubernetes-api/selectors/label-selector.ts';
import { matchesSelector } from '../../src/kubernetes/label-selector.ts';

const key = fc.constantFrom('app', 'tier', 'track');
const value = fc.constantFrom('a', 'b', '');
const labels = fc.dictionary(key, value);
const set = fc.record({
  key,
  operator: fc.constantFrom('In', 'NotIn'),
  values: fc.array(value, { minLength: 1 }),
});
const existence = fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') });
const selector = fc.record(
  { matchLabels: labels, matchExpressions: fc.array(fc.oneof(set, existence), { maxLength: 3 }) },
  { requiredKeys: [] },
);

describe('a label selector', () => {
  test.each([
    [undefined, { app: 'a' }, false],
    [{}, {}, true],
    [{ matchLabels: { app: 'a' } }, { app: 'a', tier: 'b' }, true],
    [{ matchLabels: { app: 'a', tier: 'b' } }, { app: 'a' }, false],
    [
      { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] },
      { app: 'b' },
      true,
    ],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['a'] }] }, {}, false],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] }, {}, true],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] }, { app: 'a' }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, { app: '' }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, { app: '' }, false],
  ])('%j on %j: %p', (given, on, expected) => {
    expect(matchesSelector(given, on)).toBe(expected);
  });

  test('matches what the API server of the lab selects by it', () => {
    fc.assert(
      fc.property(selector, labels, (given, on) => {
        expect(matchesSelector(given, on)).toBe(matchesLabels(toRequirements(given), on));
      }),
      { numRuns: 2_000 },
    );
  });
});
