import { setTimeout as delay } from 'node:timers/promises';
import type { ScoringService } from '../../src/domain/catalogue.ts';
import type { PredictionMeasurement } from '../../src/domain/measurement.ts';
import type { PredictionResult } from '../../src/domain/prediction-result.ts';
import { PredictionLedger } from '../../src/evidence/predictions/prediction-ledger.ts';
import type { PredictionProbe } from '../../src/runs/ports/prediction-probe.ts';

/** Starts a session of a probe and keeps its results in a ledger, as a run does, in one span. Resolves when predictions begin to be due. */
export async function startMeasuring(
  probe: PredictionProbe,
  service: ScoringService,
  { latencyLimitsMs = [] }: { readonly latencyLimitsMs?: readonly number[] } = {},
) {
  const { ratePerSecond } = service.scoring;
  const ledger = new PredictionLedger({ ratePerSecond, latencyLimitsMs });
  ledger.begin('all', 0);
  const results: PredictionResult[] = [];
  const session = probe.start(service, {
    onResults: (batch) => {
      results.push(...batch.results);
      ledger.take(batch);
    },
  });
  while (session.startedAt() === undefined) await delay(5);
  return {
    ledger,
    results,
    /** Sends no more and returns all that was measured. */
    async stop(): Promise<PredictionMeasurement> {
      await session.stop();
      return ledger.progress('all');
    },
  };
}
