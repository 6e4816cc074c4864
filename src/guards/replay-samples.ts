import type { Guard } from '../domain/guard.ts';
import type { Run } from '../domain/run.ts';
import { findJudgedAt, isMeasured, type Sample } from '../domain/sample.ts';
import { createReplayedWatch, type ReplayedTrip } from './replay-seconds.ts';

/** Plays single predictions of a recorded run to a guard. */
export type SampleReplay = {
  /** Takes all of them, in the order in which they were judged. */
  see(sample: Sample): void;
  /** To be called when all were given: whether the guard trips, and how many predictions under the fault it was shown. */
  end(): { readonly trip: ReplayedTrip | undefined; readonly played: number };
};

/** How often guards are asked when nothing becomes known. */
const tickMs = 1_000;

/**
 * Shows a guard what it saw in life: each prediction when it was judged, until the end of the fault. How old the sight of the pods was is not
 * recorded, so they count as seen.
 */
export function createSampleReplay(run: Run, guard: Guard): SampleReplay {
  const { startRequestedAt: since = Infinity, faultEndedAt: endsAt = -Infinity } = run;
  const watch = createReplayedWatch(run, [guard]);
  const slotMs = 1_000 / run.proposal.service.scoring.ratePerSecond;
  if (Number.isFinite(since)) watch.arm(since);
  let predictionsAt: number | null = null;
  let nextLookAt = since;
  let [played, lostAfter] = [0, 0];
  let tripped: Omit<ReplayedTrip, 'lostAfter'> | undefined;
  const look = (now: number) => {
    if (tripped || now >= endsAt || now < since) return;
    const trip = watch.findTrip({ now, predictionsAt, podsAt: now });
    if (trip) tripped = { ...trip, at: now };
  };
  const lookUntil = (at: number) => {
    for (; nextLookAt < Math.min(at, endsAt); nextLookAt += tickMs) look(nextLookAt);
  };
  return {
    see(sample) {
      const judgedAt = findJudgedAt(sample);
      lookUntil(judgedAt);
      const { dueAt } = sample;
      if (!isMeasured(sample)) return watch.skip({ from: dueAt, until: dueAt + slotMs });
      // By whole seconds, as the journal counts them, so that both can be compared.
      const second = Math.floor(dueAt / 1_000) * 1_000;
      const isUnderFault = second >= since && second < endsAt;
      if (isUnderFault) played += 1;
      const isGood = sample.outcome === 'good';
      if (tripped && !isGood && dueAt >= tripped.at && dueAt < endsAt) lostAfter += 1;
      if (tripped) return;
      watch.see({ dueAt, endedAt: judgedAt, isGood });
      predictionsAt = Math.max(predictionsAt ?? 0, judgedAt);
      look(judgedAt);
    },
    end() {
      lookUntil(endsAt);
      return { trip: tripped && { ...tripped, lostAfter }, played };
    },
  };
}
