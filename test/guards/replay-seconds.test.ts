import { describe, expect, test } from '@jest/globals';
import { replayGuards } from '../../src/guards/replay-seconds.ts';
import { foldRun } from '../../src/domain/run.ts';
import { startOfTime } from '../support/proposal.ts';
import { reportJournals } from '../support/report-gallery.ts';

const at = (second: number) => startOfTime + second * 1_000;
const aborted = foldRun(reportJournals.aborted);
const deviated = foldRun(reportJournals.deviated);

describe('a recorded run played again', () => {
  test('trips the guard that it tripped, when it did', () => {
    expect(replayGuards(aborted, aborted.proposal.guards)).toMatchObject({
      guard: aborted.trip?.guard,
      at: at(67),
      reason: expect.stringContaining('46% over the last 10s (46 of 100 predictions)'),
      lostAfter: 36,
    });
  });

  test('trips none where none tripped', () => {
    expect(replayGuards(deviated, deviated.proposal.guards)).toBeUndefined();
  });

  test('shows what a guard would have done that it did not have', () => {
    // Four of ten are lost from the first second of the fault on; nothing is lost in the eight seconds before.
    expect(
      replayGuards(deviated, [{ kind: 'availability-floor', floor: 0.7, windowMs: 5_000 }]),
    ).toMatchObject({ at: at(64), lostAfter: 75 });
    expect(replayGuards(aborted, [{ kind: 'consecutive-failures', count: 10 }])).toMatchObject({
      at: at(63),
      reason: expect.stringMatching(/^1\d predictions in a row failed$/),
    });
    expect(replayGuards(deviated, [{ kind: 'budget-cap', spendMs: 3_000 }])).toMatchObject({
      at: at(68),
    });
  });

  test('trips nothing before the start was asked for, nor without a fault', () => {
    const proposed = foldRun(reportJournals.held.slice(0, 1));
    const never = [{ kind: 'availability-floor', floor: 1.1, windowMs: 1_000 }] as const;
    expect(replayGuards(proposed, never)).toBeUndefined();
    expect(replayGuards(deviated, never)?.at).toBe(at(54));
  });
});
