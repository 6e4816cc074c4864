import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countDue } from '../../src/domain/measurement.ts';
import type { Run } from '../../src/domain/run.ts';
import { listPhases } from '../support/truth/tell-truth.ts';
import { conductVirtual, lastedMs } from '../support/truth/virtual-run.ts';

/** The least share of its due predictions that was measured in a phase that is judged. */
function leastCoverage(run: Run): number {
  const shares = listPhases(run).map(({ measurement: { predictions } }) =>
    countDue(predictions) === 0 ? 0 : predictions.sent / countDue(predictions),
  );
  return Math.min(...shares);
}

const kill = {
  share: fc.double({ min: 0.02, max: 0.98, noNaN: true }),
  awayMs: fc.integer({ min: 500, max: 180_000 }),
};
const seed = 20_261_126;

describe('a run that a restart interrupted at any time, judged as chaos.yaml has it', () => {
  test('never holds where the service was away for most of the fault', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ ...kill, lossUnderFault: fc.constantFrom(0.55, 0.8, 1) }),
        async ({ share, awayMs, lossUnderFault }) => {
          const service = { lossUnderFault, silentAfterMs: 0 };
          const whole = await conductVirtual(service);
          expect(whole.run().end?.verdict).toBe('deviated');
          const afterMs = lastedMs(whole.run()) * share;
          const { end } = (await conductVirtual({ ...service, kill: { afterMs, awayMs } })).run();
          expect(end?.verdict).not.toBe('held');
        },
      ),
      { numRuns: 60, seed },
    );
  }, 600_000);

  test('never holds where less was measured than its bound, and else does', async () => {
    const found = { held: 0, tooLittle: 0 };
    const service = { lossUnderFault: 0, silentAfterMs: 0 };
    const whole = await conductVirtual(service);
    expect(whole.run().end).toMatchObject({ verdict: 'held' });
    await fc.assert(
      fc.asyncProperty(fc.record(kill), async ({ share, awayMs }) => {
        const afterMs = lastedMs(whole.run()) * share;
        const run = (await conductVirtual({ ...service, kill: { afterMs, awayMs } })).run();
        const isHeld = run.end?.verdict === 'held';
        if (leastCoverage(run) < 0.95) {
          found.tooLittle += 1;
          expect([share, awayMs, isHeld]).toEqual([share, awayMs, false]);
        } else if (isHeld) found.held += 1;
      }),
      { numRuns: 100, seed, examples: [[{ share: 0.5, awayMs: 500 }]] },
    );
    expect(found.tooLittle).toBeGreaterThan(20);
    expect(found.held).toBeGreaterThan(0);
  }, 600_000);
});
