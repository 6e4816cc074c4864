import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Tolerance } from '../../src/domain/hypothesis.ts';
import { judgeHypothesis } from '../../src/domain/judgement.ts';
import {
  findMetricProblem,
  printMetricValue,
  type MetricMeasurement,
  type MetricReading,
} from '../../src/domain/metric.ts';
import { MetricHistory, toParts } from '../../src/evidence/metric-history.ts';
import { sampleMeasurement } from '../support/proposal.ts';

const users = { name: 'users', everyMs: 1_000 };
const toHistory = (readings: readonly MetricReading[], boundaries: readonly number[] = []) => {
  const history = new MetricHistory(users, []);
  for (const [index, reading] of readings.entries())
    history.add(reading, index * users.everyMs, boundaries);
  return history;
};
const read = (readings: readonly MetricReading[]): MetricMeasurement =>
  toHistory(readings).measurement(-Infinity, Infinity);
const values = (...numbers: number[]) => numbers.map((value) => ({ value }));
const missing = (count: number) =>
  Array.from({ length: count }, () => ({ problem: 'it answered 500' }));

describe('what is read of a metric', () => {
  test('is counted, with its extremes, its course, and why a value was missing', () => {
    expect(read([...values(3, 1), ...missing(2), ...values(2)])).toEqual({
      name: 'users',
      everyMs: 1_000,
      read: 3,
      missing: 2,
      problem: 'it answered 500',
      least: 1,
      most: 3,
      course: [
        { at: 0, value: 3 },
        { at: 1_000, value: 1 },
        { at: 4_000, value: 2 },
      ],
    });
  });

  test('belongs to the phase in which it was asked for, whenever it was answered', () => {
    const history = toHistory(values(9, 1, 5, 7));
    history.add({ value: 3 }, 1_500, []);
    expect(history.measurement(1_000, 3_000)).toMatchObject({
      read: 3,
      least: 1,
      most: 5,
      course: [{ value: 1 }, { value: 3 }, { value: 5 }],
    });
  });

  test('is told apart by phases also when so much was read that neighbours are joined', () => {
    const [from, until] = [1_237_000, 4_321_000];
    const good = Array.from({ length: 9_000 }, (_, index) => {
      const isWithin = index * 1_000 >= from && index * 1_000 < until;
      return isWithin ? { value: 1 } : { value: 0 };
    });
    const history = toHistory(good, [from, until]);
    expect(history.state().length).toBeLessThanOrEqual(2_000);
    const count = (until - from) / 1_000;
    expect(history.measurement(from, until)).toMatchObject({ read: count, least: 1, most: 1 });
    expect(history.measurement(0, from)).toMatchObject({ read: 1_237, least: 0, most: 0 });
    const resumed = new MetricHistory(users, history.state());
    expect(resumed.measurement(from, until)).toEqual(history.measurement(from, until));
  });

  test('before a restart is known in sum where single readings were not kept', () => {
    const before = read([...values(3, 1), ...missing(2), ...values(2)]);
    const resumed = new MetricHistory(users, toParts(before, 0));
    expect(resumed.measurement(0, Infinity)).toEqual(before);
    const unread = read(missing(2));
    expect(new MetricHistory(users, toParts(unread, 0)).measurement(0, 1)).toEqual(unread);
    expect(toParts(read([]), 0)).toEqual([]);
  });

  test('stays small and in order, and keeps its extremes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1, maxLength: 3_000 }),
        (numbers) => {
          const { course, least, most, read: count } = read(values(...numbers));
          expect(course.length).toBeLessThanOrEqual(400);
          expect(course.map(({ at }) => at)).toEqual(
            course.map(({ at }) => at).toSorted((left, right) => left - right),
          );
          expect([count, least, most]).toEqual([
            numbers.length,
            Math.min(...numbers),
            Math.max(...numbers),
          ]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('shows a lone peak in its course, however long it is', () => {
    const { course } = read(values(...Array.from({ length: 5_000 }, (_, at) => +(at === 2_345))));
    expect(course.filter(({ value }) => value === 1)).toHaveLength(1);
  });
});

describe('a tolerance of a metric', () => {
  const judge = (
    tolerance: Omit<Tolerance, 'signal'>,
    metric?: MetricMeasurement,
    lengthMs?: number,
  ) => {
    const tolerances = [{ signal: 'metric(users)', ...tolerance }] as const;
    const measured = sampleMeasurement({ sent: 600 });
    const { startedAt } = measured;
    const times = metric ? metric.read + metric.missing : 60;
    const endedAt = startedAt + (lengthMs ?? times * users.everyMs);
    const measurement = { ...measured, endedAt, ...(metric ? { metrics: [metric] } : {}) };
    const judgement = judgeHypothesis({ title: '', tolerances }, measurement);
    return { ...judgement.tolerances[0] };
  };
  const least = { comparison: '>=', bound: 99.5 } as const;

  test.each([
    [
      'holds when every value keeps it',
      least,
      values(99.5, 100, 100, 100),
      { finding: 'held', observed: 99.5 },
    ],
    [
      'deviates when one does not',
      least,
      values(100, 99.4, 100),
      { finding: 'deviated', observed: 99.4 },
    ],
    [
      'has the greatest value count where it is an upper bound',
      { comparison: '<=', bound: 20 } as const,
      values(3, 21),
      { finding: 'deviated', observed: 21 },
    ],
    [
      'holds with a fifth of the values missing',
      least,
      [...values(100, 100, 100, 100), ...missing(1)],
      { finding: 'held', observed: 100 },
    ],
    [
      'is open with more missing',
      least,
      [...values(100, 100, 100), ...missing(1)],
      { finding: 'inconclusive', observed: 100 },
    ],
    [
      'deviates all the same with more missing',
      least,
      [...values(9), ...missing(9)],
      { finding: 'deviated', observed: 9 },
    ],
    [
      'is open with a few values, which are no course',
      least,
      values(100, 100, 100),
      { finding: 'inconclusive', observed: 100, undecided: 'too-few-values' },
    ],
    ['is open without any value', least, missing(3), { finding: 'inconclusive', observed: null }],
    ['is open when it was never asked for', least, [], { finding: 'inconclusive', observed: null }],
  ] as const)('%s', (_what, tolerance, readings, judged) => {
    expect(judge(tolerance, read(readings))).toMatchObject(judged);
  });

  test('says why it could not be told', () => {
    expect(judge(least, read([...values(100), ...missing(2)])).problem).toBe(
      'no value 2 of 3 times, since it answered 500',
    );
    expect(judge(least).problem).toBe('it was not asked for');
  });

  test('says that values are missing also where it holds', () => {
    expect(judge(least, read([...values(100, 100, 100, 100), ...missing(1)])).problem).toBe(
      'no value 1 of 5 times, since it answered 500',
    );
    expect(judge(least, read(values(100)))).not.toHaveProperty('problem');
  });

  test('holds only where its values speak for the time of the phase', () => {
    const five = read(values(100, 100, 100, 100, 100));
    const finding = (metric: MetricMeasurement, lengthMs: number) => {
      const { finding: found, undecided } = judge(least, metric, lengthMs);
      return [found, undecided];
    };
    expect(finding(five, 6_250)).toEqual(['held', undefined]);
    expect(finding(five, 6_300)).toEqual(['inconclusive', 'too-few-values']);
    const slow = { ...read(values(100)), everyMs: 60_000 };
    expect(finding(slow, 60_000)).toEqual(['inconclusive', 'too-few-values']);
    expect(finding({ ...slow, least: 9 }, 60_000)).toEqual(['deviated', undefined]);
    const { everyMs: _unknown, ...older } = slow;
    expect(finding(older, 60_000)).toEqual(['held', undefined]);
  });

  test('is refused when the service has no such metric, with the nearest that it has', () => {
    const service = { name: 'diabetes', metrics: ['users-served', 'queue'] };
    const problemOf = (signal: Tolerance['signal']) =>
      findMetricProblem({ signal, ...least }, service);
    expect(problemOf('metric(user-served)')).toBe(
      'the service "diabetes" has no metric "user-served"; did you mean "users-served"?',
    );
    expect(problemOf('metric(queue)')).toBeUndefined();
    expect(problemOf('p95')).toBeUndefined();
  });
});

test.each([
  [0.1 + 0.2, '0.3'],
  [99.4996, '99.4996'],
  [1_234_567, '1234570'],
  [-0.5, '-0.5'],
])('%p is printed %s', (value, text) => expect(printMetricValue(value)).toBe(text));
