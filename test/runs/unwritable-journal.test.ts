import { describe, expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { approver } from '../support/proposal.ts';
import { forbidden } from '../support/lossy-predictions.ts';
import { Stage } from '../support/stage.ts';

const { signal: never } = new AbortController();

/** A conductor whose journal can be read and takes no entry any more from `refused` on, with an error that no adapter knows. */
function refuseFrom(stage: Stage, refused: RunEvent['type']): ConductDeps {
  const deps = stage.deps();
  let isRefusing = false;
  const transact: typeof deps.runs.transact = (runId, decide, claim) =>
    deps.runs.transact(
      runId,
      (run, state) => {
        const decision = decide(run, state);
        isRefusing ||= decision.events.some(({ type }) => type === refused);
        if (isRefusing) throw new Error('permission denied for table journal');
        return decision;
      },
      claim,
    );
  return { ...deps, runs: { ...deps.runs, transact } };
}

describe('a fault is not left behind without guards when the journal takes no entry', () => {
  test.each(['started', 'fault-active', 'fault-seen'] as const)('%s', async (type) => {
    const stage = new Stage();
    const { digest, id } = stage.run();
    stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
    await expect(conductRun(id, refuseFrom(stage, type), never)).rejects.toThrow(
      /permission denied/,
    );
    expect(stage.count('azure start')).toBe(1);
    expect(stage.count('azure cancel')).toBe(1);
  });
});

function approve(): Stage {
  const stage = Object.assign(new Stage({ guards: [] }), { lossUnderFault: 0 });
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  return stage;
}

/** A database that can be read and refuses each entry of a type for so long. */
function refuseFor(ms: number, stage: Stage, refused: RunEvent['type']): ConductDeps {
  const deps = stage.deps();
  let since: number | undefined;
  const transact: typeof deps.runs.transact = (runId, decide, claim) =>
    deps.runs.transact(
      runId,
      (run, state) => {
        const decision = decide(run, state);
        if (!decision.events.some(({ type }) => type === refused)) return decision;
        since ??= stage.now;
        if (stage.now - since >= ms) return decision;
        throw new ChaosError('store-unavailable', 'It takes none.', { suggestion: 'Wait.' });
      },
      claim,
    );
  return { ...deps, runs: { ...deps.runs, transact } };
}

describe.each(['started', 'fault-active', 'fault-seen'] as const)(
  'a database that takes no entry %s',
  (type) => {
    test('for a few seconds ends no fault', async () => {
      const stage = approve();
      await conductRun(stage.run().id, refuseFor(6_000, stage, type), never);
      expect(stage.count('azure cancel')).toBe(0);
      expect(stage.count(type)).toBe(1);
      expect(stage.run().end).toMatchObject({ ending: 'completed', verdict: 'held' });
    });

    test('ends the fault after a while', async () => {
      const stage = approve();
      const conducted = conductRun(stage.run().id, refuseFor(300_000, stage, type), never);
      await expect(conducted).rejects.toThrow(/database took no entry/);
      expect(stage.count('azure cancel')).toBeGreaterThan(0);
      const { startedAt = 0, cancelledAt = 0 } = stage.executions[0] ?? {};
      expect(cancelledAt - startedAt).toBeLessThan(25_000);
    });
  },
);

test('a guard ends a fault whose execution the database does not take', async () => {
  const guards = [{ kind: 'lost-sight', afterMs: 5_000 }] as const;
  const stage = Object.assign(new Stage({ guards }), { lossUnderFault: 0 });
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  stage.onTick = ({ executions: [execution] }) => {
    if (execution) stage.clusterSilentFrom = execution.startedAt;
  };
  await conductRun(stage.run().id, refuseFor(12_000, stage, 'started'), never);
  const { startedAt = 0, cancelledAt = 0 } = stage.executions[0] ?? {};
  expect(cancelledAt - startedAt).toBeLessThan(8_000);
  expect(stage.run().end?.ending).toBe('aborted');
});

test('an execution is recorded also by a process that is ending', async () => {
  const stage = new Stage();
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  const deps = stage.deps();
  const draining = new AbortController();
  const start: typeof deps.faults.start = async (...given) => {
    const executionId = await deps.faults.start(...given);
    draining.abort();
    return executionId;
  };
  const given = { ...deps, faults: { ...deps.faults, start } };
  const conducted = conductRun(stage.run().id, given, draining.signal);
  await expect(conducted).rejects.toThrow(/process is ending/);
  expect(stage.run().executionId).toBeDefined();
});

describe('a database that refuses', () => {
  test('the end of an execution that failed does not make it one that began', async () => {
    const stage = approve();
    const deps = refuseFor(1, stage, 'fault-ended');
    const read: typeof deps.faults.read = async (...given) => {
      const report = await deps.faults.read(...given);
      const isDue = stage.now >= (stage.executions[0]?.startedAt ?? Infinity) + stage.preparingMs;
      return isDue ? { ...report, state: 'failed' } : { ...report, state: 'preparing' };
    };
    await conductRun(stage.run().id, { ...deps, faults: { ...deps.faults, read } }, never);
    expect(stage.count('fault-active')).toBe(0);
    expect(stage.run().end).toMatchObject({ ending: 'failed', verdict: 'void' });
  });

  test('all that is written, and can be read, does not keep Azure from being asked again', async () => {
    const stage = approve();
    const deps = refuseFor(300_000, stage, 'fault-active');
    const isAway = () => stage.run().executionId !== undefined;
    const save: typeof deps.checkpoints.save = (...given) =>
      isAway()
        ? Promise.reject(new ChaosError('store-unavailable', 'It takes none.', { suggestion: '' }))
        : deps.checkpoints.save(...given);
    let asked = 0;
    const cancel: typeof deps.faults.cancel = (...given) =>
      (asked += 1) < 3 ? Promise.resolve(forbidden) : deps.faults.cancel(...given);
    const refusing = {
      ...deps,
      checkpoints: { ...deps.checkpoints, save },
      faults: { ...deps.faults, cancel },
    };
    await expect(conductRun(stage.run().id, refusing, never)).rejects.toThrow(/database/);
    expect([asked, stage.count('azure cancel')]).toEqual([3, 1]);
  });

  test('an execution does not keep its end from being asked for anew', async () => {
    const stage = approve();
    const deps = refuseFor(12_000, stage, 'started');
    let listedAt = Infinity;
    const start: typeof deps.faults.start = async (...given) => {
      const executionId = await deps.faults.start(...given);
      await deps.clock.sleep(1_000);
      stage.append({ type: 'stop-requested', by: approver, via: { kind: 'command' } });
      for (let waitedMs = 0; waitedMs < 6_000; waitedMs += 500) await deps.clock.sleep(500);
      listedAt = stage.now;
      return executionId;
    };
    const askedAt: number[] = [];
    // Before its execution is known, Azure finds nothing to end.
    const cancel: typeof deps.faults.cancel = (run, how) => {
      if (run.executionId === undefined) return Promise.resolve({ kind: 'accepted' });
      askedAt.push(stage.now);
      return deps.faults.cancel(run, how);
    };
    await conductRun(stage.run().id, { ...deps, faults: { ...deps.faults, start, cancel } }, never);
    expect((askedAt[0] ?? Infinity) - listedAt).toBeLessThan(3_000);
  });

  test('an answer that never comes to the start has its own time', async () => {
    const stage = Object.assign(approve(), { preparingMs: 30_000 });
    const deps = stage.deps();
    const transact: typeof deps.runs.transact = async (...given) => {
      const { executionId } = stage.run();
      const committed = await deps.runs.transact(...given);
      const isStarted = executionId === undefined && committed.run.executionId !== undefined;
      return isStarted ? new Promise<never>(() => undefined) : committed;
    };
    await conductRun(stage.run().id, { ...deps, runs: { ...deps.runs, transact } }, never);
    expect(stage.count('azure cancel')).toBe(0);
    expect(stage.run().end).toMatchObject({ ending: 'completed', verdict: 'held' });
  });
});
