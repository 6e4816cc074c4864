import { describe, expect, test } from '@jest/globals';
import {
  formatDuration,
  formatFirstThree,
  formatLabelSelector,
  formatLabels,
} from '../../../../lab/kubernetes-api/table/cell-formats.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('cells', () => {
  test.each([
    [-5 * second, '<invalid>'],
    [-second, '0s'],
    [0, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [3 * minute + 20 * second, '3m20s'],
    [10 * minute + 20 * second, '10m'],
    [3 * hour, '3h'],
    [3 * hour + 5 * minute, '3h5m'],
    [8 * hour + 5 * minute, '8h'],
    [48 * hour, '2d'],
    [49 * hour, '2d1h'],
    [8 * day + hour, '8d'],
    [2 * 365 * day, '2y'],
    [(2 * 365 + 3) * day, '2y3d'],
    [9 * 365 * day, '9y'],
  ])('%p ms ago is %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  test('labels and selectors', () => {
    expect(formatLabels()).toBe('<none>');
    expect(formatLabels({ b: '2', a: '1' })).toBe('a=1,b=2');
    const matchExpressions = [
      { key: 'x', operator: 'NotIn', values: ['b', 'a'] },
      { key: 'y', operator: 'Exists' },
      { key: 'z', operator: 'DoesNotExist' },
    ];
    expect(formatLabelSelector({ matchLabels: { a: '1' }, matchExpressions })).toBe(
      '!z,a=1,x notin (a,b),y',
    );
  });

  test('long lists show three', () => {
    expect(formatFirstThree(['a', 'b', 'c', 'd', 'e'], '<none>')).toBe('a,b,c + 2 more...');
    expect(formatFirstThree([], '<none>')).toBe('<none>');
  });
});
