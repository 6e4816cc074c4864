import { DropEvidence } from '../evidence/statistics/drop-evidence.ts';
import { toTimeToTrip, type DropGuard } from '../evidence/statistics/drop-guard.ts';
import type { ScoringService } from './catalogue.ts';
import type { PodFault } from './fault.ts';
import { toMostSeconds, type Counted, type PredictionStream } from './prediction-stream.ts';
import { spreadGood } from './spread-good.ts';

/**
 * A sequential test on the stream of predictions: has availability fallen from what is acceptable to what is not? `falseAlarms` is the share of runs, 0 to 1, in
 * which it may say so although availability never fell below `from`.
 */
export type AvailabilityDrop = {
  readonly kind: 'availability-drop';
  readonly from: number;
  readonly to: number;
  readonly falseAlarms: number;
  /**
   * The mean length of a burst of failures that is normal for the service, ms; where bursts are heavy-tailed, the length that one in 1,000 exceeds, divided by
   * 6.9. Absent: `falseAlarms` is for failures that are independent of each other only.
   */
  readonly burstMs?: number;
};

/** How often predictions are sent, and for how long a guard watches them. */
export type WatchPlan = Pick<PredictionStream, 'ratePerSecond' | 'mostSeconds'>;

/** Returns the guard as the statistics know it. Where they say how much evidence ends a fault, it is method 4 of docs/statistics.md. */
export function toDropGuard(
  { from, to, falseAlarms, burstMs = 0 }: AvailabilityDrop,
  { ratePerSecond, mostSeconds }: WatchPlan,
): DropGuard {
  return { from, to, falseAlarms, burstMs, ratePerSecond, watchedMs: mostSeconds * 1_000 };
}

/** The evidence now and at its highest, as parts of what ends the fault. */
export type EvidenceShares = { readonly now: number; readonly peak: number };

/**
 * Returns the evidence in recorded seconds. The order of the predictions in a second is not recorded; the lost ones are taken as spread among the good ones.
 */
export function toEvidenceShares(
  guard: AvailabilityDrop,
  stream: WatchPlan & { readonly seconds: readonly Counted[] },
): EvidenceShares {
  const evidence = new DropEvidence(toDropGuard(guard, stream));
  for (const second of stream.seconds)
    for (const isGood of spreadGood(second)) evidence.see(isGood);
  return { now: evidence.value / evidence.limit, peak: evidence.peak / evidence.limit };
}

/** What a guard is part of. */
export type Guarded = {
  readonly service: { readonly scoring: Pick<ScoringService['scoring'], 'ratePerSecond'> };
  readonly fault: Pick<PodFault, 'durationMs'>;
};

/** Returns how long a total outage lasts until the guard ends it, ms, counted from when its first failure is known. */
export function toTotalOutageMs(guard: AvailabilityDrop, { service, fault }: Guarded): number {
  const { ratePerSecond } = service.scoring;
  const plan = { ratePerSecond, mostSeconds: toMostSeconds(fault) };
  return toTimeToTrip(toDropGuard(guard, plan), 0)?.expectedMs ?? Number.POSITIVE_INFINITY;
}
