import { describe, expect, test } from '@jest/globals';
import type { Guard } from '../../src/domain/guard.ts';
import type {
  MeasuredPrediction,
  ResultBatch,
  UnmeasuredPrediction,
} from '../../src/domain/prediction-result.ts';
import { findUnsteady, isKnownAt } from '../../src/runs/find-unsteady.ts';
import { RunMonitor } from '../../src/runs/run-monitor.ts';
import { sampleProposal, startOfTime } from '../support/proposal.ts';
import { conduct } from '../support/staged-fault.ts';

type Known = MeasuredPrediction | UnmeasuredPrediction;
/** Of a second; with random arrivals, nothing may be due in it. */
type Result = 'good' | 'lost' | 'hung' | 'unmeasured' | 'none';

/** How long a prediction hangs until it is given up. */
const timeoutMs = 10_000;

/** A service with a prediction a second that was given these results, and what is known of it now. */
async function watch(
  results: readonly Result[],
  { hangingMs = 0, guards = [] }: { hangingMs?: number; guards?: readonly Guard[] } = {},
) {
  const { service } = sampleProposal();
  const stage = await conduct({});
  const scoring = { ...service.scoring, ratePerSecond: 1, timeoutMs: 3_000 };
  const run = stage.run();
  const hypothesis = {
    title: 'Half of the predictions survive',
    tolerances: [{ signal: 'availability', comparison: '>=', bound: 0.5 } as const],
  };
  const overrides = { service: { ...service, scoring }, hypothesis, guards };
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
  // As they become known.
  const known = results
    .flatMap(toResult)
    .toSorted((one, other) => findKnown(one) - findKnown(other));
  deliver({ results: known, knownUntil });
  const now = knownUntil + hangingMs;
  const { ending, why } = findUnsteady(slow, monitor, now) ?? {};
  return {
    unsteady: ending,
    why,
    isKnown: isKnownAt(now, slow, monitor),
  };
}

function toResult(result: Result, index: number): Known | [] {
  if (result === 'none') return [];
  const dueAt = startOfTime + index * 1_000 + 500;
  if (result === 'unmeasured')
    return { kind: 'unmeasured', dueAt, knownAt: dueAt, reason: 'sent-late' };
  const latencyMs = result === 'hung' ? timeoutMs : 8;
  return {
    kind: 'measured',
    dueAt,
    sentAt: dueAt,
    endedAt: dueAt + latencyMs,
    latencyMs,
    outcome: result === 'good' ? 'good' : 'refused',
    kept: false,
  };
}

function findKnown(result: Known): number {
  return result.kind === 'measured' ? result.endedAt : result.knownAt;
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

  test('has not broken a floor where no more than its window of predictions counts, also if one hung before', async () => {
    const floor = { kind: 'availability-floor', floor: 0.8, windowMs: 10_000 } as const;
    const well = [...many(40, 'good'), 'hung', ...many(4, 'lost'), ...many(13, 'good')] as const;
    expect((await watch(well, { guards: [floor] })).unsteady).toBeUndefined();
    const out = [...many(40, 'good'), ...many(4, 'lost'), ...many(4, 'good')];
    expect((await watch(out, { guards: [floor] })).why).toContain('(7 of 11 predictions)');
  });

  test('breaks its hypothesis by what was measured, and says over which time that was', async () => {
    const broken = Array.from({ length: 5 }, () => [...many(4, 'lost'), ...many(1, 'good')]).flat();
    expect(await watch([...many(60, 'unmeasured'), ...broken])).toMatchObject({
      unsteady: 'not-steady',
      why: expect.stringContaining('20 of 25 predictions of the last 25s failed'),
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

  test('is known where none was due for as long as is needed to know it', async () => {
    const results = [...many(60, 'good'), ...many(7, 'none'), ...many(5, 'good')];
    expect(await watch(results)).toEqual({ unsteady: undefined, isKnown: true });
  });

  test('is not known before it was measured for long enough, or while none was due at all', async () => {
    expect((await watch(many(5, 'good'))).isKnown).toBe(false);
    expect((await watch([...many(60, 'good'), ...many(13, 'none')])).isKnown).toBe(false);
  });

  test('is not known while its predictions hang', async () => {
    expect((await watch(many(60, 'good'), { hangingMs: 3_000 })).isKnown).toBe(false);
  });
});
