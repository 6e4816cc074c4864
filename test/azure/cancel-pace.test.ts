import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { askCancel } from '../../src/azure/cancel-experiment.ts';
import { createCancelPace } from '../../src/azure/cancel-pace.ts';

const minuteMs = 60_000;

function createPace() {
  const time = { at: 1_000_000 };
  return { time, pace: createCancelPace({ now: () => time.at }) };
}

/** Asks for each fault once a second, as conductors do, and refuses whatever is sent. Returns when something was sent. */
function refuseFor(durationMs: number, faults: number): number[] {
  const { time, pace } = createPace();
  const sent: number[] = [];
  for (const end = time.at + durationMs; time.at < end; time.at += 1_000)
    for (let fault = 0; fault < faults; fault += 1)
      if (pace.take(`r-${fault}`, false)) {
        sent.push(time.at);
        pace.refused(`r-${fault}`);
      }
  return sent;
}

/** Of any 101 cancels in a row, the last left at least five minutes after the first. */
function expectLimit(sent: readonly number[]): void {
  const tooSoon = sent.filter((at, index) => at - (sent[index - 100] ?? -Infinity) < 5 * minuteMs);
  expect(tooSoon).toEqual([]);
}

describe('the pace of cancels', () => {
  test('backs off from a fault that Azure refuses to end', () => {
    const sent = refuseFor(minuteMs, 1);
    const gaps = sent.slice(1).map((at, index) => (at - (sent[index] ?? 0)) / 1_000);
    expect(gaps).toEqual([1, 2, 4, 8, 15, 15]);
  });

  test.each([1, 5, 100])('stays within Azure’s 100 in five minutes with %i faults', (faults) => {
    const sent = refuseFor(20 * minuteMs, faults);
    const most = Math.max(
      ...sent.map((from) => sent.filter((at) => at >= from && at < from + 5 * minuteMs).length),
    );
    expect(most).toBeLessThanOrEqual(100);
  });

  test('counts the quick repeats of an attempt, too', async () => {
    const { time, pace } = createPace();
    const sent: number[] = [];
    const beginCancel = () => {
      sent.push(time.at);
      return Promise.reject(Object.assign(new Error('Busy.'), { statusCode: 503 }));
    };
    const sleep = (ms: number) => Promise.resolve(void (time.at += ms));
    const studio = { pace, clock: { now: () => time.at, sleep }, experiments: { beginCancel } };
    for (const end = time.at + 20 * minuteMs; time.at < end; time.at += 1_000)
      for (const fault of ['r-1', 'r-2', 'r-3'])
        await askCancel({ experimentName: fault, fault, urgent: false }, studio as never);
    expect(sent.length).toBeGreaterThan(100);
    expectLimit(sent);
  });

  test('keeps room for a fault that nobody has tried to end yet', () => {
    const { time, pace } = createPace();
    for (let round = 0; round < 200; round += 1, time.at += 1_000)
      for (let fault = 0; fault < 10; fault += 1)
        if (pace.take(`r-${fault}`, false)) pace.refused(`r-${fault}`);
    expect(pace.take('r-0', true)).toBe(false);
    for (let fault = 10; fault < 30; fault += 1) expect(pace.take(`r-${fault}`, false)).toBe(true);
  });

  test('lets a person try again at once, but not twice in two seconds', () => {
    const { time, pace } = createPace();
    for (const _ of [1, 2, 3, 4, 5, 6]) {
      time.at += minuteMs;
      expect(pace.take('r-1', false)).toBe(true);
      pace.refused('r-1');
    }
    time.at += 2_000;
    expect(pace.take('r-1', false)).toBe(false);
    expect(pace.take('r-1', true)).toBe(true);
    expect(pace.take('r-1', true)).toBe(false);
  });

  test('holds back the repeats of every fault after a Retry-After, but no first attempt', () => {
    const { time, pace } = createPace();
    for (const fault of ['r-1', 'r-2']) {
      pace.take(fault, false);
      pace.refused(fault, fault === 'r-2' ? 90_000 : 0);
    }
    time.at += 89_000;
    expect(pace.take('r-1', false)).toBe(false);
    expect(pace.take('r-3', false)).toBe(true);
    time.at += 2_000;
    expect(pace.take('r-1', false)).toBe(true);
  });

  test('never sends more than Azure allows, whatever is asked', () => {
    const step = fc.record({
      fault: fc.integer({ min: 0, max: 130 }),
      afterMs: fc.integer({ min: 0, max: 4_000 }),
      urgent: fc.boolean(),
      isRefused: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 200, maxLength: 400 }), (steps) => {
        const { time, pace } = createPace();
        const sent: number[] = [];
        for (const { fault, afterMs, urgent, isRefused } of steps) {
          time.at += afterMs;
          if (!pace.take(`r-${fault}`, urgent)) continue;
          sent.push(time.at);
          if (isRefused) pace.refused(`r-${fault}`);
          else pace.accepted(`r-${fault}`);
        }
        expectLimit(sent);
      }),
    );
  });
});

test('a cancel that was not sent counts for nothing, and a person may ask again at once', () => {
  const { time, pace } = createPace();
  for (let second = 0; second < 200; second += 1) {
    time.at += 1_000;
    if (pace.take('r-1', false)) pace.withheld('r-1');
  }
  expect(pace.take('r-1', false)).toBe(false);
  expect(pace.take('r-1', true)).toBe(true);
  for (let fault = 0; fault < 99; fault += 1) expect(pace.take(`other-${fault}`, false)).toBe(true);
});
