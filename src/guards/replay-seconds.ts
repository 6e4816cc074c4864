import type { Guard, GuardTrip } from '../domain/guard.ts';
import { joinSeconds } from '../domain/join-seconds.ts';
import { findEnd, type SecondMeasurement } from '../domain/measurement.ts';
import { countLost, toMostSeconds, toPredictionStream } from '../domain/prediction-stream.ts';
import type { Run } from '../domain/run.ts';
import { isUnmeasured, toSeen } from './guard-state.ts';
import { GuardWatch } from './guard-watch.ts';

/** The first guard that trips when a recorded run is played to it, and how many predictions were still lost under the fault after that. */
export type ReplayedTrip = GuardTrip & { readonly at: number; readonly lostAfter: number };

/** The guards of a run, or others, as they watched it. */
export function createReplayedWatch({ proposal }: Run, guards: readonly Guard[]): GuardWatch {
  const { service, fault } = proposal;
  const { ratePerSecond } = service.scoring;
  return new GuardWatch({ guards, ratePerSecond, mostSeconds: toMostSeconds(fault) });
}

/**
 * Plays the recorded seconds of a run, until the end of its fault, to guards: its own or others. Undefined when none trips. How old the sight
 * of the pods was is not recorded, so they count as seen all the time; a fault that was cut short shows nothing of what would have come.
 */
export function replayGuards(run: Run, guards: readonly Guard[]): ReplayedTrip | undefined {
  const { startRequestedAt, faultEndedAt = Number.NEGATIVE_INFINITY } = run;
  if (startRequestedAt === undefined) return undefined;
  const phases = [run.baseline, run.observed, run.recovered].flatMap((phase) =>
    phase ? [phase.measurement] : [],
  );
  const seconds = joinSeconds(phases).filter(({ at }) => at < faultEndedAt);
  const watch = createReplayedWatch(run, guards);
  watch.arm(startRequestedAt);
  let predictionsAt: number | null = null;
  for (const [index, second] of seconds.entries()) {
    showSecond(second, watch);
    const now = findEnd(second);
    if (second.sent > 0) predictionsAt = now;
    const trip = watch.findTrip({ now, predictionsAt, podsAt: now });
    if (trip && now > startRequestedAt) {
      const after = toPredictionStream(run, seconds.slice(index + 1)).seconds;
      return { ...trip, at: now, lostAfter: countLost(after) };
    }
  }
  return undefined;
}

function showSecond(second: SecondMeasurement, watch: GuardWatch): void {
  if (isUnmeasured(second)) watch.skip({ from: second.at, until: findEnd(second) });
  for (const prediction of toSeen(second)) watch.see(prediction);
}
