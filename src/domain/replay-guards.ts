import { findTrippedGuard, type Guard, type GuardTrip } from './guard.ts';
import { joinSeconds } from './join-seconds.ts';
import { findEnd, type SecondMeasurement } from './measurement.ts';
import { countLost, toPredictionStream } from './prediction-stream.ts';
import type { Run } from './run.ts';

/** The first guard that trips when a recorded run is played to it, and how many predictions were still lost under the fault after that. */
export type ReplayedTrip = GuardTrip & { readonly at: number; readonly lostAfter: number };

/**
 * Plays the recorded seconds of a run, from the start request to the end of its fault, to guards: its own or others. Undefined when none trips. How old the sight
 * of the pods was is not recorded, so they count as seen all the time; a fault that was cut short shows nothing of what would have come.
 */
export function replayGuards(run: Run, guards: readonly Guard[]): ReplayedTrip | undefined {
  const phases = [run.baseline, run.observed, run.recovered].flatMap((phase) =>
    phase ? [phase.measurement] : [],
  );
  const { faultEndedAt = Number.NEGATIVE_INFINITY } = run;
  const { seconds } = toPredictionStream(run, joinSeconds(phases));
  const played = seconds.filter(({ at }) => at < faultEndedAt);
  for (const [index, second] of played.entries()) {
    const trip = findTrippedGuard(guards, toSight(run, guards, played.slice(0, index + 1)));
    if (trip)
      return { ...trip, at: findEnd(second), lostAfter: countLost(played.slice(index + 1)) };
  }
  return undefined;
}

function toSight(run: Run, guards: readonly Guard[], seconds: readonly SecondMeasurement[]) {
  const last = seconds.at(-1);
  const since = run.startRequestedAt ?? 0;
  const now = last ? findEnd(last) : since;
  const answered = seconds.findLast(({ sent }) => sent > 0);
  return {
    now,
    since,
    windows: guards.flatMap((guard) =>
      guard.kind === 'availability-floor' ? [toWindow(guard.windowMs, now, seconds)] : [],
    ),
    predictionsAt: answered ? findEnd(answered) : null,
    podsAt: now,
    stream: toPredictionStream(run, seconds),
  };
}

function toWindow(windowMs: number, now: number, seconds: readonly SecondMeasurement[]) {
  const within = seconds.filter(({ at }) => at >= now - windowMs);
  const sent = within.reduce((sum, second) => sum + second.sent, 0);
  return { windowMs, sent, good: sent - countLost(within) };
}
