import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pickByMode } from '../../../../lab/chaos-studio/engine/pick-by-mode.ts';
import { createSeededRandom } from '../../../../lab/scoring/seeded-random.ts';
import { countHitPods } from '../../../../src/domain/fault.ts';

const modes = ['one', 'all', 'fixed', 'fixed-percent', 'random-max-percent'] as const;
const items = fc.uniqueArray(fc.string(), { maxLength: 40 });
const value = fc.integer({ min: 1, max: 100 });
const seed = fc.integer();

describe('picking by mode', () => {
  test.each(modes)(
    '%s picks items of the list, none twice, as many as the product foretells',
    (mode) => {
      fc.assert(
        fc.property(items, value, seed, (list, value, seed) => {
          const picked = pickByMode(list, { mode, value: String(value) }, createSeededRandom(seed));
          const { least, most } = countHitPods({ mode, value }, list.length);
          expect(new Set(picked).size).toBe(picked.length);
          expect(picked.every((item) => list.includes(item))).toBe(true);
          expect(picked.length).toBeGreaterThanOrEqual(least);
          expect(picked.length).toBeLessThanOrEqual(most);
        }),
      );
    },
  );

  test('the same seed picks the same', () => {
    fc.assert(
      fc.property(items, seed, (list, seed) => {
        const pick = () =>
          pickByMode(list, { mode: 'fixed', value: '3' }, createSeededRandom(seed));
        expect(pick()).toEqual(pick());
      }),
    );
  });

  test('every item has its turn', () => {
    const list = ['a', 'b', 'c', 'd'];
    const random = createSeededRandom(1);
    const picked = Array.from({ length: 200 }, () => pickByMode(list, { mode: 'one' }, random));
    expect(new Set(picked.flat())).toEqual(new Set(list));
  });

  test('random-max-percent reaches both none and the most', () => {
    const list = ['a', 'b', 'c', 'd'];
    const random = createSeededRandom(1);
    const counts = Array.from(
      { length: 300 },
      () => pickByMode(list, { mode: 'random-max-percent', value: '50' }, random).length,
    );
    expect(new Set(counts)).toEqual(new Set([0, 1, 2]));
  });
});
