import type { ScoringService } from '../domain/catalogue.ts';
import type { ReadToken } from '../runs/ports/cluster-access.ts';
import type { Log } from '../runs/ports/log.ts';
import type { PredictionProbe } from '../runs/ports/predictions.ts';
import { createPredictionProbe } from './prediction-probe.ts';

export type ProberOptions = {
  /** The key of a service; it never leaves this adapter. */
  readonly keyOf: (service: ScoringService) => string | undefined;
  /** For services that need Entra tokens. */
  readonly readToken: ReadToken;
  readonly log: Log;
};

/** Creates the probe that sends predictions from a worker thread. */
export function createProber(options: ProberOptions): PredictionProbe {
  const { probeOnce } = createPredictionProbe(options);
  return {
    start: () => ({ startedAt: () => undefined, stop: () => Promise.resolve() }),
    probeOnce,
  };
}
