import { expect, test } from '@jest/globals';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { approver, proposer } from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

const { signal: never } = new AbortController();

function approvedStage(): Stage {
  const stage = new Stage();
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  return stage;
}

test('a run that was stopped at another replica while its start waited for Azure is not started', async () => {
  const stage = approvedStage();
  const deps = stage.deps();
  const start: typeof deps.faults.start = (...given) => {
    // Azure is read for up to a minute before the request is sent.
    stage.append({ type: 'stop-requested', by: proposer, via: { kind: 'command' } });
    return deps.faults.start(...given);
  };
  await conductRun(stage.run().id, { ...deps, faults: { ...deps.faults, start } }, never);
  expect(stage.count('azure start')).toBe(0);
  expect(stage.run().end).toMatchObject({ ending: 'stopped', verdict: null });
});

test('nothing is started while the database does not say whether somebody stopped the run', async () => {
  const stage = approvedStage();
  const deps = stage.deps();
  const silent = { isSilent: false };
  const start: typeof deps.faults.start = (...given) => {
    silent.isSilent = true;
    return deps.faults.start(...given).finally(() => (silent.isSilent = false));
  };
  const find: typeof deps.runs.find = (runId) =>
    silent.isSilent ? Promise.reject(new Error('denied')) : deps.runs.find(runId);
  const changed = { ...deps, runs: { ...deps.runs, find }, faults: { ...deps.faults, start } };
  await expect(conductRun(stage.run().id, changed, never)).rejects.toMatchObject({
    code: 'store-unavailable',
  });
  expect(stage.count('azure start')).toBe(0);
});
