import type { DatedTrip, GuardTrip } from '../domain/guard.ts';
import { toMostSeconds } from '../domain/prediction-stream.ts';
import type { Run } from '../domain/run.ts';
import { findDueAt, type DueEntry } from '../evidence/predictions/due-history.ts';
import { GuardWatch, type Sight } from '../guards/guard-watch.ts';
import type { SeenSecond } from '../guards/guard-state.ts';
import { GuardAlarm, type AlarmState } from './guard-alarm.ts';

/** The guards of a run that is conducted. They look at what is due until the end of the fault, also where that becomes known only later. */
export class RunGuards {
  readonly #watch: GuardWatch;
  readonly alarm: GuardAlarm;
  /** When the fault was over, ms since the epoch; infinity before that is known. */
  #endedAt = Number.POSITIVE_INFINITY;

  constructor({ proposal }: Run, earlier: AlarmState | undefined) {
    const { service, fault, guards } = proposal;
    const { ratePerSecond } = service.scoring;
    this.#watch = new GuardWatch({ guards, ratePerSecond, mostSeconds: toMostSeconds(fault) });
    this.alarm = new GuardAlarm(earlier);
  }

  arm(at: number, earlier: readonly SeenSecond[] = []): void {
    this.#watch.arm(
      at,
      earlier.filter((second) => second.at < this.#endedAt),
    );
  }

  /** Says that the fault was over at a time: what is due from then on concerns no guard. */
  end(at: number): void {
    this.#endedAt = Math.min(this.#endedAt, at);
  }

  /** Shows a prediction, or predictions that were due and not measured. */
  show(entry: DueEntry): void {
    if (findDueAt(entry) >= this.#endedAt) return;
    if (entry.kind === 'gap') this.#watch.skip(entry);
    else this.#watch.see({ ...entry, isGood: entry.outcome === 'good' });
  }

  /** The first guard that has tripped, or trips `at`; undefined while all hold. Everything due before `knownUntil` is known. */
  findTrip(
    sight: Sight,
    { at, knownUntil }: { readonly at: number; readonly knownUntil: number },
  ): DatedTrip | undefined {
    const { trip } = this.alarm;
    return trip ?? this.alarm.remember(this.#watch.findTrip(this.#limit(sight, knownUntil)), at);
  }

  /** Sight that is lost after the end of the fault concerns no guard, and windows end with it. */
  #limit(sight: Sight, knownUntil: number): Sight {
    if (!Number.isFinite(this.#endedAt)) return sight;
    const now = Math.min(this.#endedAt, knownUntil);
    return { now, predictionsAt: now, podsAt: now };
  }

  findBrokenFloor(sight: Sight): GuardTrip | undefined {
    return this.#watch.findBrokenFloor(sight);
  }

  windows(now: number): ReturnType<GuardWatch['windows']> {
    return this.#watch.windows(now);
  }
}
