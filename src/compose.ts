import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createAzureCredential } from './azure/credential.ts';
import { createDirectory } from './azure/directory.ts';
import { createChaosStudioGateway } from './azure/chaos-studio-gateway.ts';
import { createJournalContainer } from './azure/journal-container.ts';
import type { Config } from './config.ts';
import { createClusterSight } from './kubernetes/cluster-sight.ts';
import { createMetrics } from './metrics.ts';
import { createPredictionProbe } from './predictions/prediction-probe.ts';
import { ActiveRuns } from './runs/active-runs.ts';
import type { ConductDeps } from './runs/conduct-context.ts';
import { announceUndelivered, type UndeliveredDeps } from './runs/announce-undelivered.ts';
import { conductRun } from './runs/conduct-run.ts';
import { createJournalCopier } from './runs/copy-journal.ts';
import { createUseCases, type UseCaseDeps } from './runs/create-use-cases.ts';
import { expireProposals } from './runs/expire-proposals.ts';
import type { Clock, Entropy } from './runs/ports.ts';
import { resumeRuns } from './runs/resume-runs.ts';
import { startServer } from './server.ts';
import { openStore } from './store/open-store.ts';
import { createConversations } from './teams/conversations.ts';
import { createTeamsBot } from './teams/teams-bot.ts';

export type Bot = { readonly url: string; close(): Promise<void> };

const expiryIntervalMs = 5_000;
const drainLimitMs = 10_000;

/** Wires everything and starts it: the store, the way out to Teams, the use cases, the jobs, and last the way in. */
export async function compose(config: Config, log: Logger): Promise<Bot> {
  const store = await openStore({
    dataDir: config.dataDir,
    ...(config.databaseUrl ? { databaseUrl: config.databaseUrl } : {}),
    clock,
    sha256: entropy.sha256,
    log,
  });
  const metrics = createMetrics();
  const conversations = createConversations({
    auth: config.auth,
    slash: config.slash,
    messages: store.messages,
    clock,
    log,
  });
  const { journalCopy, ...adapters } = createAdapters(config, log);
  const copier =
    journalCopy && createJournalCopier({ journal: store.journal, copy: journalCopy, clock, log });
  const deps: ConductDeps & UseCaseDeps & UndeliveredDeps = {
    ...adapters,
    ...(copier ? { copier } : {}),
    catalogue: config.catalogue,
    runs: store.runs,
    checkpoints: store.checkpoints,
    checkStore: () => store.check(),
    messages: store.messages,
    freezes: store.freezes,
    announcer: metrics.count(conversations.announcer),
    active: new ActiveRuns(),
    clock,
    entropy,
    log,
  };
  const useCases = createUseCases(deps);
  await store.jobs.work((runId, draining) => conductRun(runId, deps, draining));
  deps.announcer.freezeChanged(await store.freezes.current());
  await resumeRuns(deps);
  await announceUndelivered(deps);
  const expiry = setInterval(() => {
    expireProposals(deps).catch((error: unknown) =>
      log.warn({ error }, 'Proposals could not be looked through.'),
    );
  }, expiryIntervalMs);
  const ending = new AbortController();
  const copying = copier?.run(ending.signal);
  const bot = createTeamsBot({
    auth: config.auth,
    useCases,
    conversations,
    clock,
    log,
  });
  const server = await startServer({
    host: config.host,
    port: config.port,
    metrics,
    log,
    health: () => useCases.health(),
    freeze: (request) => useCases.freeze(request),
    ...(config.freezeToken ? { freezeToken: config.freezeToken } : {}),
    handleMessages: (request, response) => bot.handle(request, response),
  });
  return {
    url: server.url,
    async close() {
      clearInterval(expiry);
      ending.abort();
      await server.close();
      await store.jobs.drain(drainLimitMs);
      await conversations.close();
      if (copying) await waitAtMost(drainLimitMs, copying);
      await store.close();
    },
  };
}

async function waitAtMost(limitMs: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(limitMs, done.signal)]);
  done.abort();
}

function createAdapters(config: Config, log: Logger) {
  const { azure, graphUrl, journalContainerUrl, kubeconfigPath, scoringKeys } = config;
  const credential = createAzureCredential();
  return {
    membership: createDirectory({ graphUrl, credential }),
    faults: createChaosStudioGateway({
      ...azure,
      credential,
      clock,
      sha256: entropy.sha256,
      log,
    }),
    ...(journalContainerUrl
      ? { journalCopy: createJournalContainer({ containerUrl: journalContainerUrl, credential }) }
      : {}),
    cluster: createClusterSight({ ...(kubeconfigPath ? { kubeconfigPath } : {}), clock, log }),
    predictions: createPredictionProbe({ keyOf: ({ name }) => scoringKeys.get(name), log }),
  };
}

const clock: Clock = {
  now: () => Date.now(),
  sleep: (durationMs, signal) =>
    delay(durationMs, undefined, signal ? { signal } : {}).catch(() => undefined),
};

const entropy: Entropy = {
  randomBytes: (count) => randomBytes(count),
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
};
