import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import type { PredictionResult } from '../../src/domain/prediction-result.ts';
import { DueAccount } from '../../src/predictions/due-account.ts';
import { DueTimes } from '../../src/predictions/due-times.ts';
import { countDue } from '../support/prober-process.ts';

const startAt = 1_000;
const createDue = () => new DueTimes({ ratePerSecond: 100 }, { seed: 9, startAt });

function toResult(dueAt: number): PredictionResult {
  return { kind: 'unmeasured', dueAt, knownAt: dueAt, reason: 'no-token' };
}

function listDue(until: number): readonly number[] {
  const due = createDue();
  const times: number[] = [];
  for (; due.dueAt < until; due.pass()) times.push(due.dueAt);
  return times;
}

describe('what a dead thread took along', () => {
  test('is everything due that was not delivered, once', () => {
    const until = startAt + 5_000;
    const times = listDue(until);
    const property = fc.property(
      // For each: delivered in one of three batches, or never.
      fc.array(fc.constantFrom(0, 1, 2, 3), { minLength: times.length, maxLength: times.length }),
      (batchOf) => {
        const account = new DueAccount(createDue(), startAt);
        for (const batch of [0, 1, 2]) {
          const results = times.filter((_, index) => batchOf[index] === batch).map(toResult);
          const open = times.find((_, index) => (batchOf[index] ?? 0) > batch) ?? until;
          account.settle({ results, knownUntil: open });
        }
        const lost = account.lose(until);
        const missing = times.filter((_, index) => batchOf[index] === 3);
        expect(countDue(lost)).toBe(missing.length);
        const isCovered = (dueAt: number) =>
          lost.some((each) => 'from' in each && each.from <= dueAt && dueAt < each.until);
        expect(times.filter(isCovered)).toEqual(missing);
        expect(account.knownUntil).toBe(until);
        expect(account.lose(until)).toEqual([]);
      },
    );
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('leaves out spans that were delivered as such', () => {
    const account = new DueAccount(createDue(), startAt);
    const [from, until] = [startAt + 1_000, startAt + 2_000];
    const count = listDue(until).length - listDue(from).length;
    const span = { kind: 'unmeasured-span', from, until, count, reason: 'paused' } as const;
    account.settle({ results: [span], knownUntil: startAt + 500 });
    const lost = account.lose(startAt + 3_000);
    expect(countDue(lost)).toBe(
      listDue(startAt + 3_000).length - listDue(startAt + 500).length - count,
    );
  });

  test('is kept account of in memory that does not grow', () => {
    const account = new DueAccount(createDue(), startAt);
    const times = listDue(startAt + 600_000);
    // Every one is delivered before the one that was due before it.
    for (let index = 1; index < times.length; index += 2) {
      const [early = 0, late = 0] = [times[index], times[index - 1]];
      account.settle({ results: [toResult(early)], knownUntil: late });
      account.settle({ results: [toResult(late)], knownUntil: times[index + 1] ?? early });
    }
    expect(account.countEarly()).toBeLessThan(2_000);
  });
});
