import { expect, test } from '@jest/globals';
import { beginOf, conduct, first, swapped } from '../support/staged-fault.ts';
import type { Stage } from '../support/stage.ts';

const faultMs = 60_000;
const readyAfterMs = 30_000;
const tolerance = { signal: 'availability', comparison: '>=', bound: 0.95 } as const;
const hypothesis = { title: 'Predictions survive', tolerances: [tolerance] };

/** A fault whose pod is ready 30 s after it; `loses`: which predictions fail, by the time since the fault was gone. */
async function recoverWith(loses: (sinceMs: number) => boolean) {
  const goneAt = (stage: Stage) => beginOf(stage) + faultMs;
  const stage = await conduct(
    {
      changes: (_stage, beganAt) => swapped(first, beganAt, faultMs),
      isReady: (current, index) =>
        index > 0 ||
        current.now < beginOf(current) ||
        current.now >= goneAt(current) + readyAfterMs,
      loses: (dueAt, current) => loses(dueAt - goneAt(current)),
    },
    {},
    { guards: [], hypothesis },
  );
  const { recovery } = stage.run().recovered ?? {};
  expect(recovery?.podsReadyAfterMs).toBeGreaterThanOrEqual(readyAfterMs - 100);
  return recovery?.predictionsGoodAfterMs;
}

test('a service that fails once more before its pods are ready was not good again', async () => {
  const goodAfterMs = await recoverWith((sinceMs) => sinceMs >= 8_000 && sinceMs < 25_000);
  expect(goodAfterMs).toBeGreaterThan(24_000);
  expect(goodAfterMs).toBeLessThanOrEqual(25_100);
});

test('a few scattered failures take nothing back', async () => {
  const single = [9_000, 13_000, 17_500, 21_000];
  const goodAfterMs = await recoverWith((sinceMs) =>
    single.some((at) => sinceMs >= at && sinceMs < at + 100),
  );
  expect(goodAfterMs).toBe(0);
});
