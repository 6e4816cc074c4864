import { expect, test } from '@jest/globals';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { approver, sampleProposal } from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

const checks = [{ name: 'no open incident', url: 'https://status.test', status: 200 }];
const conditions = { whenBusy: 'refuse', checks } as const;

/** Something changes after a restart, in the seconds in which the start waits until the service is known again. */
async function changeWhileWaiting(change: (stage: Stage) => void): Promise<Stage> {
  const stage = new Stage({ conditions });
  const { id, digest } = stage.run();
  const { signal } = new AbortController();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  stage.onCall = () => {
    if (!stage.run().baseline) return;
    stage.killNext();
    stage.onCall = () => undefined;
  };
  await conductRun(id, stage.deps(), signal).catch(() => undefined);
  expect(stage.killed).toBe(true);
  stage.restart();
  const changesAt = stage.now + 3_000;
  stage.onTick = ({ now }) => {
    if (now >= changesAt && stage.executions.length === 0) change(stage);
  };
  await conductRun(id, stage.deps(), signal);
  return stage;
}

test('a start that waited for the service goes on where nothing changed', async () => {
  const stage = await changeWhileWaiting(() => undefined);
  expect(stage.executions).toHaveLength(1);
});

test('an incident that opens while the start waits keeps the fault from the service', async () => {
  const stage = await changeWhileWaiting((current) => (current.outside = 'open is 2'));
  expect(stage.executions).toEqual([]);
  expect(stage.run().end).toMatchObject({
    ending: 'stopped',
    why: expect.stringContaining('pre-check "no open incident" failed: open is 2'),
  });
});

test('pods that go while the start waits are those that are compared with the approved ones', async () => {
  const { pods } = sampleProposal().blastRadius;
  const stage = await changeWhileWaiting((current) => (current.matched = pods.slice(1)));
  expect(stage.executions).toEqual([]);
  expect(stage.run().end?.ending).toBe('outgrown');
});
