import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseIsoDuration } from '../../../../lab/chaos-studio/engine/iso-duration.ts';
import { toIsoDuration } from '../../../../src/domain/duration.ts';

test.each([
  ['PT30S', 30_000],
  ['PT1M30S', 90_000],
  ['PT0.5S', 500],
  ['PT12H', 43_200_000],
  ['P1DT1H', 90_000_000],
  ['P1D', 86_400_000],
])('%s lasts %i ms', (text, ms) => {
  expect(parseIsoDuration(text)).toBe(ms);
});

test.each(['', 'P', 'PT', 'P1DT', '30s', 'PT30', 'PT30SS', 'P1M', 'pt30s', '-PT1S', ' PT1S'])(
  '%j is no duration',
  (text) => {
    expect(parseIsoDuration(text)).toBeUndefined();
  },
);

test('reads every duration that the product writes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 43_200 }), (seconds) => {
      expect(parseIsoDuration(toIsoDuration(seconds * 1_000))).toBe(seconds * 1_000);
    }),
  );
});
