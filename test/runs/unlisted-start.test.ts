import { describe, expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import { isLeftToWatch, toCarriedUntil } from '../../src/domain/left-fault.ts';
import type { Run } from '../../src/domain/run.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import { approver } from '../support/proposal.ts';
import { beginOf, own, pause } from '../support/staged-fault.ts';
import { Stage } from '../support/stage.ts';

const { signal } = new AbortController();

/** A run whose start Azure took, and whose execution it lists to nobody. */
function approve(): Stage {
  const stage = new Stage({ guards: [{ kind: 'consecutive-failures', count: 1_000 }] });
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  stage.lossUnderFault = 0.5;
  return stage;
}

type Hidden = {
  readonly carriesUntil: () => boolean;
  readonly onSearch?: (second: number) => void;
};

/** Searches last two minutes and find nothing. The first pod runs a pause image while it carries the fault. */
function hide(deps: ConductDeps, { carriesUntil, onSearch }: Hidden): ConductDeps {
  return {
    ...deps,
    faults: {
      ...deps.faults,
      async findStarted() {
        for (let second = 0; second < 120; second += 1) {
          await deps.clock.sleep(1_000);
          onSearch?.(second);
        }
        return undefined;
      },
    },
    cluster: {
      ...deps.cluster,
      watch(...given) {
        const watch = deps.cluster.watch(...given);
        const view = () => {
          const { pods, ...seen } = watch.view();
          const imageOf = (index: number) => (index === 0 && carriesUntil() ? pause : own);
          const shown = pods.map((pod, index) => ({ ...pod, images: { scoring: imageOf(index) } }));
          return { ...seen, pods: shown };
        };
        return { ...watch, view };
      },
    },
  };
}

/** Ends the process as soon as Azure has taken the start. */
async function killInDoubt(stage: Stage, hidden: Hidden): Promise<void> {
  stage.onTick = (now) => {
    if (now.executions.length === 0 || now.run().phase !== 'inject') return;
    now.onTick = () => undefined;
    now.kill();
  };
  await conductRun(stage.run().id, hide(stage.deps(), hidden), signal).catch(() => undefined);
  expect(stage.run().executionId).toBeUndefined();
  stage.restart();
}

describe('a start of which Azure lists no execution, and whose fault shows on pods', () => {
  test.each([
    ['failed', () => undefined],
    [
      'stopped',
      (stage: Stage) =>
        stage.append({ type: 'stop-requested', by: approver, via: { kind: 'card' } }),
    ],
  ] as const)('is ended as %s, never as nothing injected', async (ending, meanwhile) => {
    const stage = approve();
    stage.faultMs = 600_000;
    const hidden: Hidden = {
      carriesUntil: () => stage.faultActive,
      onSearch: (second) => void (second === 30 && meanwhile(stage)),
    };
    await killInDoubt(stage, hidden);
    await conductRun(stage.run().id, hide(stage.deps(), hidden), signal);
    const run = stage.run();
    expect(run.end).toMatchObject({ ending, verdict: 'inconclusive' });
    expect(run.end?.why).toMatch(/lists no execution of this start, but its fault was seen/);
    expect(run.faultSeen).toBeDefined();
    expect(stage.count('azure cancel')).toBeGreaterThan(0);
    const asked = stage.journal.find(({ event }) => event.type === 'cancel-requested');
    const because = ending === 'stopped' ? 'stopped by a person' : run.failure?.message;
    expect(asked?.event).toMatchObject({ because });
    // The cancel of the stage ends it.
    expect(run.carrying ?? []).toEqual([]);
  });

  test('is watched after the run where pods carry it still', async () => {
    const stage = approve();
    const hidden: Hidden = { carriesUntil: () => stage.executions.length > 0 };
    await killInDoubt(stage, hidden);
    await conductRun(stage.run().id, hide(stage.deps(), hidden), signal);
    const run = stage.run();
    expect(run.carrying).toHaveLength(1);
    expect(isLeftToWatch(run)).toBe(true);
    expect(run.end?.why).toContain('the fault was still on');
  });

  test('is not said to be on pods that the cluster does not show any more', async () => {
    const stage = Object.assign(approve(), { startFails: 'after' as const });
    stage.onTick = ({ now }) => {
      const isSilent = now >= beginOf(stage) + 20_000;
      if (isSilent) stage.clusterSilentFrom = Math.min(stage.clusterSilentFrom, now);
    };
    const seenAt = () => Math.min(stage.now, stage.clusterSilentFrom);
    const hidden: Hidden = {
      carriesUntil: () => seenAt() >= beginOf(stage) && seenAt() < beginOf(stage) + 60_000,
    };
    await conductRun(stage.run().id, hide(stage.deps(), hidden), signal);
    const run = stage.run();
    expect(run.carrying).toHaveLength(1);
    expect(run.end?.why).toContain('When pods were last seen, the fault was still on');
    expect(toCarriedUntil(run)).toBe(stage.clusterSilentFrom);
  });

  test('is asked to end at least once, and no oftener than all runs can do with', async () => {
    const rid = approve();
    await killInDoubt(rid, { carriesUntil: () => rid.executions.length > 0 });
    const ridAt = rid.now + 60_000;
    const hidden: Hidden = { carriesUntil: () => rid.now < ridAt };
    await conductRun(rid.run().id, hide(rid.deps(), hidden), signal);
    expect(rid.run().end?.verdict).toBe('inconclusive');
    expect(rid.count('azure cancel')).toBe(1);
    const stuck = approve();
    const stays: Hidden = { carriesUntil: () => stuck.executions.length > 0 };
    await killInDoubt(stuck, stays);
    await conductRun(stuck.run().id, hide(stuck.deps(), stays), signal);
    expect(stuck.run().carrying).toHaveLength(1);
    // In the 90 s of a fault of 60 s.
    expect(stuck.count('azure cancel')).toBe(6);
  });

  test('is asked to end with the next second where a request has to wait', async () => {
    const stage = approve();
    stage.faultMs = 600_000;
    const hidden: Hidden = { carriesUntil: () => stage.faultActive };
    await killInDoubt(stage, hidden);
    const deps = hide(stage.deps(), hidden);
    const asked: number[] = [];
    const cancel: typeof deps.faults.cancel = (...given) => {
      asked.push(stage.now);
      return asked.length === 1
        ? Promise.resolve({ kind: 'waiting' })
        : deps.faults.cancel(...given);
    };
    await conductRun(stage.run().id, { ...deps, faults: { ...deps.faults, cancel } }, signal);
    expect(asked).toHaveLength(2);
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBe(1_000);
    expect(stage.run().cancelRequestedAt).toBeDefined();
  });

  test('also where this process asked for it, and its answer was lost', async () => {
    const stage = Object.assign(approve(), { startFails: 'after' as const });
    const hidden: Hidden = { carriesUntil: () => stage.faultActive };
    await conductRun(stage.run().id, hide(stage.deps(), hidden), signal);
    expect(stage.run().end).toMatchObject({ ending: 'failed', verdict: 'inconclusive' });
    expect(stage.run().faultSeen).toBeDefined();
  });
});

test('a start of which Azure says nothing, and whose fault shows on pods, is not said to have injected nothing', async () => {
  const stage = Object.assign(approve(), { startFails: 'after' as const });
  const silent = () =>
    Promise.reject(
      new ChaosError('azure-unreachable', 'Azure does not answer.', { suggestion: 'Wait.' }),
    );
  const toDeps = (): ConductDeps => {
    const hidden = hide(stage.deps(), { carriesUntil: () => stage.executions.length > 0 });
    const findStarted = () => hidden.faults.findStarted(stage.run()).then(silent);
    return { ...hidden, faults: { ...hidden.faults, findStarted, cancel: silent, read: silent } };
  };
  // Its job is taken again and again.
  for (let count = 0; count < 5 && stage.run().phase !== 'ended'; count += 1)
    await conductRun(stage.run().id, toDeps(), signal).catch(() => undefined);
  const run = stage.run();
  expect(run.end).toMatchObject({ ending: 'failed', verdict: 'inconclusive' });
  expect(run.end?.why).toMatch(/^Azure does not answer. The fault was seen all the same: /);
  expect(isLeftToWatch(run)).toBe(true);
});

test('a start in doubt whose fault shows on pods is ended also where the checkpoint was altered', async () => {
  const stage = approve();
  const hidden: Hidden = { carriesUntil: () => stage.faultActive };
  await killInDoubt(stage, hidden);
  const deps = hide(stage.deps(), hidden);
  const altered = () =>
    Promise.reject(new ChaosError('record-altered', 'It was altered.', { suggestion: 'Look.' }));
  const checkpoints = { ...deps.checkpoints, find: altered };
  await conductRun(stage.run().id, { ...deps, checkpoints }, signal);
  const { end } = stage.run();
  expect(end).toMatchObject({ ending: 'failed', verdict: 'inconclusive' });
  expect(end?.why).toMatch(/^It was altered. The fault was seen all the same: /);
  expect(stage.count('azure cancel')).toBeGreaterThan(0);
});

test.each([
  { kind: 'row', fields: ['phase'] },
  { kind: 'journal', sequence: 3 },
] as const)(
  'a run whose $kind was altered while its start was in doubt ends, though its fault shows on pods',
  async (alteration) => {
    const stage = Object.assign(approve(), { startFails: 'after' as const });
    const alter = (run: Run): Run =>
      stage.now < beginOf(stage) + 10_000 ? run : { ...run, alteration };
    const deps = hide(stage.deps(), { carriesUntil: () => stage.faultActive });
    const find: typeof deps.runs.find = async (...given) => {
      const run = await deps.runs.find(...given);
      return run && alter(run);
    };
    const transact: typeof deps.runs.transact = async (...given) => {
      const committed = await deps.runs.transact(...given);
      return { ...committed, run: alter(committed.run) };
    };
    const runs = { ...deps.runs, find, transact };
    await conductRun(stage.run().id, { ...deps, runs }, signal);
    expect(stage.run().end).toMatchObject({ ending: 'failed', verdict: 'inconclusive' });
    expect(stage.run().carrying ?? []).toEqual([]);
  },
);

describe('a start of which Azure lists no execution, and no fault shows', () => {
  test('is not said to have injected nothing', async () => {
    const stage = approve();
    const hidden: Hidden = { carriesUntil: () => false };
    // Before the start leaves.
    const never: ConductDeps['faults']['start'] = async () => {
      stage.kill();
      throw new Error('killed');
    };
    const deps = hide(stage.deps(), hidden);
    const killed = { ...deps, faults: { ...deps.faults, start: never } };
    await conductRun(stage.run().id, killed, signal).catch(() => undefined);
    expect(stage.run().startRequestedAt).toBeDefined();
    stage.restart();
    await conductRun(stage.run().id, hide(stage.deps(), hidden), signal);
    const { end, failure } = stage.run();
    expect(end).toMatchObject({ ending: 'failed', verdict: null });
    expect(failure?.message).toContain('Azure lists no execution of it');
    expect(failure?.suggestion).toContain('Check in the Azure portal');
  });
});
