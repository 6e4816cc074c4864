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

const refused = { code: 'connection-refused' } as const;

test.each([
  // Nothing is known to have failed.
  [[], 9_000, 0],
  [[], 11_000, 11_000],
  // One look that failed, between two that did not.
  [[2_000], 4_000, 0],
  [[2_000, 4_000], 6_000, 6_000],
])(
  'where looks fail at %p and the next is at %d ms, it was not seen for %d ms',
  (failed, at, ms) => {
    const time = new UnseenTime(10_000, { seenAt: 0, spans: [] });
    for (const _at of failed) time.miss(refused, { hasFailed: true });
    time.see(at);
    expect(time.within({ from: 0, until: at })).toBe(ms);
    // What failed before is no reason to see less after it.
    expect(time.within({ from: at, until: at + 9_000 })).toBe(0);
  },
);

test('a look that is not answered yet has not failed', () => {
  const time = new UnseenTime(10_000, { seenAt: 0, spans: [] });
  time.miss({ code: 'time-out' }, { hasFailed: false });
  expect(time.within({ from: 0, until: 9_000 })).toBe(0);
  expect(time.gapsIn({ from: 0, until: 11_000 })).toEqual([
    { from: 0, until: 11_000, cause: { code: 'time-out' } },
  ]);
});

test('nobody looks while the bot is away, however short', () => {
  const before = new UnseenTime(10_000, { seenAt: 0, spans: [] });
  before.see(1_000);
  before.miss(refused, { hasFailed: true });
  const time = UnseenTime.afterRestart(10_000, before.state());
  time.see(4_000);
  expect(time.gapsIn({ from: 0, until: 4_000 })).toMatchObject([{ from: 1_000, until: 4_000 }]);
});
