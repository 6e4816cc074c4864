import type { ScoringService } from '../domain/catalogue.ts';
import type { Log } from '../runs/ports/log.ts';
import type { PredictionResult, ResultBatch } from '../domain/prediction-result.ts';

type OnResults = (batch: ResultBatch) => void;

/** At most how often the log is told: one that is flooded tells nothing. */
const sayEveryMs = 1_000;

/** Wraps a receiver of batches so that the log, too, is told what was not measured and why. */
export function logUnmeasured(
  { name: service }: ScoringService,
  log: Log,
  onResults: OnResults,
): OnResults {
  let saidAt = Number.NEGATIVE_INFINITY;
  let unsaid: Partial<Record<string, number>> = {};
  return (batch) => {
    for (const result of batch.results)
      if (result.kind !== 'measured')
        unsaid[result.reason] = (unsaid[result.reason] ?? 0) + countOf(result);
    if (Object.keys(unsaid).length > 0 && performance.now() - saidAt >= sayEveryMs) {
      log.warn({ service, unmeasured: unsaid }, 'Predictions that were due were not measured.');
      saidAt = performance.now();
      unsaid = {};
    }
    onResults(batch);
  };
}

function countOf(result: PredictionResult): number {
  return result.kind === 'unmeasured-span' ? result.count : 1;
}
