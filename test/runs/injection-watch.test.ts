import { expect, test } from '@jest/globals';
import type { ExecutionId } from '../../src/domain/ids.ts';
import { sayingDelayMs } from '../../src/evidence/injection/executor-clock.ts';
import { InjectionWatch } from '../../src/runs/injection-watch.ts';
import type { Clock } from '../../src/runs/ports/clock.ts';
import type { ClusterSight } from '../../src/runs/ports/cluster-sight.ts';
import { sampleRun } from '../support/proposal.ts';

test('an executor that was asked long ago was preparing then, and may have begun the fault since', () => {
  let now = Date.parse('2026-11-27T09:00:00Z');
  const startRequestedAt = now;
  const watch = new InjectionWatch({
    cluster: {} as ClusterSight,
    clock: { now: () => now } as Clock,
    changes: () => [],
    view: () => ({ pods: [], confirmedAt: 0 }),
    isWatched: () => true,
    isClockSteady: () => true,
    resumeFrom: undefined,
  });
  const run = { ...sampleRun(), startRequestedAt };
  const readAt = (now += 20_000);
  now += 3 * sayingDelayMs;
  watch.hear(
    { executionId: 'e-1' as ExecutionId, state: 'preparing', status: 'PreProcessing' },
    run,
    readAt,
  );
  expect(watch.preparingAt).toBe(readAt);
  expect(watch.findEarliest(startRequestedAt)).toBe(readAt - sayingDelayMs);
  expect(watch.isPreparing).toBe(true);
});
