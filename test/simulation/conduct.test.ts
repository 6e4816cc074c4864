import { expect, test } from '@jest/globals';
import { simulate } from '../support/simulation/world.ts';

const days = 100;

test('no order of crashes, pauses, lost messages and clicks breaks a promise', async () => {
  const broken: string[] = [];
  const verdicts = new Set<string>();
  let starts = 0;
  for (let seed = 1; seed <= days; seed += 1) {
    const course = await simulate(seed);
    starts += course.starts;
    for (const verdict of course.verdicts) verdicts.add(verdict);
    if (course.violations.length > 0) broken.push(`seed ${seed}: ${course.violations.join('; ')}`);
  }
  expect(broken).toEqual([]);
  // Days on which nothing ever starts, or all runs end alike, would prove nothing.
  expect(starts).toBeGreaterThan(days / 4);
  for (const verdict of ['completed held', 'completed deviated', 'aborted deviated'])
    expect(verdicts).toContain(verdict);
});

test('the same seed gives the same day', async () => {
  const [once, again] = [await simulate(7), await simulate(7)];
  expect(again).toEqual(once);
});
