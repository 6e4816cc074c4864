import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import {
  joinPatterns,
  matchesNamespace,
  printPattern,
} from '../../src/domain/namespace-pattern.ts';

test.each([
  ['prod', 'prod', true],
  ['prod', 'prod-eu', false],
  ['prod-*', 'prod-eu', true],
  ['prod-*', 'prod-', true],
  ['prod-*', 'prod', false],
  ['prod-*', 'preprod-eu', false],
  ['*-system', 'istio-system', true],
  ['*-system', 'istio-systems', false],
  ['team-*-test', 'team-a-test', true],
  ['team-*-test', 'team-test', false],
  ['a*a', 'a', false],
  ['*a*b*', 'xxayybzz', true],
  ['*', 'anything', true],
  ['p.od', 'prod', false],
])('%s and the namespace %s', (pattern, namespace, expected) => {
  expect(matchesNamespace(pattern, namespace)).toBe(expected);
});

test.each([
  [['a', 'b'], ['b', 'c'], ['b']],
  [['team-*'], ['team-a', 'other'], ['team-a']],
  [['team-*'], ['team-a-*'], ['team-a-*']],
  [['team-*'], ['*-test'], ['team-*&*-test']],
  [['a'], ['b'], []],
])('%j and %j together are %j', (one, other, expected) => {
  expect(joinPatterns(one, other)).toEqual(expected);
  expect(printPattern('team-*&*-test')).toBe('team-* and *-test');
});

test('a joined pattern is not narrower for what its parts make as one text', () => {
  const joined = joinPatterns(joinPatterns(['*b'], ['-*']), ['*b*-*']);
  expect(joined.some((one) => matchesNamespace(one, '-b'))).toBe(false);
});

test('joined patterns match exactly what both lists match', () => {
  const pattern = fc.string({
    unit: fc.constantFrom('a', 'b', '-', '*'),
    minLength: 1,
    maxLength: 5,
  });
  const lists = fc.array(pattern, { minLength: 1, maxLength: 3 });
  const namespace = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 6 });
  const matches = (patterns: readonly string[], name: string) =>
    patterns.some((one) => matchesNamespace(one, name));
  fc.assert(
    fc.property(lists, lists, lists, namespace, (one, other, third, name) => {
      const joined = joinPatterns(joinPatterns(one, other), third);
      const expected = [one, other, third].every((list) => matches(list, name));
      expect(matches(joined, name)).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});

test('a pattern with many stars is matched without backtracking', () => {
  // A backtracking matcher would need 2^20 steps and more for this.
  expect(matchesNamespace('a*'.repeat(30) + 'b', 'a'.repeat(63))).toBe(false);
});
