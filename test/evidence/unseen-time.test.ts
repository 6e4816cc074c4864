import { expect, test } from '@jest/globals';
import { UnseenTime } from '../../src/evidence/unseen-time.ts';

/** Seen until 10 s, and again from 20 s to 40 s and from 50 s on. */
function watch(): UnseenTime {
  const time = new UnseenTime(2_000, { seenAt: 0, spans: [] });
  for (const second of [...count(0, 10), ...count(20, 40), ...count(50, 60)])
    time.see(second * 1_000);
  return time;
}

const count = (from: number, until: number) =>
  Array.from({ length: until - from + 1 }, (_, index) => from + index);

test.each([
  [5_000, undefined],
  [10_000, undefined],
  [15_000, [10_000, 20_000]],
  // The first look after it tells what happened in it.
  [21_000, [10_000, 20_000]],
  // What was seen before nobody looked is known.
  [30_000, undefined],
  [45_000, [40_000, 50_000]],
])('at %d ms, the time in which nobody looked is %p', (at, span) => {
  const found = watch().around(at, 1_000);
  expect(found && [found.from, found.until]).toEqual(span);
});
