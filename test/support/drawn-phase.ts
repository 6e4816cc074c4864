import type { PhaseMeasurement, SecondMeasurement } from '../../src/domain/measurement.ts';
import { countDrawn, type Drawn } from './bursty-losses.ts';
import { sampleMeasurement } from './proposal.ts';

/** Returns drawn losses as the journal keeps a phase: seconds with counts, and the number of runs of failures. */
export function toMeasuredPhase(losses: Drawn, ratePerSecond: number): PhaseMeasurement {
  const { due: sent, lost, runs: lossRuns } = countDrawn(losses);
  const phase = sampleMeasurement({ sent, good: sent - lost });
  const { startedAt } = phase;
  const seconds: SecondMeasurement[] = [];
  for (let first = 0; first < sent; first += ratePerSecond) {
    const own = losses.subarray(first, first + ratePerSecond);
    const failed = countDrawn(own).lost;
    const good = own.length - failed;
    const failures = failed > 0 ? { refused: failed } : {};
    seconds.push({ at: startedAt + seconds.length * 1_000, sent: own.length, good, failures });
  }
  return {
    ...phase,
    endedAt: startedAt + (sent / ratePerSecond) * 1_000,
    predictions: { ...phase.predictions, lossRuns },
    seconds,
  };
}
