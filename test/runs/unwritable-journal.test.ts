import { describe, expect, test } from '@jest/globals';
import type { RunEvent } from '../../src/domain/run-event.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { approver } from '../support/proposal.ts';
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
