import { toEvidenceLimit as toLimit, type DropGuard } from '../evidence/statistics/drop-guard.ts';
import type { Counted, PredictionStream } from './prediction-stream.ts';

/**
 * A sequential test on the stream of predictions: has availability fallen from what is acceptable to what is not? `falseAlarms` is the share of runs,
 * 0 to 1, in which it may say so although availability never fell below `from`.
 */
export type AvailabilityDrop = {
  readonly kind: 'availability-drop';
  readonly from: number;
  readonly to: number;
  readonly falseAlarms: number;
  /**
   * The mean length of a burst of failures that is normal for the service, ms; where bursts are heavy-tailed, the length that one in 1,000 exceeds, divided by
   * 6.9. Absent: failures are taken as independent of each other.
   */
  readonly burstMs?: number;
};

/**
 * The evidence for the drop, as the logarithm of a likelihood ratio: Wald's sequential probability ratio test (Annals of Mathematical Statistics 16, 1945)
 * begun anew at each second at which it speaks for no drop, which is Page's cumulative sum (Biometrika 41, 1954). It never accepts that all is well, since
 * the fault may strike later, so it misses no lasting drop; what it costs is the delay (see `toExpectedDelayMs`).
 */
export function toEvidence(guard: AvailabilityDrop, seconds: readonly Counted[]): number {
  return accumulate(guard, seconds).evidence;
}

/** The most evidence that there was at the end of any of these seconds. */
export function toPeakEvidence(guard: AvailabilityDrop, seconds: readonly Counted[]): number {
  return accumulate(guard, seconds).peak;
}

function accumulate(guard: AvailabilityDrop, seconds: readonly Counted[]) {
  const [perGood, perLost] = toWeights(guard);
  let [evidence, peak] = [0, 0];
  for (const { sent, good } of seconds) {
    evidence = Math.max(0, evidence + good * perGood + (sent - good) * perLost);
    peak = Math.max(peak, evidence);
  }
  return { evidence, peak };
}

/** What the limit of a guard depends on beside it: how long it may have to watch, and how often predictions are sent. */
export type DropPlan = Pick<PredictionStream, 'mostSeconds' | 'ratePerSecond'>;

/** The guard as the statistics take it. */
export function toDropGuard(
  { from, to, falseAlarms, burstMs = 0 }: AvailabilityDrop,
  { mostSeconds, ratePerSecond }: DropPlan,
): DropGuard {
  return { from, to, falseAlarms, burstMs, ratePerSecond, watchedMs: mostSeconds * 1_000 };
}

/** How much evidence ends the fault. */
export function toEvidenceLimit(guard: AvailabilityDrop, plan: DropPlan): number {
  return toLimit(toDropGuard(guard, plan));
}

/** How long it takes on average to find an availability of `rate`, by Wald's approximation; infinite where it is nearer to `from` than to `to`. */
export function toExpectedDelayMs(
  guard: AvailabilityDrop,
  rate: number,
  stream: PredictionStream,
): number {
  const [perGood, perLost] = toWeights(guard);
  const gain = rate * perGood + (1 - rate) * perLost;
  if (gain <= 0) return Number.POSITIVE_INFINITY;
  return (toEvidenceLimit(guard, stream) / gain / stream.ratePerSecond) * 1_000;
}

/** What a good and a lost prediction add to the evidence. */
function toWeights({ from, to }: AvailabilityDrop): [number, number] {
  return [Math.log(to / from), Math.log((1 - to) / (1 - from))];
}
