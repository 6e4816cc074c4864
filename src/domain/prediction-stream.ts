import type { SecondMeasurement } from './measurement.ts';
import type { Run } from './run.ts';

/**
 * What came of the predictions since the start of the fault was asked for, second by second, oldest first. Guards that remember decide on this and on nothing
 * else, so a restart, which goes on with the seconds of the checkpoint, forgets nothing.
 */
export type PredictionStream = {
  readonly seconds: readonly SecondMeasurement[];
  readonly ratePerSecond: number;
  /** For how many seconds guards may have to look at it. */
  readonly mostSeconds: number;
};

/** Azure prepares a fault for some 30 s; this is what is reckoned with. */
const preparingMs = 120_000;

/** For how many seconds guards may have to look at the predictions of a run. */
export function toMostSeconds({ durationMs }: { readonly durationMs: number }): number {
  return Math.ceil((durationMs + preparingMs) / 1_000);
}

/** The stream of a run among all the seconds measured in it; empty before the start was asked for. */
export function toPredictionStream(
  { startRequestedAt = Number.POSITIVE_INFINITY, proposal }: Run,
  seconds: readonly SecondMeasurement[],
): PredictionStream {
  return {
    seconds: seconds.filter(({ at }) => at >= startRequestedAt),
    ratePerSecond: proposal.service.scoring.ratePerSecond,
    mostSeconds: toMostSeconds(proposal.fault),
  };
}

/** What came of the predictions of one second. */
export type Counted = Pick<SecondMeasurement, 'sent' | 'good'>;

/** How many predictions of these seconds were not good. */
export function countLost(seconds: readonly Counted[]): number {
  return seconds.reduce((lost, { sent, good }) => lost + sent - good, 0);
}
