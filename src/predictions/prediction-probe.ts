import type { ScoringService } from '../domain/catalogue.ts';
import type { Log, PredictionProbe } from '../runs/ports.ts';
import { OpenLoopSession } from './open-loop-session.ts';
import { sendPrediction } from './send-prediction.ts';
import { Tally } from './tally.ts';

export type PredictionProbeOptions = {
  /** The key that a service asks for; it never leaves this adapter. */
  readonly keyOf: (service: ScoringService) => string | undefined;
  readonly log: Log;
};

/** Sends predictions on schedule and judges each answer. */
export function createPredictionProbe({ keyOf, log }: PredictionProbeOptions): PredictionProbe {
  return {
    start: (service, options) =>
      new OpenLoopSession(service, { ...options, key: keyOf(service), log }),
    async probeOnce(service) {
      const [golden] = service.scoring.golden;
      const tally = new Tally([]);
      if (!golden) return tally.measurement();
      const { uri, timeoutMs, modelVersion } = service.scoring;
      const startedAt = performance.now();
      const outcome = await sendPrediction({
        uri,
        key: keyOf(service),
        golden,
        modelVersion,
        timeoutMs,
      });
      tally.record(outcome, performance.now() - startedAt);
      return tally.measurement();
    },
  };
}
