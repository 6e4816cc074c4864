import { expect, test } from '@jest/globals';
import { createLookLog } from '../../src/kubernetes/look-log.ts';

test('a look that is not answered counts as a problem before it is given up', async () => {
  let now = 1_000;
  const looks = createLookLog({ now: () => now });
  const answer = Promise.withResolvers<void>();
  const look = looks.note(() => answer.promise);
  expect(looks.problem()).toBeUndefined();
  now += 2_000;
  expect(looks.problem()).toEqual({ code: 'time-out' });
  // Another one was answered meanwhile.
  now += 1;
  await looks.note(() => Promise.resolve());
  expect(looks.problem()).toBeUndefined();
  answer.resolve();
  await look;
  expect(looks.problem()).toBeUndefined();
});

test('a look has failed when it was given up, until the next succeeds', async () => {
  const looks = createLookLog({ now: () => 1_000 });
  const answer = Promise.withResolvers<void>();
  const look = looks.note(() => answer.promise);
  expect(looks.hasFailed()).toBe(false);
  answer.reject(new Error('given up'));
  await expect(look).rejects.toThrow('given up');
  expect(looks.hasFailed()).toBe(true);
  await looks.note(() => Promise.resolve());
  expect(looks.hasFailed()).toBe(false);
});
