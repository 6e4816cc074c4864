import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createAksAccess } from './azure/aks-access.ts';
import { createAzureCredential, readScoringToken } from './azure/credential.ts';
import { createDirectory } from './azure/directory.ts';
import { createChaosStudioGateway } from './azure/chaos-studio-gateway.ts';
import { createJournalContainer } from './azure/journal-container.ts';
import { toHeadersKey } from './chaos-yaml/metric-schema.ts';
import type { Config } from './config.ts';
import { createClusterSight } from './kubernetes/cluster-sight.ts';
import { createOutsideChecks } from './predictions/ask-check.ts';
import { createMetricProbe } from './predictions/metric-probe.ts';
import { createProber } from './predictions/prober.ts';
import { createSampleFiles } from './predictions/samples/sample-files.ts';
import type { Entropy, MonotonicClock } from './runs/ports/clock.ts';
import { toSteadyClock } from './time/steady-clock.ts';
import { rehearseFaults } from './runs/rehearse-faults.ts';

/** Everything that reaches outside but the database and Teams. */
export function createAdapters(
  config: Config,
  log: Logger,
  installation: () => string | undefined = () => undefined,
) {
  const {
    azure,
    graphUrl,
    journalContainerUrl,
    kubeconfigPath,
    scoringKeys,
    checkHeaders,
    metricHeaders,
    dataDir,
    samplesMaxBytes,
  } = config;
  const credential = createAzureCredential();
  return {
    membership: createDirectory({ graphUrl, credential }),
    faults: rehearseFaults(
      createChaosStudioGateway({
        ...azure,
        credential,
        installation,
        clock,
        sha256: entropy.sha256,
        log,
      }),
      clock,
    ),
    cluster: createClusterSight({
      ...(kubeconfigPath ? { kubeconfigPath } : {}),
      access: createAksAccess({ ...azure, credential }),
      clock,
      log,
    }),
    ...(journalContainerUrl
      ? { journalCopy: createJournalContainer({ containerUrl: journalContainerUrl, credential }) }
      : {}),
    checks: createOutsideChecks({ headersOf: (name) => checkHeaders.get(name) }),
    metrics: createMetricProbe({
      headersOf: ({ name: service }, { name }) => metricHeaders.get(toHeadersKey(service, name)),
      readToken: (scope) => readScoringToken(credential, scope),
      log,
    }),
    predictions: createProber({
      keyOf: ({ name }) => scoringKeys.get(name),
      readToken: (scope) => readScoringToken(credential, scope),
      log,
    }),
    ...(samplesMaxBytes > 0
      ? {
          samples: createSampleFiles({
            folder: join(dataDir, 'samples'),
            maxBytes: samplesMaxBytes,
            log,
          }),
        }
      : {}),
  };
}

/** What `createAdapters` creates. */
export type Adapters = ReturnType<typeof createAdapters>;

/** The clock of this machine. */
export const clock: MonotonicClock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (durationMs, signal) =>
    delay(durationMs, undefined, signal ? { signal } : {}).catch(() => undefined),
};

/** The same for what only counts how long something lasted. */
export const steadyClock = toSteadyClock(clock);

/** Chance and hashes, by Node. */
export const entropy: Entropy = {
  randomBytes: (count) => randomBytes(count),
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
};
