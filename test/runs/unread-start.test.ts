import { expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { approver } from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

test('a start that nobody can look for, with a cancel that Azure refuses, ends its run once its fault is over in any case', async () => {
  const stage = Object.assign(new Stage(), {
    startFails: 'after' as const,
    cancelFailsTimes: Infinity,
  });
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  const forbidden = new ChaosError('azure-forbidden', 'Azure does not let the bot list.', {
    suggestion: 'Give it the role.',
  });
  const longOverAt = () =>
    (stage.run().startRequestedAt ?? NaN) + stage.run().proposal.fault.durationMs + 120_000;
  let endedAt: number | undefined;
  for (let attempt = 0; attempt < 500 && endedAt === undefined; attempt += 1) {
    const deps = stage.deps();
    const faults = { ...deps.faults, findStarted: () => Promise.reject(forbidden) };
    await conductRun(stage.run().id, { ...deps, faults }, new AbortController().signal).catch(
      () => undefined,
    );
    stage.now += 1_000;
    if (stage.run().phase === 'ended') endedAt = stage.now;
  }
  expect(stage.count('azure start')).toBe(1);
  expect(stage.run().end).toMatchObject({ ending: 'failed' });
  expect(endedAt).toBeGreaterThanOrEqual(longOverAt());
  expect(endedAt).toBeLessThan(longOverAt() + 60_000);
});
