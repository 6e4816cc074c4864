import { expect, test } from '@jest/globals';
import { conductRun } from '../../src/runs/conduct-run.ts';
import type { PredictionProbe } from '../../src/runs/ports/prediction-probe.ts';
import { approver } from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

const limitMs = 20_000;
const faultMs = 60_000;
const tolerance = { signal: 'availability', comparison: '>=', bound: 0.95 } as const;
const hypothesis = { title: 'Predictions survive', tolerances: [tolerance] };

/** A bot that can send no prediction in time from the end of the fault on, for so long. */
async function conductUnmeasured(unmeasuredMs: number): Promise<Stage> {
  const stage = new Stage({ guards: [], hypothesis, recoveryLimitMs: limitMs });
  stage.lossUnderFault = 0;
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  const goneAt = () => (stage.executions[0]?.startedAt ?? Infinity) + stage.preparingMs + faultMs;
  stage.onTick = ({ now }) => {
    if (now > goneAt() + 3_600_000) throw new Error('The run goes on for more than an hour.');
  };
  const deps = stage.deps();
  const start: PredictionProbe['start'] = (service, { onResults, ...options }) =>
    deps.predictions.start(service, {
      ...options,
      onResults: ({ results, knownUntil }) => {
        const shown = results.map((result) => {
          if (result.kind !== 'measured') return result;
          const { dueAt, endedAt: knownAt } = result;
          const isLate = dueAt >= goneAt() && dueAt < goneAt() + unmeasuredMs;
          return isLate
            ? ({ kind: 'unmeasured', dueAt, knownAt, reason: 'sent-late' } as const)
            : result;
        });
        onResults({ results: shown, knownUntil });
      },
    });
  const given = { ...deps, predictions: { ...deps.predictions, start } };
  await conductRun(stage.run().id, given, new AbortController().signal);
  return stage;
}

test('a recovery of which nothing is ever measured ends as not known', async () => {
  const stage = await conductUnmeasured(Infinity);
  const { end, faultEndedAt = NaN, recovered } = stage.run();
  expect(recovered?.recovery).toMatchObject({
    predictionsGoodAfterMs: null,
    predictionsUnmeasured: true,
  });
  expect(end).toMatchObject({
    verdict: 'inconclusive',
    why: expect.stringContaining('too few predictions were measured to see whether they were good'),
  });
  const waitedMs = (recovered?.measurement.startedAt ?? NaN) - faultEndedAt;
  expect(waitedMs).toBeGreaterThanOrEqual(2 * limitMs + 60_000);
  expect(waitedMs).toBeLessThanOrEqual(2 * limitMs + 62_000);
});

test('one that is measured again within that time is seen', async () => {
  const stage = await conductUnmeasured(limitMs + 50_000);
  expect(stage.run().recovered?.recovery.predictionsGoodAfterMs).toBeGreaterThan(limitMs);
  expect(stage.run().end?.verdict).toBe('inconclusive');
});
