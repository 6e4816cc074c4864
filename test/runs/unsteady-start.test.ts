import { describe, expect, test } from '@jest/globals';
import type { Proposal } from '../../src/domain/proposal.ts';
import { startOfTime } from '../support/proposal.ts';
import { conduct } from '../support/staged-fault.ts';

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
    expect(end?.why).toMatch(/^A guard would have ended the fault at once: /);
  });
});

test('a moment of failures keeps no fault from a service', async () => {
  expect((await lose(23_000, 23_500, availability(0.9))).started).toBe(true);
});
