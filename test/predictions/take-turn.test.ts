import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { takeTurn } from '../../src/predictions/take-turn.ts';

test('turns give the share its kept connections, and each kind every golden input in turn', () => {
  const property = fc.property(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: 1, max: 500 }),
    (share, count) => {
      const turns = Array.from({ length: count }, (_, index) => takeTurn(index, share));
      const indexesOf = (kept: boolean) =>
        turns.filter((turn) => turn.kept === kept).map(({ index }) => index);
      expect(indexesOf(true)).toEqual(indexesOf(true).map((_, index) => index));
      expect(indexesOf(false)).toEqual(indexesOf(false).map((_, index) => index));
      expect(indexesOf(true)).toHaveLength(Math.floor(count * share));
    },
  );
  expect(() => fc.assert(property)).not.toThrow();
});
