import type { ScoringService } from '../domain/catalogue.ts';
import type { ReadToken } from '../runs/ports/cluster-access.ts';
import type { Log } from '../runs/ports/log.ts';
import type { PredictionProbe } from '../runs/ports/prediction-probe.ts';
import { OpenLoopSession, type Authorization } from './open-loop-session.ts';
import { PredictionSender } from './prediction-sender.ts';
import { Tally } from '../evidence/predictions/tally.ts';
import { createTokenSource, type TokenSource } from './token-source.ts';

export type PredictionProbeOptions = {
  /** The key that a service asks for; it never leaves this adapter. */
  readonly keyOf: (service: ScoringService) => string | undefined;
  /** For services that ask for Entra's tokens. */
  readonly readToken: ReadToken;
  readonly log: Log;
};

/** Sends predictions on schedule and judges each answer. */
export function createPredictionProbe(options: PredictionProbeOptions): PredictionProbe {
  const { log } = options;
  const authorizationOf = createAuthorizations(options);
  return {
    start: (service, probing) =>
      new OpenLoopSession(service, { ...probing, authorization: authorizationOf(service), log }),
    async probeOnce(service) {
      const [golden] = service.scoring.golden;
      const tally = new Tally([]);
      const authorization = authorizationOf(service);
      await authorization.ready();
      const header = authorization.header();
      if (!golden || header === 'none') return tally.measurement();
      const { timeoutMs } = service.scoring;
      const sender = new PredictionSender(service.scoring);
      const startedAt = performance.now();
      const sent = await sender.send({ golden, timeoutMs, kept: false, authorization: header });
      const latencyMs = performance.now() - startedAt;
      if (sent) tally.record({ ...sent, latencyMs, lateMs: 0, kept: false });
      return tally.measurement();
    },
  };
}

/** How each service is to be authorised; services share the tokens of a scope. */
function createAuthorizations({ keyOf, readToken, log }: PredictionProbeOptions) {
  const sources = new Map<string, TokenSource>();
  const sourceOf = (scope: string) => {
    const source = sources.get(scope) ?? createTokenSource(() => readToken(scope), log);
    sources.set(scope, source);
    return source;
  };
  return (service: ScoringService): Authorization => {
    const { entraScope, keyHeader } = service.scoring;
    if (entraScope === undefined) {
      const key = keyOf(service);
      const header = key === undefined || keyHeader ? key : `Bearer ${key}`;
      return { ready: () => Promise.resolve(), header: () => header };
    }
    const source = sourceOf(entraScope);
    const header = () => {
      const token = source.current();
      return token === undefined ? 'none' : `Bearer ${token}`;
    };
    return { ready: () => source.ready(), header };
  };
}
