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
