import { describe, expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import { findEndedBy } from '../../src/domain/ended-early.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import { approver, proposer } from '../support/proposal.ts';
import { beginOf } from '../support/staged-fault.ts';
import { Stage } from '../support/stage.ts';

/** Azure may end a fault and not answer the request for that within the time that an answer is waited for. */

const floor = { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 } as const;
const refusal = { problem: 'azure-unreachable', sentence: '', suggestion: '' } as const;
const unanswered = { kind: 'refused', refusal } as const;

function approve(overrides: Partial<Proposal>): Stage {
  const stage = new Stage(overrides);
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  return stage;
}

type Silence = {
  /** Whether the request is heard. */
  readonly isHeard: boolean;
  /** How long Azure does not say how the execution stands after that. */
  readonly silentMs: number;
};

/** Azure answers the first request to end the fault after five seconds only, as one that it does not answer. */
function fallSilent(stage: Stage, { isHeard, silentMs }: Silence): ConductDeps {
  const deps = stage.deps();
  let silentUntil: number | undefined;
  const cancel: typeof deps.faults.cancel = async (...given) => {
    if (silentUntil !== undefined && stage.now >= silentUntil) return deps.faults.cancel(...given);
    silentUntil ??= stage.now + silentMs;
    if (isHeard) await deps.faults.cancel(...given);
    await deps.clock.sleep(5_000);
    return unanswered;
  };
  const read: typeof deps.faults.read = async (...given) => {
    if (stage.now < (silentUntil ?? 0))
      throw new ChaosError('azure-unreachable', 'No answer.', { suggestion: 'Wait.' });
    const report = await deps.faults.read(...given);
    const { cancelledAt = Infinity } = stage.executions[0] ?? {};
    const isOver = report.state === 'cancelled' || report.state === 'succeeded';
    const stoppedAt = Math.min(cancelledAt + 1_000, beginOf(stage) + stage.faultMs);
    return { ...report, startedAt: beginOf(stage), ...(isOver ? { stoppedAt } : {}) };
  };
  return { ...deps, faults: { ...deps.faults, cancel, read } };
}

function stopAfter(ms: number, stage: Stage): void {
  stage.onTick = ({ now }) => {
    const isDue = stage.run().phase === 'observe' && now >= beginOf(stage) + ms;
    if (isDue && !stage.run().stop)
      stage.append({ type: 'stop-requested', by: proposer, via: { kind: 'card' } });
  };
}

async function conductStopped(silence: Silence, afterMs: number) {
  const stage = approve({ guards: [] });
  stage.lossUnderFault = 0;
  stopAfter(afterMs, stage);
  await conductRun(stage.run().id, fallSilent(stage, silence), new AbortController().signal);
  return stage.run();
}

describe('a fault that Azure ended without answering', () => {
  test.each([0, 12_000])(
    'was stopped by the person who said so, and is as approved, also where Azure answers nothing for %d ms',
    async (silentMs) => {
      const run = await conductStopped({ isHeard: true, silentMs }, 20_000);
      expect(run.execution?.state).toBe('cancelled');
      expect(findEndedBy(run)).toBe('person');
      expect(run.injection?.mismatches).toEqual([]);
      expect(run.end?.why).toBe('Stopped after 21s of 60s.');
    },
  );

  test('is as approved where a guard ended it', async () => {
    const stage = approve({ guards: [floor] });
    stage.lossUnderFault = 1;
    const deps = fallSilent(stage, { isHeard: true, silentMs: 0 });
    await conductRun(stage.run().id, deps, new AbortController().signal);
    expect(stage.run().cancelRequestedAt).toBeUndefined();
    expect(stage.run().end).toMatchObject({ ending: 'aborted', verdict: 'deviated' });
    expect(stage.run().injection?.mismatches).toEqual([]);
  });
});

test('a fault whose end Azure never heard of was stopped by nobody', async () => {
  const run = await conductStopped({ isHeard: false, silentMs: 15_000 }, 50_000);
  expect(run.execution?.state).toBe('succeeded');
  expect(run.refusedCancel ?? run.cancelHeardBefore).toBeDefined();
  expect(findEndedBy(run)).toBeUndefined();
  expect(run.end?.ending).toBe('completed');
});
