import { toEvidence, toEvidenceLimit, type AvailabilityDrop } from './availability-drop.ts';
import { printDuration } from './duration.ts';
import { toLostMs } from './error-budget.ts';
import { countConsecutiveLost, countLost, type PredictionStream } from './prediction-stream.ts';

/** A condition that aborts the run as soon as it is seen while a fault is active. */
export type Guard =
  | { readonly kind: 'availability-floor'; readonly floor: number; readonly windowMs: number }
  | { readonly kind: 'lost-sight'; readonly afterMs: number }
  /** The most that the run may spend of the error budget, as time without any prediction. */
  | { readonly kind: 'budget-cap'; readonly spendMs: number }
  | { readonly kind: 'consecutive-failures'; readonly count: number }
  | AvailabilityDrop;

/** What a guard looks at: the newest window of predictions and the age of both kinds of sight. */
export type Sight = {
  readonly now: number;
  /** Since when we have been looking; a guard does not count time before that. */
  readonly since: number;
  readonly windows: readonly {
    readonly windowMs: number;
    readonly sent: number;
    readonly good: number;
  }[];
  /** When a prediction was last answered or failed, ms since the epoch; null when none was. */
  readonly predictionsAt: number | null;
  /** When the cluster last confirmed the pods; null when it never did. */
  readonly podsAt: number | null;
  readonly stream: PredictionStream;
};

export type GuardTrip = { readonly guard: Guard; readonly reason: string };

/** A floor is not judged on fewer predictions than this: one lost request of two is not an outage. */
export const fewestForFloor = 10;

/** With less, one list of pods that fails would end a run. */
const leastSightMs = 5_000;
/** How many times the mean gap between predictions of a Poisson process is exceeded once in 20,000 gaps. */
const longGap = 10;

/** The least that `lostSight` can be for a service, ms: predictions that hang are heard of at their time-out only. */
export function toLeastSightMs({ ratePerSecond, timeoutMs, arrivals }: Asked): number {
  const gaps = arrivals === 'poisson' ? longGap : 2;
  return Math.max(leastSightMs, timeoutMs + (gaps * 1_000) / ratePerSecond);
}

type Asked = {
  readonly ratePerSecond: number;
  readonly timeoutMs: number;
  readonly arrivals: 'constant' | 'poisson';
};

/** The first guard that trips on what is seen now; undefined while all hold. */
export function findTrippedGuard(guards: readonly Guard[], sight: Sight): GuardTrip | undefined {
  for (const guard of guards) {
    const reason = findReason(guard, sight);
    if (reason !== undefined) return { guard, reason };
  }
  return undefined;
}

function findReason(guard: Guard, sight: Sight): string | undefined {
  switch (guard.kind) {
    case 'lost-sight':
      return lostSight(guard, sight);
    case 'availability-floor':
      return belowFloor(guard, sight);
    case 'budget-cap':
      return overCap(guard, sight.stream);
    case 'consecutive-failures':
      return tooManyInARow(guard, sight.stream);
    case 'availability-drop':
      return hasDropped(guard, sight.stream);
  }
}

/** What the stream has cost so far, as time without any prediction. */
export function toSpentMs({ seconds, ratePerSecond }: PredictionStream): number {
  return toLostMs(countLost(seconds), ratePerSecond);
}

function overCap({ spendMs }: { spendMs: number }, stream: PredictionStream): string | undefined {
  const spentMs = toSpentMs(stream);
  return spentMs < spendMs
    ? undefined
    : `${countLost(stream.seconds)} predictions were lost, as ${printDuration(spentMs)} without any, and ${printDuration(spendMs)} is the most that may be spent`;
}

function tooManyInARow({ count }: { count: number }, { seconds }: PredictionStream) {
  const lost = countConsecutiveLost(seconds);
  return lost < count ? undefined : `${lost} predictions in a row were lost`;
}

function hasDropped(guard: AvailabilityDrop, stream: PredictionStream): string | undefined {
  if (toEvidence(guard, stream.seconds) < toEvidenceLimit(guard, stream)) return undefined;
  return `availability has fallen from ${printPercent(guard.from)} towards ${printPercent(guard.to)}, as the predictions show with at most ${printPercent(guard.falseAlarms)} false alarms`;
}

const printPercent = (share: number) => `${Number((share * 100).toFixed(2))}%`;

function lostSight(guard: { afterMs: number }, sight: Sight): string | undefined {
  for (const [what, seenAt] of [
    ['predictions', sight.predictionsAt],
    ['pods', sight.podsAt],
  ] as const) {
    const ageMs = sight.now - Math.max(seenAt ?? 0, sight.since);
    if (ageMs > guard.afterMs)
      return `nothing was observed of the ${what} for ${printDuration(ageMs)}`;
  }
  return undefined;
}

function belowFloor(guard: { floor: number; windowMs: number }, sight: Sight): string | undefined {
  const window = sight.windows.find((candidate) => candidate.windowMs === guard.windowMs);
  if (!window || window.sent < fewestForFloor || window.good / window.sent >= guard.floor)
    return undefined;
  const percent = (share: number) => `${Number((share * 100).toFixed(1))}%`;
  return `availability was ${percent(window.good / window.sent)} over the last ${printDuration(guard.windowMs)}, under the floor of ${percent(guard.floor)}`;
}

/** Prints a guard as a person reads it on the card before approving. */
export function printGuard(guard: Guard): string {
  switch (guard.kind) {
    case 'lost-sight':
      return `abort when nothing is observed for ${printDuration(guard.afterMs)}`;
    case 'availability-floor':
      return `abort when availability < ${printPercent(guard.floor)} over ${printDuration(guard.windowMs)}`;
    case 'budget-cap':
      return `abort when lost predictions add up to ${printDuration(guard.spendMs)} without any`;
    case 'consecutive-failures':
      return `abort when ${guard.count} predictions in a row are lost`;
    case 'availability-drop':
      return `abort when the predictions show that availability has fallen from ${printPercent(guard.from)} towards ${printPercent(guard.to)} (false alarms in at most ${printPercent(guard.falseAlarms)} of runs)`;
  }
}
