import { findTrippedGuard, type Guard, type Sight } from './guard.ts';
import { addFailures } from './join-seconds.ts';
import type { SecondMeasurement } from './measurement.ts';
import { mergeSeconds } from './merge-seconds.ts';
import { toPredictionStream } from './prediction-stream.ts';
import type { ReplayedTrip } from './replay-guards.ts';
import type { Phase, Run } from './run.ts';
import { findJudgedAt, type Sample } from './sample.ts';

/** How often guards look in life. */
const tickMs = 1_000;
const mergeEveryMs = 60_000;

/** Plays single predictions of a recorded run to a guard. */
export type SampleReplay = {
  /** To be given all of them in the order in which they were judged. */
  see(sample: Sample): void;
  /** When all were given: whether the guard trips, and how many predictions it was shown. */
  end(): { readonly trip: ReplayedTrip | undefined; readonly played: number };
};

type Judged = { readonly at: number; readonly isGood: boolean; readonly phase: Phase };

/**
 * Shows a guard, each second from the start request to the end of the fault, what it would have seen in life: the predictions that were judged by then, so also
 * seconds that are not over, and windows that begin anew with the phase. How old the sight of the pods was is not recorded, so they count as seen.
 */
export function createSampleReplay(run: Run, guard: Guard): SampleReplay {
  const { startRequestedAt: since = Infinity, faultEndedAt: endsAt = -Infinity } = run;
  let seconds: Growing[] = [];
  let mergedAt = since;
  let recent: Judged[] = [];
  let [played, lostAfter, nextLookAt] = [0, 0, since];
  let tripped: Omit<ReplayedTrip, 'lostAfter'> | undefined;
  const look = (now: number) => {
    if (now >= mergedAt + mergeEveryMs) [seconds, mergedAt] = [mergeSeconds(seconds, now), now];
    recent = recent.filter(({ at }) => at >= now - keepMs(guard));
    const sight = toSight(run, { guard, now, seconds, recent });
    const trip = findTrippedGuard([guard], sight);
    if (trip) tripped = { ...trip, at: now };
  };
  const lookUntil = (at: number) => {
    while (nextLookAt <= at && nextLookAt < endsAt) {
      if (tripped) return;
      look(nextLookAt);
      nextLookAt += tickMs;
    }
  };
  return {
    see(sample) {
      const judgedAt = findJudgedAt(sample);
      lookUntil(judgedAt);
      const second = toSecond(sample.dueAt);
      // As in the stream of seconds, whole ones: so both can be compared.
      const isUnderFault = second >= since && second < endsAt;
      if (isUnderFault) played += 1;
      const isGood = sample.outcome === 'good';
      if (tripped) {
        if (isUnderFault && !isGood && sample.dueAt >= tripped.at) lostAfter += 1;
        return;
      }
      addTo(seconds, sample);
      recent.push({ at: judgedAt, isGood, phase: sample.phase });
    },
    end() {
      lookUntil(endsAt);
      return { trip: tripped && { ...tripped, lostAfter }, played };
    },
  };
}

const toSecond = (at: number) => Math.floor(at / 1_000) * 1_000;

type Growing = { -readonly [Key in keyof SecondMeasurement]: SecondMeasurement[Key] };

/** Adds to the second in which it was due; the seconds stay in order, though one that was late may be the first of its own. */
function addTo(seconds: Growing[], { dueAt, outcome }: Sample): void {
  const at = toSecond(dueAt);
  const known = seconds.findLast((second) => second.at <= at);
  const second = known?.at === at ? known : { at, sent: 0, good: 0, failures: {} };
  if (second !== known) seconds.splice(known ? seconds.lastIndexOf(known) + 1 : 0, 0, second);
  second.sent += 1;
  if (outcome === 'good') second.good += 1;
  else second.failures = addFailures(second.failures, { [outcome]: 1 });
}

/** No guard but a floor looks at more than the last one that was judged; that may be long ago. */
function keepMs(guard: Guard): number {
  if (guard.kind === 'availability-floor') return guard.windowMs;
  return guard.kind === 'lost-sight' ? 2 * guard.afterMs : 0;
}

type Seen = {
  readonly guard: Guard;
  readonly now: number;
  readonly seconds: readonly SecondMeasurement[];
  readonly recent: readonly Judged[];
};

function toSight(run: Run, { guard, now, seconds, recent }: Seen): Sight {
  const { startRequestedAt = 0, faultActiveAt = Infinity } = run;
  const [phase, since] =
    now < faultActiveAt
      ? (['inject', startRequestedAt] as const)
      : (['observe', faultActiveAt] as const);
  const own = recent.filter((judged) => judged.phase === phase);
  return {
    now,
    since,
    windows: guard.kind === 'availability-floor' ? [toWindow(guard.windowMs, now, own)] : [],
    predictionsAt: own.at(-1)?.at ?? null,
    podsAt: now,
    stream: toPredictionStream(run, seconds),
  };
}

function toWindow(windowMs: number, now: number, judged: readonly Judged[]) {
  const within = judged.filter(({ at }) => at >= now - windowMs);
  return { windowMs, sent: within.length, good: within.filter(({ isGood }) => isGood).length };
}
