import { expect, test } from '@jest/globals';
import { conductRun } from '../../src/runs/conduct-run.ts';
import type { PredictionResult } from '../../src/domain/prediction-result.ts';
import { approver, sampleProposal, startOfTime } from '../support/proposal.ts';
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

test('a service that hangs while pods are read for long gets no fault', async () => {
  const { service } = sampleProposal();
  const timeoutMs = 60_000;
  const scoring = { ...service.scoring, timeoutMs };
  const tolerance = { signal: 'availability', comparison: '>=', bound: 0.9 } as const;
  const hypothesis = { title: 'Predictions survive', tolerances: [tolerance] };
  const stage = new Stage({ service: { ...service, scoring }, hypothesis, guards: [] });
  const { id, digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  const deps = stage.deps();
  const hangsAt = startOfTime + 35_000;
  let looks = 0;
  const readPods: typeof deps.cluster.readPods = async (...given) => {
    looks += 1;
    const tookSeconds = looks === 1 ? 25 : 0;
    for (let second = 0; second < tookSeconds; second += 1) await deps.clock.sleep(1_000);
    return deps.cluster.readPods(...given);
  };
  const start: typeof deps.predictions.start = (asked, { onResults, ...options }) => {
    let hanging: PredictionResult[] = [];
    return deps.predictions.start(asked, {
      ...options,
      onResults: ({ results, knownUntil }) => {
        const ended = [...hanging, ...results].map((result): PredictionResult =>
          result.kind === 'measured' && result.dueAt >= hangsAt
            ? {
                ...result,
                endedAt: result.dueAt + timeoutMs,
                latencyMs: timeoutMs,
                outcome: 'timeout',
              }
            : result,
        );
        const isEnded = (result: PredictionResult) =>
          result.kind !== 'measured' || result.endedAt <= stage.now;
        hanging = ended.filter((result) => !isEnded(result));
        const until = Math.min(knownUntil, Math.max(hangsAt, stage.now - timeoutMs));
        onResults({ results: ended.filter(isEnded), knownUntil: until });
      },
    });
  };
  const cluster = { ...deps.cluster, readPods };
  const predictions = { ...deps.predictions, start };
  await conductRun(id, { ...deps, cluster, predictions }, new AbortController().signal);
  expect(stage.executions).toEqual([]);
  expect(stage.run().end?.ending).toBe('not-steady');
});
