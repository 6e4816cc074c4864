import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { findEnd, type SecondMeasurement } from '../../src/domain/measurement.ts';
import { findIndexFrom, sliceSeconds, sliceTouching } from '../../src/domain/slice-seconds.ts';

/** Records in order, each of a second or of a minute that was merged, with gaps between some. */
const records = fc
  .array(fc.record({ gap: fc.nat(3), isMinute: fc.boolean() }), { maxLength: 30 })
  .map((all) => {
    let at = 0;
    return all.map(({ gap, isMinute }) => {
      at += gap * 1_000;
      const record = { at, sent: 1, good: 1, ...(isMinute ? { spanMs: 60_000 } : {}) };
      at = findEnd(record);
      return record as unknown as SecondMeasurement;
    });
  });
const moment = fc.integer({ min: -5_000, max: 400_000 });

test('finds the same records as a look at each of them', () => {
  fc.assert(
    fc.property(records, moment, moment, (seconds, one, other) => {
      const [from, until] = [Math.min(one, other), Math.max(one, other)];
      const begin = seconds.filter(({ at }) => at >= from && at < until);
      const touch = seconds.filter((second) => second.at < until && findEnd(second) > from);
      expect(sliceSeconds(seconds, from, until)).toEqual(begin);
      expect(sliceTouching(seconds, from, until)).toEqual(touch);
      expect(seconds.slice(findIndexFrom(seconds, from))).toEqual(
        seconds.filter(({ at }) => at >= from),
      );
    }),
  );
});
