import { describe, expect, test } from '@jest/globals';
import type { Proposal } from '../../src/domain/proposal.ts';
import { startOfTime } from '../support/proposal.ts';
import type { Stage } from '../support/stage.ts';
import { conduct, conductTwice } from '../support/staged-fault.ts';

/** The baseline of the sample takes half a minute, and the last look at the pods that much longer. */
const baselineMs = 30_000;
const lookMs = 25_000;
const availability = (bound: number): Partial<Proposal> => ({
  guards: [],
  hypothesis: {
    title: 'Predictions survive',
    tolerances: [{ signal: 'availability', comparison: '>=', bound }],
  },
});

/** Everything is lost from a time after the baseline until another. */
async function lose(fromMs: number, untilMs: number, overrides: Partial<Proposal>) {
  const since = (dueAt: number) => dueAt - startOfTime - baselineMs;
  const loses = (dueAt: number) => since(dueAt) >= fromMs && since(dueAt) < untilMs;
  const stage = await conduct({ lookMs, loses }, {}, overrides);
  return { end: stage.run().end, started: stage.executions.length > 0 };
}

describe('a service that is dead between its baseline and the start', () => {
  test('gets no fault, and the run says with numbers that it is not steady', async () => {
    const { end, started } = await lose(2_000, 60_000, availability(0.9));
    expect(started).toBe(false);
    expect(end).toMatchObject({
      ending: 'not-steady',
      verdict: null,
      why: expect.stringMatching(
        /^The service was not steady any more .*: \d+ of \d+ predictions .* failed\. Nothing was injected\.$/,
      ),
    });
  });

  test('gets none either where its hypothesis would bear that for a while', async () => {
    expect((await lose(21_000, 60_000, availability(0.5))).end?.ending).toBe('not-steady');
  });

  test('gets none where it answers again, but broke its hypothesis meanwhile', async () => {
    expect((await lose(5_000, 20_000, availability(0.9))).end?.ending).toBe('not-steady');
  });

  test('gets none where a guard would end the fault at once', async () => {
    const guards = [{ kind: 'consecutive-failures', count: 20 } as const];
    const { end, started } = await lose(22_500, 60_000, { ...availability(0.5), guards });
    expect(started).toBe(false);
    expect(end?.why).toMatch(/: 2\d of 2\d predictions of the last [\d.]+s failed\./);
  });

  test('gets none where a floor is broken, and the run names the floor', async () => {
    const guards = [{ kind: 'availability-floor', floor: 0.9, windowMs: 10_000 } as const];
    const { end, started } = await lose(20_000, 22_000, { ...availability(0.5), guards });
    expect(started).toBe(false);
    expect(end?.why).toMatch(/^A guard would have ended the fault at once: availability was 8/);
  });
});

/** The bot is away for half a minute between the baseline and the start. */
async function restart(loses: (dueAt: number) => boolean, lostSightMs: number) {
  const killedAt = startOfTime + baselineMs + 2_000;
  const isKilled = ({ now }: Stage) => now >= killedAt;
  const guards = [{ kind: 'lost-sight', afterMs: lostSightMs } as const];
  const stage = await conductTwice(
    { lookMs: ({ now }) => (now < killedAt ? 5_000 : 0), loses },
    { isKilled, awayMs: 30_000 },
    { ...availability(0.9), guards },
  );
  return { end: stage.run().end, started: stage.executions.length > 0 };
}

describe('a bot that was away between the baseline and the start', () => {
  test('starts no fault on a service that is dead since, whatever its guards', async () => {
    const diesAt = startOfTime + baselineMs + 3_000;
    const { end, started } = await restart((dueAt) => dueAt >= diesAt, 60_000);
    expect(started).toBe(false);
    expect(end).toMatchObject({ ending: 'not-steady', why: expect.stringContaining('failed') });
  });

  test('starts it on a healthy one: no guard had anything to see meanwhile', async () => {
    expect((await restart(() => false, 20_000)).started).toBe(true);
  });
});

test('what failed before the start was asked for spends nothing of its cap', async () => {
  const guards = [{ kind: 'budget-cap', spendMs: 3_000 } as const];
  const loses = (dueAt: number) => Math.round(dueAt / 100) % 50 === 0;
  const stage = await conduct({ lookMs: 250_000, loses }, {}, { ...availability(0.9), guards });
  expect(stage.executions).toHaveLength(1);
});

test('a moment of failures keeps no fault from a service', async () => {
  expect((await lose(23_000, 23_500, availability(0.9))).started).toBe(true);
});
