import { findEnd, type SecondMeasurement } from '../domain/measurement.ts';
import type { MeasuredPrediction } from '../domain/prediction-result.ts';
import { spreadGood } from '../domain/spread-good.ts';

/** What a guard needs of a prediction. `dueAt` and `endedAt` are ms since the epoch. */
export type Seen = Pick<MeasuredPrediction, 'dueAt' | 'endedAt'> & { readonly isGood: boolean };

/** Many predictions of one second, or of several that were merged, as a journal or a checkpoint keeps them. */
export type SeenSecond = Pick<SecondMeasurement, 'at' | 'spanMs' | 'sent' | 'good' | 'unmeasured'>;

/** Whether predictions were due in a second, and none was measured. */
export function isUnmeasured({ sent, unmeasured = 0 }: SeenSecond): boolean {
  return sent === 0 && unmeasured > 0;
}

/** The predictions of a second, spread evenly, the failed ones among the good ones: their order is not recorded. */
export function toSeen(second: SeenSecond): readonly Seen[] {
  const { at, sent } = second;
  const spanMs = findEnd(second) - at;
  return spreadGood(second).map((isGood, index) => {
    const dueAt = at + (spanMs * index) / sent;
    return { dueAt, endedAt: dueAt, isGood };
  });
}

/**
 * What one guard remembers of the predictions since the start of the fault was asked for. It is shown each one once, as it becomes known, and is
 * asked after each.
 */
export interface GuardState {
  see(prediction: Seen): void;
  /** Notes a break of the measurement that began at `since`, ms since the epoch. Called repeatedly while the break lasts. */
  interrupt?(since: number): void;
  /** Why the guard ends the fault, with its numbers, by what is known until `at`; undefined while it doesn't. */
  findReason(at: number): string | undefined;
}
