import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { SeenActivities } from '../../src/teams/seen-activities.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('the memory for deliveries does not grow with their size', () => {
  const seen = new SeenActivities<number>();
  const size = 200_000;
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 500; count += 1)
    seen.once(Buffer.alloc(size, `${count} `).toString(), 0, () => count);
  collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * size);
  expect(seen.once(Buffer.alloc(size, '7 ').toString(), 0, () => -1)).toBe(7);
});

test('outcomes that take more than 8 MB are forgotten, the oldest first', () => {
  const seen = new SeenActivities<number>((_outcome, tell) => tell(3_000_000));
  for (const number of [1, 2, 3]) seen.once(`click ${number}`, 0, () => number);
  expect(seen.once('click 3', 0, () => -1)).toBe(3);
  expect(seen.once('click 2', 0, () => -1)).toBe(2);
  expect(seen.once('click 1', 0, () => -1)).toBe(-1);
});

test('an outcome that is weighed after it was forgotten counts for nothing', () => {
  const weights: ((bytes: number) => void)[] = [];
  const seen = new SeenActivities<number>((_outcome, tell) => weights.push(tell));
  seen.once('early', 0, () => 1);
  const afterAnHour = 3_600_000;
  seen.once('late', afterAnHour, () => 2);
  weights[0]?.(9_000_000);
  expect(seen.once('late', afterAnHour, () => -1)).toBe(2);
});
