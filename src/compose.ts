import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { createReportAnswerer } from './answer-report.ts';
import type { Config } from './config.ts';
import { clock, steadyClock, createAdapters, entropy } from './create-adapters.ts';
import { createInstallation } from './installation.ts';
import { createMetrics } from './metrics.ts';
import { ChaosError } from './domain/chaos-error.ts';
import { foldRun } from './domain/run.ts';
import { ActiveRuns } from './runs/active-runs.ts';
import type { ConductDeps } from './runs/conduct-context.ts';
import type { Conduct } from './runs/ports/job-queue.ts';
import { announceUndelivered, type UndeliveredDeps } from './runs/announce-undelivered.ts';
import { conductRun } from './runs/conduct-run.ts';
import { createJournalCopier } from './runs/copy-journal.ts';
import { createUseCases, type UseCaseDeps } from './runs/create-use-cases.ts';
import { createCsvReader } from './runs/read-csv.ts';
import { expireProposals } from './runs/expire-proposals.ts';
import { createFreezeFollower } from './runs/follow-freeze.ts';
import { createForgetting } from './runs/forget-names.ts';
import { LeftFaults } from './runs/left-faults.ts';
import { createReminders } from './runs/remind-approvers.ts';
import { createIntentReplay } from './runs/replay-intents.ts';
import { takeTurns } from './runs/take-turns.ts';
import { showLine } from './runs/wait-in-line.ts';
import { compareToEarlier } from './runs/read-runs.ts';
import { createSampledReader } from './runs/read-sampled.ts';
import { resumeRuns } from './runs/resume-runs.ts';
import { createReportWriter } from './report-writer.ts';
import { createReportLinks, readOrCreateKey, type ReportLinks } from './report-links.ts';
import { toReport } from './reports/to-report.ts';
import { readSealKey } from './seal-key.ts';
import { limitDrafts } from './limit-drafts.ts';
import { startServer } from './server.ts';
import { startWithStore, type StoreStart } from './start-with-store.ts';
import { toStoreProblem } from './start-up-error.ts';
import { createIntentFiles } from './store/intent-files.ts';
import { createLateStore } from './store/late-store.ts';
import { openStore } from './store/open-store.ts';
import { ensurePrivateFolder } from './store/private-folder.ts';
import { createConversations } from './teams/conversations.ts';
import { createTeamsBot } from './teams/teams-bot.ts';
import { settleWithin } from './time/settle-within.ts';

export type Bot = { readonly url: string; close(): Promise<void> };

const sweepIntervalMs = 5_000;
const drainLimitMs = 10_000;
/** How long a database server is waited for before the bot listens without it. */
const storePatienceMs = 10_000;

/**
 * Wires everything and starts it: the way out to Teams, the use cases, the store and what needs it, and last the way in. A database server that is away is
 * waited for while everything else serves.
 */
