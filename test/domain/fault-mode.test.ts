import { describe, expect, test } from '@jest/globals';
import { findValueMismatch, parseFaultValue } from '../../src/domain/fault-mode.ts';

test.each([
  ['2', { value: 2, isPercentage: false }],
  ['50%', { value: 50, isPercentage: true }],
  ['%', undefined],
  ['50 %', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
])('%s is read as %j', (text, expected) => {
  expect(parseFaultValue(text)).toEqual(expected);
});

describe('a percentage', () => {
  const half = { value: 50, isPercentage: true };

  test('never counts pods, and both right spellings are named', () => {
    expect(findValueMismatch('fixed', half, 'command')).toBe(
      '50% is a percentage, but mode=fixed counts pods; write "mode=fixed-percent value=50%" ' +
        'for a share of the pods, or "mode=fixed value=2" for a number of them',
    );
    expect(findValueMismatch('fixed', half, 'yaml')).toContain(
      'write "mode: fixed-percent and value: 50%" for a share of the pods, or "mode: fixed and value: 2"',
    );
  });

  test.each(['fixed-percent', 'random-max-percent'] as const)('fits %s', (mode) => {
    expect(findValueMismatch(mode, half, 'command')).toBeUndefined();
  });

  test('may be written without its sign where the mode asks for one', () => {
    const plain = { value: 50, isPercentage: false };
    expect(findValueMismatch('fixed-percent', plain, 'command')).toBeUndefined();
    expect(findValueMismatch('fixed', plain, 'command')).toBeUndefined();
  });
});
