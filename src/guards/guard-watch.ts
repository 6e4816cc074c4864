import { unmeasuredWords } from '../domain/describe-gaps.ts';
import { printDuration } from '../domain/duration.ts';
import { toBreakMs, type Guard, type GuardTrip } from '../domain/guard.ts';
import { findEnd } from '../domain/measurement.ts';
import { printSightProblem, type SightProblem } from '../domain/sight-problem.ts';
import type { PredictionStream } from '../domain/prediction-stream.ts';
import { createBudgetState } from './budget-state.ts';
import { createConsecutiveState } from './consecutive-state.ts';
import { createDropState } from './drop-state.ts';
import { createFloorState } from './floor-state.ts';
import {
  isUnmeasured,
  toSeen,
  type GuardState,
  type Seen,
  type SeenSecond,
} from './guard-state.ts';

/** What guards look at beside the predictions that they were shown. Times are ms since the epoch. */
export type Sight = {
  readonly now: number;
  /** When a prediction was last answered or given up; null when none was. */
  readonly predictionsAt: number | null;
  /** When the cluster last confirmed the pods; null when it never did. */
  readonly podsAt: number | null;
  /** Why the last look at the pods failed; absent when it succeeded. */
  readonly podsProblem?: SightProblem;
  /** When this process took up the run after a restart; absent without one. */
  readonly resumedAt?: number;
};

export type GuardWatchOptions = Pick<PredictionStream, 'ratePerSecond' | 'mostSeconds'> & {
  readonly guards: readonly Guard[];
};

type Watched = { readonly guard: Guard; readonly state: GuardState | undefined };

/**
 * Watches the predictions of a run for its guards, each one as it becomes known. Floors look across phases; what the other guards count begins when the fault
 * was asked for.
 */
export class GuardWatch {
  readonly #watched: readonly Watched[];
  readonly #breakMs: number;
  #armedAt = Number.POSITIVE_INFINITY;
  #watchedSince = Number.POSITIVE_INFINITY;
  /** What was not measured last: since when without a measured prediction between, and when the last of it was due. */
  #skipped: { readonly since: number; readonly last: number } | undefined;
  #lookingSince = Number.NEGATIVE_INFINITY;

  constructor({ guards, ...plan }: GuardWatchOptions) {
    this.#breakMs = toBreakMs(plan.ratePerSecond);
    this.#watched = guards.map((guard) => ({
      guard,
      state: createState(guard, plan, () => this.#watchedSince),
    }));
  }

  /** Sets when the start of the fault was asked for. `earlier`: what was counted since then before a restart, and how long nothing was seen. */
  arm(at: number, earlier: readonly SeenSecond[] = []): void {
    if (Number.isFinite(this.#armedAt)) return;
    this.#armedAt = at;
    this.#lookingSince = Math.max(this.#lookingSince, at);
    for (const second of earlier.filter((each) => each.at >= at)) this.#seeSecond(second);
  }

  #seeSecond(second: SeenSecond): void {
    if (isUnmeasured(second)) return this.skip({ from: second.at, until: findEnd(second) });
    this.#skipped = undefined;
    for (const prediction of toSeen(second))
      for (const { guard, state } of this.#watched)
        if (guard.kind !== 'availability-floor') state?.see(prediction);
  }

  /**
   * Says that what was due from `from` until `until` was not measured. When that goes on for long, also one by one, a floor needs its whole window again, and
   * failures on both sides of it are not in a row.
   */
  skip({ from, until }: { readonly from: number; readonly until: number }): void {
    const { since } = this.#skipped ?? { since: from };
    this.#skipped = { since, last: from };
    if (until - since < this.#breakMs) return;
    this.#watchedSince = Math.max(this.#watchedSince, until);
    for (const { state } of this.#watched) state?.interrupt?.(since);
  }

  /** Shows one prediction. Those due before the start was asked for concern floors only. */
  see(prediction: Seen): void {
    // One that was due before is only known later.
    if (this.#skipped && prediction.dueAt > this.#skipped.last) this.#skipped = undefined;
    if (!Number.isFinite(this.#watchedSince)) this.#watchedSince = prediction.dueAt;
    for (const { guard, state } of this.#watched)
      if (guard.kind === 'availability-floor' || prediction.dueAt >= this.#armedAt)
        state?.see(prediction);
  }

  /**
   * The first guard that ends the fault now; undefined while all hold, and before the start was asked for. Windows end with what is known: what is delivered
   * late, after a pause of ours, must not be cut by the time of its delivery.
   */
  findTrip(sight: Sight): GuardTrip | undefined {
    if (!Number.isFinite(this.#armedAt)) return undefined;
    return this.#findFirst(this.#watched, sight);
  }

  /** The first floor that would end the fault as soon as its start is asked for; floors look across phases. */
  findBrokenFloor(sight: Sight): GuardTrip | undefined {
    const floors = this.#watched.filter(({ guard }) => guard.kind === 'availability-floor');
    return this.#findFirst(floors, sight);
  }

  #findFirst(watched: readonly Watched[], sight: Sight): GuardTrip | undefined {
    const knownAt = Math.min(sight.now, sight.predictionsAt ?? sight.now);
    for (const { guard, state } of watched) {
      const reason =
        guard.kind === 'lost-sight'
          ? findLostSight(guard, sight, this.#lookingSince)
          : state?.findReason(knownAt);
      if (reason !== undefined) return { guard, reason };
    }
    return undefined;
  }

  /** What is in the window of each floor now; nothing of one that was not watched wholly yet. */
  windows(now: number): readonly { windowMs: number; sent: number; good: number }[] {
    return this.#watched.flatMap(({ guard, state }) => {
      if (guard.kind !== 'availability-floor' || !state || !('window' in state)) return [];
      const window = (state as ReturnType<typeof createFloorState>).window(now);
      return window ? [{ windowMs: guard.windowMs, ...window }] : [];
    });
  }
}

function createState(
  guard: Guard,
  plan: Pick<PredictionStream, 'ratePerSecond' | 'mostSeconds'>,
  watchedSince: () => number,
): GuardState | undefined {
  switch (guard.kind) {
    case 'lost-sight':
      return undefined;
    case 'availability-floor':
      return createFloorState(guard, watchedSince);
    case 'budget-cap':
      return createBudgetState(guard, plan.ratePerSecond);
    case 'consecutive-failures':
      return createConsecutiveState(guard);
    case 'availability-drop':
      return createDropState(guard, plan);
  }
}

function findLostSight(
  { afterMs }: { readonly afterMs: number },
  { now, predictionsAt, podsAt, podsProblem, resumedAt }: Sight,
  since: number,
): string | undefined {
  for (const [what, seenAt, problem] of [
    ['predictions', predictionsAt],
    ['pods', podsAt, podsProblem],
  ] as const) {
    const lastAt = Math.max(seenAt ?? 0, since);
    const ageMs = now - lastAt;
    if (ageMs <= afterMs) continue;
    const isAway = resumedAt !== undefined && resumedAt - lastAt > ageMs / 2;
    const whys = [
      ...(isAway ? [unmeasuredWords.restart] : []),
      ...(problem ? [printSightProblem(problem)] : []),
    ];
    const why = whys.length === 0 ? '' : `: ${whys.join(', and ')}`;
    return `nothing was observed of the ${what} for ${printDuration(ageMs)}${why}`;
  }
  return undefined;
}
