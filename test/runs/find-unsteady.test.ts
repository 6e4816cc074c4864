import { describe, expect, test } from '@jest/globals';
import type { PredictionResult, ResultBatch } from '../../src/domain/prediction-result.ts';
import { findUnsteady, isKnownAt } from '../../src/runs/find-unsteady.ts';
import { RunMonitor } from '../../src/runs/run-monitor.ts';
import { sampleProposal, startOfTime } from '../support/proposal.ts';
import { conduct } from '../support/staged-fault.ts';

type Result = 'good' | 'lost' | 'unmeasured';

/** A service with a prediction a second that was given these results, and what is known of it now. */
async function watch(results: readonly Result[], { hangingMs = 0 } = {}) {
  const { service } = sampleProposal();
  const stage = await conduct({});
  const scoring = { ...service.scoring, ratePerSecond: 1, timeoutMs: 3_000 };
  const run = stage.run();
  const hypothesis = {
    title: 'Half of the predictions survive',
    tolerances: [{ signal: 'availability', comparison: '>=', bound: 0.5 } as const],
  };
  const overrides = { service: { ...service, scoring }, hypothesis, guards: [] };
  const slow = { ...run, proposal: { ...run.proposal, ...overrides } };
  let deliver: (batch: ResultBatch) => void = () => undefined;
  const deps = stage.deps();
  const monitor = new RunMonitor(slow, undefined, {
    ...deps,
    predictions: {
      ...deps.predictions,
      start: (_service, { onResults }) => {
        deliver = onResults;
        return { startedAt: () => startOfTime, stop: () => Promise.resolve() };
      },
    },
  });
  monitor.begin('baseline', startOfTime);
  const knownUntil = startOfTime + results.length * 1_000;
  deliver({ results: results.map(toResult), knownUntil });
  const now = knownUntil + hangingMs;
  const { ending, why } = findUnsteady(slow, monitor, now) ?? {};
  return {
    unsteady: ending,
    why,
    isKnown: isKnownAt(now, slow, monitor),
  };
}

function toResult(result: Result, index: number): PredictionResult {
  const dueAt = startOfTime + index * 1_000 + 500;
  if (result === 'unmeasured')
    return { kind: 'unmeasured', dueAt, knownAt: dueAt, reason: 'sent-late' };
  return {
    kind: 'measured',
    dueAt,
    sentAt: dueAt,
    endedAt: dueAt + 8,
    latencyMs: 8,
    outcome: result === 'good' ? 'good' : 'refused',
    kept: false,
  };
}

const many = (count: number, result: Result): readonly Result[] =>
  Array.from({ length: count }, () => result);

describe('a service with one prediction a second', () => {
  test('is out once five failed one after the other', async () => {
    expect((await watch([...many(60, 'good'), ...many(5, 'lost')])).unsteady).toBe('not-steady');
    expect((await watch([...many(60, 'good'), ...many(4, 'lost')])).unsteady).toBeUndefined();
  });

  test('is out for no longer than since the last break in the measurement, in which it may have been well', async () => {
    const broken = [...many(4, 'lost'), ...many(4, 'unmeasured'), ...many(9, 'lost')];
    expect(await watch([...many(60, 'good'), ...broken])).toMatchObject({
      unsteady: 'not-steady',
      why: expect.stringContaining('9 of 9 predictions of the last 8.5s failed'),
    });
  });

  test('is not known right after a break in the measurement, and gets no fault then', async () => {
    const told = await watch([...many(60, 'good'), ...many(30, 'unmeasured'), ...many(3, 'good')]);
    expect(told).toMatchObject({ unsteady: 'baseline-undecided', isKnown: false });
  });

  test('is known again when enough was measured after the break', async () => {
    const told = await watch([...many(60, 'good'), ...many(30, 'unmeasured'), ...many(9, 'good')]);
    expect(told).toEqual({ unsteady: undefined, isKnown: true });
  });

  test('is not known while its predictions hang', async () => {
    expect((await watch(many(60, 'good'), { hangingMs: 3_000 })).isKnown).toBe(false);
  });
});
