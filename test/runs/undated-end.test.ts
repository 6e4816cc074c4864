import { describe, expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import type { ExecutionReport } from '../../src/domain/run-event.ts';
import { beginOf, conduct, deleted, first } from '../support/staged-fault.ts';
import type { Stage } from '../support/stage.ts';

const faultMs = 60_000;
const tolerance = { signal: 'availability', comparison: '>=', bound: 0.95 } as const;
const hypothesis = { title: 'Predictions survive', tolerances: [tolerance] };
const patient = [{ kind: 'lost-sight', afterMs: 600_000 } as const];

type Told = (sinceMs: number, usual: ExecutionReport) => ExecutionReport;

/** A pod is killed, whose end shows on no pod, and Azure tells no times; `lostMs`: from the beginning on. */
async function kill(lostMs: number, told: Told = (_sinceMs, usual) => usual) {
  const since = (stage: Stage, at: number) => at - beginOf(stage);
  const stage = await conduct(
    {
      fault: { action: 'pod-kill' },
      changes: (_stage, beganAt) => deleted(first, beganAt),
      report: (current, usual) => told(since(current, current.now), usual),
      loses: (dueAt, current) => since(current, dueAt) >= 0 && since(current, dueAt) < lostMs,
    },
    {},
    { guards: patient, hypothesis },
  );
  const run = stage.run();
  const { startedAt = 0, endedAt = 0 } = run.observed?.measurement ?? {};
  return { run, stage, lastedMs: endedAt - startedAt };
}

/** Azure does not answer from the beginning of the fault until then. */
const silentUntil =
  (untilMs: number): Told =>
  (sinceMs, usual) => {
    if (sinceMs < -2_000 || sinceMs >= untilMs) return usual;
    throw new ChaosError('azure-unreachable', 'Azure does not answer.', { suggestion: 'Wait.' });
  };

describe('a fault whose end nothing tells', () => {
  test('is dated by its approved time, and good time after it holds nothing', async () => {
    const { run, lastedMs } = await kill(4_000, silentUntil(101_000));
    expect(lastedMs).toBe(faultMs);
    expect(run.faultEndedBetween).toEqual({
      from: run.observed?.measurement.startedAt,
      until: expect.any(Number),
    });
    expect(run.observed?.judgement.tolerances).toMatchObject([{ undecided: 'misdated' }]);
    expect(run.end).toMatchObject({ ending: 'completed', verdict: 'inconclusive' });
  });

  test('deviates where it would whenever it ended', async () => {
    const { run } = await kill(120_000, silentUntil(101_000));
    expect(run.end).toMatchObject({ verdict: 'deviated', why: expect.stringMatching(/^During/) });
  });

  test('is judged as plainly as any other where Azure is asked all the time', async () => {
    const lossy = await kill(4_000);
    expect(Math.abs(lossy.lastedMs - faultMs)).toBeLessThanOrEqual(1_000);
    expect(lossy.run.end?.verdict).toBe('deviated');
    expect((await kill(0)).run.end?.verdict).toBe('held');
  });

  test('was too short where Azure calls it over before its time', async () => {
    const { run, lastedMs } = await kill(0, (sinceMs, usual) =>
      sinceMs < 20_000 ? usual : { ...usual, state: 'succeeded', status: 'Success' },
    );
    expect(lastedMs).toBeLessThanOrEqual(22_000);
    expect(run.injection?.mismatches).toMatchObject([
      { code: 'too-short', askedMs: faultMs, isMost: true },
    ]);
    expect(run.end?.why).toMatch(/it lasted at most 2[0-9]s instead of 60s/);
    expect(run.end?.verdict).toBe('inconclusive');
  });

  test('is not cut off from its last known moment', async () => {
    const { run } = await kill(0, (sinceMs, usual) =>
      sinceMs < 90_000 ? { ...usual, state: 'running', status: 'Running' } : usual,
    );
    expect(run.faultEndedAt).toBeGreaterThanOrEqual(
      (run.observed?.measurement.startedAt ?? 0) + 88_000,
    );
  });
});
