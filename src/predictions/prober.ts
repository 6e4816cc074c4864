import { setTimeout as delay } from 'node:timers/promises';
import type { ScoringService } from '../domain/catalogue.ts';
import type { PredictionMeasurement, UnmeasuredReason } from '../domain/measurement.ts';
import type { PredictionProbe, ProbeOptions } from '../runs/ports/prediction-probe.ts';
import { createAuthorizations, type AuthorizationsOptions } from './authorizations.ts';
import { NameResolver } from './name-resolver.ts';
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
      if (!golden) return nothingSent;
      if (current === 'none') return toUnmeasured('no-token');
      const names = new NameResolver(service.scoring.uri);
      await names.ready(longestLookUpMs);
      const sending = { golden, kept: false, authorization: current.header };
      const sent = await sendOne(service, names, sending);
      names.close();
      return toMeasurement(sent);
    },
  };
}

/** A check that takes much longer counts as one that hangs. */
const longestLookUpMs = 3_000;

const nothingSent: PredictionMeasurement = {
  sent: 0,
  good: 0,
  failures: {},
  latency: null,
  within: [],
};

function toUnmeasured(reason: UnmeasuredReason): PredictionMeasurement {
  return { ...nothingSent, unmeasured: { [reason]: 1 } };
}

/** A pause of ours says nothing of the service: it is asked again, after a while in which the machine may become less busy. */
async function sendOne(
  service: ScoringService,
  names: NameResolver,
  sending: Sending,
): Promise<Sent> {
  const giveUpAt = performance.now() + retryForMs;
  for (let waitMs = 20; ; waitMs *= 2) {
    const sent = await trySending(service, names, sending);
    const isSpoiled = 'spoiled' in sent && sent.spoiled === 'paused';
    if (!isSpoiled || performance.now() + waitMs > giveUpAt) return sent;
    await delay(waitMs);
  }
}

/** Less than a check of health may take. */
const retryForMs = 4_000;

async function trySending(
  service: ScoringService,
  { lookup }: NameResolver,
  sending: Sending,
): Promise<Sent> {
  const sender = new Sender(service.scoring, { clock: createSteadyClock(), lookup });
  try {
    return await new Promise<Sent>((resolve) => sender.send(sending, resolve));
  } finally {
    sender.close();
  }
}

function toMeasurement(sent: Sent): PredictionMeasurement {
  if ('spoiled' in sent) return toUnmeasured(sent.spoiled);
  if (sent.outcome !== 'good') return { ...nothingSent, sent: 1, failures: { [sent.outcome]: 1 } };
  const tookMs = Number((sent.endedAt - sent.sentAt).toFixed(2));
  const latency = { p50Ms: tookMs, p95Ms: tookMs, p99Ms: tookMs, maxMs: tookMs };
  return { ...nothingSent, sent: 1, good: 1, latency };
}
