import { describe, expect, test } from '@jest/globals';
import type { Guard } from '../../src/domain/guard.ts';
import { replayGuards } from '../../src/guards/replay-seconds.ts';
import { createSampleReplay } from '../../src/guards/replay-samples.ts';
import { foldRun, type Run } from '../../src/domain/run.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { startOfTime } from '../support/proposal.ts';
import { reportJournals } from '../support/report-gallery.ts';
import { toSamples } from '../support/samples.ts';

const at = (second: number) => startOfTime + second * 1_000;
const aborted = foldRun(reportJournals.aborted);
const deviated = foldRun(reportJournals.deviated);

function play(run: Run, guard: Guard, samples: readonly Sample[] = toSamples(run)) {
  const replay = createSampleReplay(run, guard);
  for (const sample of samples) replay.see(sample);
  return replay.end();
}

describe('a recorded run played again by its single predictions', () => {
  const guards: readonly Guard[] = [
    { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 },
    { kind: 'availability-floor', floor: 0.7, windowMs: 5_000 },
    { kind: 'consecutive-failures', count: 10 },
    { kind: 'budget-cap', spendMs: 3_000 },
    { kind: 'availability-drop', from: 0.99, to: 0.8, falseAlarms: 0.01 },
    { kind: 'lost-sight', afterMs: 10_000 },
  ];
  test.each(guards)('trips $kind when its seconds do, within a tick', (guard) => {
    for (const recorded of [aborted, deviated]) {
      const { faultActiveAt: _none, ...run } = recorded;
      const inOnePhase = toSamples(recorded).map((each) => ({ ...each, phase: 'inject' as const }));
      const bySeconds = replayGuards(run, [guard]);
      const { trip: bySamples } = play(run, guard, inOnePhase);
      expect(bySamples?.guard).toEqual(bySeconds?.guard);
      expect(Math.abs((bySamples?.at ?? 0) - (bySeconds?.at ?? 0))).toBeLessThanOrEqual(1_000);
    }
  });

  test('sees seconds that are not over, and predictions when they were judged', () => {
    const guard = { kind: 'consecutive-failures', count: 5 } as const;
    // All of the second 62 are lost; once as they were due, once only 2.5 s later.
    const due = toSamples(aborted).filter(({ dueAt }) => dueAt >= at(60) && dueAt < at(63));
    const lateMs = 2_500;
    const late = due.map((sample) =>
      sample.outcome === 'good' ? sample : { ...sample, latencyMs: lateMs },
    );
    const judged = late.toSorted(
      (one, other) => one.dueAt + one.latencyMs - other.dueAt - other.latencyMs,
    );
    const [soon, later] = [play(aborted, guard, due), play(aborted, guard, judged)];
    expect(soon.trip?.at).toBeLessThan(at(63));
    // Good ones that are answered meanwhile were due before: they don't end the row.
    expect(later.trip?.at).toBeGreaterThanOrEqual((soon.trip?.at ?? NaN) + lateMs - 8);
  });

  test('trips when nothing is judged any more, and says what was lost after that', () => {
    const guard = { kind: 'lost-sight', afterMs: 2_000 } as const;
    const all = toSamples(deviated);
    const silent = all.filter(({ dueAt }) => dueAt < at(70) || dueAt >= at(75));
    const { trip, played } = play(deviated, guard, silent);
    expect(trip).toMatchObject({ at: at(72), lostAfter: 35 });
    expect(trip?.reason).toContain('nothing was observed of the predictions');
    expect(played).toBe(silent.filter(({ dueAt }) => dueAt >= at(53) && dueAt < at(122)).length);
  });

  test('counts what was lost under the fault to the millisecond, not what was due after it in the same second', () => {
    const guard = { kind: 'lost-sight', afterMs: 2_000 } as const;
    const silent = toSamples(deviated).filter(({ dueAt }) => dueAt < at(70) || dueAt >= at(75));
    const ended = { ...deviated, faultEndedAt: at(98) + 250 };
    const lost = silent.filter(
      ({ dueAt, outcome }) => outcome !== 'good' && dueAt >= at(75) && dueAt < at(98) + 250,
    );
    expect(lost.some(({ dueAt }) => dueAt >= at(98))).toBe(true);
    expect(play(ended, guard, silent).trip).toMatchObject({ at: at(72), lostAfter: lost.length });
  });

  test('looks over its whole window, also where that reaches into the phase before', () => {
    const guard = { kind: 'availability-floor', floor: 0.7, windowMs: 60_000 } as const;
    // Four of ten are lost from 60 on; the good minute before keeps the window above the floor for long.
    expect(play(deviated, guard).trip).toBeUndefined();
    const short = { ...guard, windowMs: 5_000 };
    expect(play(deviated, short).trip?.at).toBeGreaterThan(at(62));
  });

  test('trips nothing before the start was asked for, nor without a fault', () => {
    const never = { kind: 'availability-floor', floor: 1.1, windowMs: 1_000 } as const;
    const proposed = foldRun(reportJournals.held.slice(0, 1));
    expect(play(proposed, never, toSamples(deviated)).trip).toBeUndefined();
    expect(play(deviated, never).trip?.at).toBe(at(53));
  });
});