export async function compose(config: Config, log: Logger): Promise<Bot> {
  await prepareDataFolder(config, log);
  const store = createLateStore();
  const metrics = createMetrics();
  const links = createLinks(config, log);
  const conversations = createConversations({
    auth: config.auth,
    slash: config.slash,
    toReportUrl: (runId) => links.toLink(runId),
    compare: (run) => compareToEarlier(run, store),
    messages: store.messages,
    clock,
    steady: steadyClock,
    log,
  });
  const installation = createInstallation(config, { store, log });
  const { journalCopy, ...adapters } = createAdapters(config, log, () => installation.id());
  const copier =
    journalCopy && createJournalCopier({ journal: store.journal, copy: journalCopy, clock, log });
  const deps: ConductDeps & UseCaseDeps & UndeliveredDeps = {
    ...adapters,
    ...(copier ? { copier } : {}),
    catalogue: config.catalogue,
    runs: store.runs,
    checkpoints: store.checkpoints,
    claims: store.claims,
    checkStore: () => store.check(),
    messages: store.messages,
    freezes: store.freezes,
    intents: createIntentFiles({ folder: join(config.dataDir, 'intents'), log }),
    announcer: metrics.count(conversations.announcer),
    roster: conversations.roster,
    delivery: conversations,
    active: new ActiveRuns(),
    clock,
    entropy,
    log,
  };
  const useCases = limitDrafts(createUseCases(deps));
  const readSampled = createSampledReader(deps);
  const remind = createReminders(deps);
  const { keepNamesForMs } = config;
  const forget = createForgetting({
    names: store.names,
    clock,
    log,
    ...(keepNamesForMs ? { keepNamesForMs } : {}),
  });
  const leftFaults = new LeftFaults(deps);
  const followFreeze = createFreezeFollower(deps);
  const replayIntents = createIntentReplay(deps);
  const sweep = () => {
    Promise.all([
      replayIntents().then(followFreeze),
      expireProposals(deps),
      takeTurns(deps),
      remind(),
      forget(),
      leftFaults.check(),
    ]).catch((error: unknown) =>
      log.warn({ error }, 'Runs that wait could not be looked through.'),
    );
  };
  const conduct: Conduct = (runId, ...signals) =>
    conductRun(runId, deps, ...signals).finally(() => leftFaults.add(runId));
  const ending = new AbortController();
  const own: { sweeping?: NodeJS.Timeout; copying?: Promise<void> } = {};
  const starting = await startWithStore({
    ...createStoreOpening(config, log),
    store,
    clock,
    log,
    steps: [
      () => installation.remember(),
      // What people did while the database was away is recorded before any run goes on.
      replayIntents,
      followFreeze,
      () => resumeRuns(deps),
      () => announceUndelivered(deps),
      () => leftFaults.find(),
      async () => {
        own.sweeping = setInterval(sweep, sweepIntervalMs);
        if (copier) own.copying = copier.run(ending.signal);
      },
    ],
  });
  const bot = createTeamsBot({
    auth: config.auth,
    useCases,
    conversations,
    clock,
    steady: steadyClock,
    log,
  });
  const reportWriter = createReportWriter();
  const server = await startServer({
    host: config.host,
    port: config.port,
    metrics,
    log,
    health: () => useCases.health(),
    freeze: (request) => useCases.freeze(request),
    answerReport: createReportAnswerer({
      links,
      write: reportWriter.write,
      read: async (runId) => {
        const entries = await useCases.journal(runId);
        const { alteration } = (await store.runs.find(runId)) ?? {};
        const run = foldRun(entries);
        const comparison = await compareToEarlier(run, store);
        const sampled = await readSampled(run);
        return toReport(entries, { version: packageJson.version, comparison, sampled, alteration });
      },
      ...(deps.samples ? { readCsv: createCsvReader(deps.samples, useCases) } : {}),
    }),
    ...(config.freezeToken ? { freezeToken: config.freezeToken } : {}),
    isOpen: config.auth.mode === 'off',
    refuseMessage: (request) => bot.refuse(request),
    handleMessages: (request, response) => bot.handle(request, response),
  }).catch(async (error: unknown) => {
    ending.abort();
    await starting.end();
    clearInterval(own.sweeping);
    await store.close();
    throw error;
  });
  // A process that could not listen would conduct runs that nobody can stop through it.
  await starting.proceed(() =>
    store.jobs.work(conduct, {
      mostAtOnce: config.mostRuns,
      onWaiting: (runIds) => showLine(runIds, deps),
    }),
  );
  return {
    url: server.url,
    async close() {
      ending.abort();
      server.end();
      await settleWithin(drainLimitMs, starting.end());
      clearInterval(own.sweeping);
      // Runs first: a client that is slow to end its request must not keep them from going on elsewhere.
      await store.jobs.drain(drainLimitMs);
      await leftFaults.close();
      await server.close();
      await conversations.close();
      await reportWriter.close();
      if (own.copying) await settleWithin(drainLimitMs, own.copying);
      await store.close();
    },
  };
}

/** With a PostgreSQL server the bot can do without the folder: it then keeps no single predictions. */
async function prepareDataFolder({ dataDir, databaseUrl }: Config, log: Logger): Promise<void> {
  try {
    await ensurePrivateFolder(dataDir);
  } catch (error) {
    if (!databaseUrl || error instanceof ChaosError) throw error;
    log.warn({ error, dataDir }, 'DATA_DIR cannot be used.');
  }
}

/** A server may be away for a while. An embedded database that can't be opened needs somebody to repair it. */
function createStoreOpening(
  config: Config,
  log: Logger,
): Pick<StoreStart, 'open' | 'explain' | 'patienceMs'> {
  const { dataDir, databaseUrl } = config;
  const options = { dataDir, clock, sha256: entropy.sha256, sealKey: toSealKey(config, log), log };
  if (!databaseUrl) return { open: () => openStore(options), explain: () => undefined };
  return {
    open: () => openStore({ ...options, databaseUrl }),
    explain: (error) => toStoreProblem(error, databaseUrl),
    patienceMs: storePatienceMs,
  };
}

function toSealKey(config: Config, log: Logger): Buffer {
  try {
    return readSealKey(config);
  } catch (error) {
    log.warn({ error }, 'No shared key: a restart ends the runs that are being conducted.');
    return randomBytes(32);
  }
}

function createLinks(config: Config, log: Logger): ReportLinks {
  const { publicUrl, reportLinkKey, databaseUrl, dataDir } = config;
  if (!reportLinkKey && databaseUrl)
    log.warn('REPORT_LINK_KEY is not set: links to reports end with this process.');
  const ownKey = () => (databaseUrl ? randomBytes(32) : readOrCreateKey(dataDir));
  return createReportLinks({ key: reportLinkKey ?? ownKey(), publicUrl, clock });
}
