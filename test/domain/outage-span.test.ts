import { describe, expect, test } from '@jest/globals';
import type { SecondMeasurement } from '../../src/domain/measurement.ts';
import { findOutages } from '../../src/domain/outages.ts';
import { printOutageLosses, toOutageSpan } from '../../src/domain/outage-span.ts';
import { SecondTally } from '../../src/evidence/predictions/second-tally.ts';
import { startOfTime } from '../support/proposal.ts';

const start = Math.ceil(startOfTime / 60_000) * 60_000;
const hourMs = 3_600_000;

/** Two minutes of ten predictions a second and more than an hour without any; these were lost, each in tenths of a second since the beginning. */
function measure(isLost: (index: number) => boolean): readonly SecondMeasurement[] {
  const tally = new SecondTally();
  for (let index = 0; index < 1_200; index += 1) {
    const outcome = isLost(index) ? 'timeout' : 'good';
    tally.record({ dueAt: start + index * 100, outcome, latencyMs: 1 });
  }
  tally.record({ dueAt: start + 2 * hourMs, outcome: 'good', latencyMs: 1 });
  return tally.measurements();
}

function findOne(isLost: (index: number) => boolean) {
  const seconds = measure(isLost);
  const outages = findOutages(seconds).map((outage) => ({
    ...outage,
    ...toOutageSpan(outage, seconds),
  }));
  expect(outages).toHaveLength(1);
  const [only] = outages;
  if (!only) throw new TypeError('Nothing was lost.');
  return only;
}

describe('the length of an outage in minutes that were merged', () => {
  test('is exact where its losses follow each other', () => {
    const outage = findOne((index) => index >= 54 && index < 72);
    expect(outage).toMatchObject({ from: start + 5_400, until: start + 7_200, exact: true });
    expect(printOutageLosses(outage)).toMatch(/^18 of 18 predictions lost in 1\.8s/);
  });

  test('is exact over the boundary of two minutes', () => {
    const outage = findOne((index) => index >= 590 && index < 615);
    expect(outage).toMatchObject({ lengthMs: 2_500, sent: 25, exact: true });
  });

  test('is an estimate where good ones are between its losses', () => {
    const outage = findOne((index) => index === 54 || index === 504);
    expect(outage).toMatchObject({ from: start + 5_000, until: start + 51_000, lengthMs: 45_000 });
    expect(outage.exact).toBeUndefined();
    expect(printOutageLosses(outage)).toMatch(/^2 of 451 predictions lost in about 45s/);
  });

  test('is an estimate where the losses of two minutes are far apart', () => {
    const outage = findOne((index) => index === 54 || index === 1_104);
    expect(outage).toMatchObject({ lengthMs: 105_000 });
    expect(printOutageLosses(outage)).toMatch(/^2 of 1051 predictions lost in about 105s/);
  });
});

describe('the length of an outage that was not measured throughout', () => {
  /** Ten predictions a second, lost from 4.5s to 8.5s, of which those of some tenths were not measured. */
  function find(isMeasured: (index: number) => boolean) {
    const tally = new SecondTally();
    for (let index = 0; index < 200; index += 1) {
      const dueAt = start + index * 100;
      const outcome = index >= 45 && index < 85 ? 'refused' : 'good';
      if (isMeasured(index)) tally.record({ dueAt, outcome, latencyMs: 1 });
      else tally.skip({ from: dueAt, until: dueAt + 100, due: 1, reason: 'paused' });
    }
    const seconds = tally.measurements();
    return findOutages(seconds).map((outage) => toOutageSpan(outage, seconds));
  }

  test.each([
    ['a whole second between its losses', 60, 70],
    ['a part of a second in which others were lost', 62, 66],
    ['the time up to the first good one', 82, 88],
  ])('is an estimate: %s', (_what, from, until) => {
    const [outage, ...others] = find((index) => index < from || index >= until);
    expect(others).toEqual([]);
    expect(outage?.lengthMs).toBe(4_000);
    expect(outage?.exact).toBeUndefined();
  });

  test.each([
    ['before its first loss', 30, 50],
    ['after its last', 80, 120],
  ])('may be longer where nothing was measured right %s', (_what, from, until) => {
    const [outage] = find((index) => index < from || index >= until);
    expect(outage).toMatchObject({ mayBeLonger: true });
  });

  test('is no longer where both its ends were measured', () => {
    const [outage] = find((index) => index < 60 || index >= 70);
    expect(outage).not.toHaveProperty('mayBeLonger');
  });

  test('is exact where the gap lies outside', () => {
    expect(find((index) => index < 100)).toMatchObject([{ lengthMs: 4_000, exact: true }]);
  });
});
