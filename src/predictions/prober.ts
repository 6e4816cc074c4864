import type { ScoringService } from '../domain/catalogue.ts';
import type { PredictionMeasurement } from '../domain/measurement.ts';
import type { PredictionProbe, ProbeOptions } from '../runs/ports/prediction-probe.ts';
import { createAuthorizations, type AuthorizationsOptions } from './authorizations.ts';
import { ProberSession } from './prober-session.ts';
import { Sender, type Sending, type Sent } from './sender.ts';
import { createSteadyClock } from './steady-clock.ts';
import { logUnmeasured } from './log-unmeasured.ts';

export type ProberOptions = AuthorizationsOptions;

/** Creates the probe that sends predictions, sessions from a thread of their own. */
export function createProber(options: ProberOptions): PredictionProbe {
  const { log } = options;
  const authorizationOf = createAuthorizations(options);
  return {
    start(service, probing: ProbeOptions) {
      const onResults = logUnmeasured(service, log, probing.onResults);
      const authorization = authorizationOf(service);
      return new ProberSession(service, { ...probing, onResults, authorization, log });
    },
    async probeOnce(service) {
      const authorization = authorizationOf(service);
      await authorization.ready();
      const current = authorization.current();
      const [golden] = service.scoring.golden;
      if (!golden || current === 'none') return notSent;
      return toMeasurement(
        await sendOne(service, { golden, kept: false, authorization: current.header }),
      );
    },
  };
}

const notSent: PredictionMeasurement = {
  sent: 0,
  good: 0,
  failures: {},
  latency: null,
  within: [],
};

/** Here a pause of ours is worth another try. */
async function sendOne(service: ScoringService, sending: Sending, triesLeft = 3): Promise<Sent> {
  const sender = new Sender(service.scoring, { clock: createSteadyClock() });
  const sent = await new Promise<Sent>((resolve) => sender.send(sending, resolve));
  sender.close();
  const isSpoiled = 'spoiled' in sent && sent.spoiled === 'paused';
  return isSpoiled && triesLeft > 1 ? sendOne(service, sending, triesLeft - 1) : sent;
}

function toMeasurement(sent: Sent): PredictionMeasurement {
  if ('spoiled' in sent) return notSent;
  if (sent.outcome !== 'good') return { ...notSent, sent: 1, failures: { [sent.outcome]: 1 } };
  const tookMs = Number((sent.endedAt - sent.sentAt).toFixed(2));
  const latency = { p50Ms: tookMs, p95Ms: tookMs, p99Ms: tookMs, maxMs: tookMs };
  return { ...notSent, sent: 1, good: 1, latency };
}
