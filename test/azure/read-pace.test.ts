import { expect, test } from '@jest/globals';
import { createReadPace } from '../../src/azure/read-pace.ts';

const throttled = { statusCode: 429, response: { headers: { get: () => '60' } } };

test('a read that fails for another reason does not shorten the wait that Azure asked for meanwhile', async () => {
  const time = { at: 1_000_000 };
  const atPace = createReadPace({ now: () => time.at });
  const other = Promise.withResolvers<never>();
  const underway = atPace(() => other.promise);
  await expect(atPace(() => Promise.reject(throttled))).rejects.toBe(throttled);
  other.reject(new Error('reset'));
  await expect(underway).rejects.toThrow('reset');
  time.at += 59_000;
  await expect(atPace(() => Promise.resolve('asked'))).rejects.toBe(throttled);
  time.at += 1_000;
  expect(await atPace(() => Promise.resolve('asked'))).toBe('asked');
});
