import { expect, test } from '@jest/globals';
import { CrashBackOff } from '../../../../lab/cluster/kubelet/crash-back-off.ts';

const IMAGE = 'scoring:1';

test('the first restart is at once, then the wait doubles to its maximum', () => {
  const backOff = new CrashBackOff({ firstMs: 10_000, maxMs: 60_000 });
  let now = 0;
  const waits = Array.from({ length: 6 }, () => {
    const { waitMs } = backOff.next(IMAGE, now, now);
    now += waitMs;
    return waitMs;
  });
  expect(waits).toEqual([0, 10_000, 20_000, 40_000, 60_000, 60_000]);
});

test('the wait counts from the end of the container, not from when it is noticed', () => {
  const backOff = new CrashBackOff({ firstMs: 10_000, maxMs: 60_000 });
  backOff.next(IMAGE, 0, 0);
  expect(backOff.next(IMAGE, 5_000, 8_000)).toEqual({ waitMs: 7_000, backOffMs: 10_000 });
});

test('a container that ran for long starts anew', () => {
  const backOff = new CrashBackOff({ firstMs: 10_000, maxMs: 60_000 });
  backOff.next(IMAGE, 0, 0);
  backOff.next(IMAGE, 1_000, 1_000);
  const restartedAt = 10_000 + 1_000;
  const finishedAt = restartedAt + 2 * 60_000 + 1_000;
  expect(backOff.next(IMAGE, finishedAt, finishedAt).waitMs).toBe(0);
});

test('each image has a back-off of its own', () => {
  const backOff = new CrashBackOff({ firstMs: 10_000, maxMs: 60_000 });
  backOff.next(IMAGE, 0, 0);
  expect(backOff.next('pause:1', 1_000, 1_000).waitMs).toBe(0);
});
