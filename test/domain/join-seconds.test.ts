import { expect, test } from '@jest/globals';
import { joinSeconds } from '../../src/domain/join-seconds.ts';
import { findEnd, type SecondMeasurement } from '../../src/domain/measurement.ts';
import type { MeasuredPrediction } from '../../src/domain/prediction-result.ts';
import { PredictionLedger } from '../../src/evidence/predictions/prediction-ledger.ts';
import { sampleMeasurement } from '../support/proposal.ts';

/** The beginning of a minute. */
const start = 1_795_424_400_000;
const perSecond = 10;

const isLost = (second: number) => second >= 20 && second < 25;

function record(ledger: PredictionLedger, from: number, until: number): void {
  for (let second = from; second < until; second += 1) {
    const results = Array.from({ length: perSecond }, (_, index): MeasuredPrediction => {
      const dueAt = start + second * 1_000 + index * 100;
      const times = { dueAt, sentAt: dueAt, endedAt: dueAt + 5, latencyMs: 5 };
      return {
        kind: 'measured',
        ...times,
        outcome: isLost(second) ? 'timeout' : 'good',
        kept: false,
      };
    });
    ledger.take({ results, knownUntil: start + (second + 1) * 1_000 });
  }
}

const sum = (seconds: readonly SecondMeasurement[], of: (second: SecondMeasurement) => number) =>
  seconds.reduce((all, second) => all + of(second), 0);

test.each([
  ['good minutes', 15 * 60, 90],
  ['all minutes', 65 * 60, 30],
])(
  'counts each prediction once when %s were merged by the end of the last phase',
  (_, length, endsAt) => {
    const ledger = new PredictionLedger({ ratePerSecond: perSecond, latencyLimitsMs: [] });
    record(ledger, 0, endsAt);
    const boundary = start + endsAt * 1_000;
    const observed = ledger.seconds().filter(({ at }) => at < boundary);
    record(ledger, endsAt, length);
    const after = ledger.seconds().filter((second) => findEnd(second) > boundary);
    const joined = joinSeconds(
      [observed, after].map((seconds) => ({ ...sampleMeasurement(), seconds })),
    );
    expect(sum(joined, ({ sent }) => sent)).toBe(length * perSecond);
    expect(sum(joined, ({ sent, good }) => sent - good)).toBe(50);
    expect(sum(joined, ({ failures: { timeout = 0 } }) => timeout)).toBe(50);
    // What is known second by second stays so.
    const lost = joined.filter(({ sent, good }) => sent > good);
    expect(
      lost.map((second) => [(second.at - start) / 1_000, findEnd(second) - second.at]),
    ).toEqual([20, 21, 22, 23, 24].map((second) => [second, 1_000]));
    for (const [index, second] of joined.slice(1).entries())
      expect(second.at).toBeGreaterThanOrEqual(findEnd(joined[index] ?? second));
  },
);

test.each([
  [
    'both lost some',
    { first: 100, last: 200 },
    { first: 300, last: 400 },
    { first: 100, last: 400 },
  ],
  ['it is not known of one that lost some', { first: 100, last: 200 }, undefined, undefined],
])('puts together when a second lost its first and last, where %s', (_, one, other, expected) => {
  const toPart = (offset: number, lost?: { first: number; last: number }) => ({
    at: start + offset,
    sent: 5,
    good: 3,
    failures: { timeout: 2 },
    ...(lost ? { lostAt: { first: start + lost.first, last: start + lost.last } } : {}),
  });
  const seconds = [toPart(0, one), toPart(250, other)];
  const [joined] = joinSeconds([{ ...sampleMeasurement(), seconds }]);
  const { first = NaN, last = NaN } = joined?.lostAt ?? {};
  expect(joined?.lostAt && { first: first - start, last: last - start }).toEqual(expected);
});

test('counts the good predictions around the losses of a second that was put together', () => {
  const lostAt = { first: start + 500, last: start + 600, goodBefore: 1, goodAfter: 2 };
  const part = { failures: {}, sent: 3, good: 3 };
  const seconds = [
    { ...part, at: start },
    { ...part, at: start + 250, sent: 5, failures: { timeout: 2 }, lostAt },
    { ...part, at: start + 750 },
  ];
  const [joined] = joinSeconds([{ ...sampleMeasurement(), seconds }]);
  expect(joined?.lostAt).toEqual({ ...lostAt, goodBefore: 4, goodAfter: 5 });
});

test('leaves a merged minute the times of its losses, where what is known of it second by second lies before them', () => {
  const lostAt = { first: start + 30_000, last: start + 49_900, goodBefore: 300, goodAfter: 100 };
  const failures = { timeout: 200 };
  const minute = { at: start, spanMs: 60_000, sent: 600, good: 400, failures, lostAt };
  const goodAgainAt = start + 50_000;
  const single = (at: number) => ({ at: start + at, sent: 10, good: 10, failures: {} });
  const [, , rest] = joinSeconds([
    { ...sampleMeasurement(), seconds: [single(0), single(1_000)] },
    { ...sampleMeasurement(), seconds: [{ ...minute, goodAgainAt }] },
  ]);
  const left = { ...lostAt, goodBefore: 280 };
  expect(rest).toMatchObject({ at: start + 2_000, lostAt: left, goodAgainAt });
});
