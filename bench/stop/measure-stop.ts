import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createReportLinks } from '../../src/report-links.ts';
import type { RunId } from '../../src/domain/ids.ts';
import {
  alex,
  botId,
  issuer,
  startTeams,
  tenantId,
  type Teams,
} from '../../test/support/composed/teams.ts';
import {
  clusterResourceId,
  resourceGroup,
  startWorld,
  subscriptionId,
  type World,
} from '../../test/support/composed/world.ts';
import type { Comparison } from '../comparison.ts';
import { loads, type Load, type LoadOrder } from './loads.ts';
import { seedRuns } from './seed-runs.ts';
import { startBot, type BotProcess } from './start-bot.ts';

/** From the click to the cancel on the wire, at the 99th percentile. */
const budgetMs = 150;
/** As many as a process conducts at a time. */
const runsPerRound = 8;
const endedRuns = 2_000;
const hugeListBytes = 90_000_000;
const betweenClicksMs = 400;

export type StopBench = {
  readonly rounds: number;
  readonly say: (line: string) => void;
  /** A part of the names of the loads to measure; all of them when empty. */
  readonly only?: string;
};

/**
 * How long after a click on Stop the request to end the fault reaches Azure, under loads that are not its own. The bot is `npm start` in a process of its own
 * with the embedded database; each load is made by another process.
 */
export async function measureStop({ rounds, say, only = '' }: StopBench): Promise<Comparison[]> {
  const stage = await setUp();
  try {
    const comparisons: Comparison[] = [];
    for (const load of loads.filter((name) => name.includes(only))) {
      const latencies: number[] = [];
      for (let round = 0; round < rounds; round += 1)
        latencies.push(...(await measureRound(load, stage)));
      say(`  ${load}: ${latencies.map(Math.round).join(' ')} ms`);
      comparisons.push(toComparison(load, latencies));
    }
    return comparisons;
  } finally {
    await stage.close();
  }
}

function toComparison(load: Load, latencies: readonly number[]): Comparison {
  const sorted = latencies.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return {
    name: `stop: click to cancel on the wire, p99, beside ${load}`,
    unit: 'ms, less is better',
    peer: 'budget',
    ours: at(0.99),
    theirs: budgetMs,
    notes: { stops: sorted.length, p50Ms: at(0.5), maxMs: at(1) },
  };
}

type Stage = {
  readonly world: World;
  readonly teams: Teams;
  /** A data folder to copy for each round. */
  readonly template: string;
  readonly env: Readonly<Record<string, string>>;
  readonly toReport: (url: string, runId: string) => string;
  readonly ended: readonly string[];
  readonly active: readonly { readonly runId: string; readonly experimentName: string }[];
  close(): Promise<void>;
};

async function setUp(): Promise<Stage> {
  const world = await startWorld();
  const teams = await startTeams();
  const folder = await mkdtemp(join(tmpdir(), 'bench-stop-'));
  const template = join(folder, 'template');
  const list = await startList();
  const active = Array.from({ length: runsPerRound }, (_, index) => ({
    runId: `r-00000${index}`,
    experimentName: `chaos-marshal-bench-${index}`,
  }));
  const ended = Array.from({ length: endedRuns }, (_, index) => `r-${100_000 + index}`);
  const reference = teams.activity(alex);
  await seedRuns({
    dataDir: template,
    scoringUri: `${world.scoring.url}/score`,
    origin: {
      conversationId: '19:chaos@thread.tacv2',
      reference: {
        conversation: reference['conversation'],
        serviceUrl: teams.connector.url,
        channelId: 'msteams',
        bot: reference['recipient'],
      },
    },
    active,
    ended,
  });
  const key = randomBytes(16).toString('hex');
  const env = await writeConfig(folder, { world, teams, listUrl: list.url, key });
  return {
    world,
    teams,
    template,
    env,
    active,
    ended,
    toReport: (url, runId) =>
      createReportLinks({ key, publicUrl: url, clock: Date }).toLink(runId as RunId),
    async close() {
      list.child.kill();
      await teams.close();
      await world.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The list is served by a process of its own: to send 90 MB would delay what is measured here. */
async function startList(): Promise<{ url: string; child: ChildProcess }> {
  const child = spawnScript('serve-list.ts', String(hugeListBytes));
  if (!child.stdout) throw new Error('no output');
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { url, child };
}

function spawnScript(name: string, ...words: readonly string[]): ChildProcess {
  const script = fileURLToPath(new URL(name, import.meta.url));
  return spawn(process.execPath, [script, ...words], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}

type Config = {
  readonly world: World;
  readonly teams: Teams;
  readonly listUrl: string;
  readonly key: string;
};

async function writeConfig(folder: string, { world, teams, listUrl, key }: Config) {
  const kubeconfig = await readFile(world.kubeconfigPath, 'utf8');
  const caPath = join(folder, 'ca.pem');
  const [, ca = ''] = /certificate-authority-data: "?([\w+/=]+)/.exec(kubeconfig) ?? [];
  await writeFile(caPath, Buffer.from(ca, 'base64'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  await writeFile(kubeconfigPath, JSON.stringify(toKubeconfig(listUrl)));
  const catalogue = join(folder, 'chaos.yaml');
  await writeFile(catalogue, JSON.stringify(toCatalogue(`${world.scoring.url}/score`)));
  return {
    PORT: '0',
    LOG_LEVEL: 'info',
    BOT_ID: botId,
    BOT_TYPE: 'UserAssignedMSI',
    BOT_TENANT_ID: tenantId,
    BOT_OPENID_METADATA_URL: teams.issuer.openIdMetadataUrl,
    BOT_TOKEN_ISSUER: issuer,
    CHAOS_CONFIG: catalogue,
    REPORT_LINK_KEY: key,
    AZURE_SUBSCRIPTION_ID: subscriptionId,
    AZURE_RESOURCE_GROUP: resourceGroup,
    AZURE_RESOURCE_MANAGER_URL: world.azure.url,
    MICROSOFT_GRAPH_URL: world.graph.url,
    KUBECONFIG: kubeconfigPath,
    NODE_EXTRA_CA_CERTS: caPath,
  };
}

function toKubeconfig(server: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    // Without TLS: to encrypt 90 MB would take time from what is measured.
    clusters: [{ name: 'bench', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'bench', user: { token: 'bench' } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
  };
}

/** JSON is YAML. */
function toCatalogue(uri: string) {
  const service = (namespace: string) => ({
    cluster: 'aks',
    namespace,
    selector: { app: 'diabetes' },
    scoring: {
      uri,
      rate: '1/s',
      timeout: '1s',
      golden: [{ input: { data: [1] }, expected: [42], tolerance: 0.01 }],
    },
  });
  const experiment = (name: string) => ({
    title: name,
    service: name,
    fault: 'pod-failure',
    mode: 'one',
    duration: '60s',
    hypothesis: { title: 'Predictions survive', tolerances: ['availability >= 50%'] },
    guards: { lostSight: '6s' },
    baseline: '5s',
    recovery: '20s',
  });
  return {
    clusters: { aks: { resourceId: clusterResourceId, location: 'westeurope' } },
    services: { diabetes: service('default'), huge: service('huge') },
    experiments: { 'pod-failure': experiment('diabetes'), 'huge-failure': experiment('huge') },
    approvals: { approvers: [{ id: alex.aadObjectId, name: alex.name }], expiresAfter: '30m' },
    limits: { leaveReady: 0 },
  };
}

/** One bot, eight faults, eight clicks. Returns how long each took, ms. */
async function measureRound(load: Load, stage: Stage): Promise<number[]> {
  const { world, template, env, active } = stage;
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-stop-round-'));
  await cp(template, dataDir, { recursive: true });
  world.azure.heal();
  world.azure.refuse(/GET .*\/executions/, { status: 200, body: toExecution('Running') });
  world.azure.refuse(/POST .*\/cancel\?/, { status: 200, body: {} });
  const before = world.azure.requests.length;
  const bot = await startBot({ ...env, DATA_DIR: dataDir });
  const maker = makeLoad(load, bot, stage);
  try {
    for (const { experimentName } of active) await untilConducted(experimentName, before, world);
    await warmUp(bot, stage);
    maker.start();
    await delay(2_000);
    const latencies: number[] = [];
    for (const run of active) {
      latencies.push(await measureClick(run, bot, stage));
      await delay(betweenClicksMs);
    }
    if (load !== 'nothing else') maker.requireAnswers();
    return latencies;
  } finally {
    maker.stop();
    await bot.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function toExecution(status: string) {
  const name = '4BD1B3A2-0000-4000-8000-000000000001';
  const execution = { id: `/executions/${name}`, name, properties: { status } };
  return { ...execution, value: [execution] };
}

/** The first message of all makes the bot read the channel's keys. */
async function warmUp(bot: BotProcess, { teams }: Stage): Promise<void> {
  await fetch(`${bot.url}/api/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${teams.token()}` },
    body: JSON.stringify(teams.activity(alex, { text: 'help' })),
  });
}

/** The conductor of a run reads its execution. */
async function untilConducted(experimentName: string, after: number, { azure }: World) {
  while (!azure.requests.slice(after).some(({ path }) => path.includes(`${experimentName}/`)))
    await delay(20);
}

function makeLoad(load: Load, bot: BotProcess, { teams, toReport, ended }: Stage) {
  let child: ChildProcess | undefined;
  let answered: Readonly<Record<string, number>> = {};
  return {
    start() {
      const order: LoadOrder = {
        load,
        url: bot.url,
        token: teams.token(),
        activity: teams.activity(alex),
        reports: ended.slice(0, 16).map((runId, index) => {
          const [path = '', query = ''] = toReport(bot.url, runId).split('?');
          return `${path}${['', '.md', '.json', '.png'][index % 4]}?${query}`;
        }),
      };
      child = spawnScript('make-load.ts', JSON.stringify(order));
      child.on('message', (told) => (answered = told as typeof answered));
    },
    /** Throws when nothing of the load was let in. */
    requireAnswers() {
      process.stderr.write(`  ${load}: answers by status ${JSON.stringify(answered)}\n`);
      if (!answered['200']) throw new Error(`The load "${load}" was not let in.`);
    },
    stop: () => void child?.kill('SIGKILL'),
  };
}

const longestWaitMs = 20_000;

async function measureClick(
  { runId, experimentName }: Stage['active'][number],
  bot: BotProcess,
  { teams, world }: Stage,
): Promise<number> {
  const cancel = new RegExp(`POST .*/${experimentName}/cancel`);
  const known = world.azure.find(cancel).length;
  const body = JSON.stringify(
    teams.activity(alex, {
      type: 'invoke',
      name: 'adaptiveCard/action',
      value: {
        action: { type: 'Action.Execute', verb: 'run.stop', data: { runId, digest: '' } },
        trigger: 'manual',
      },
    }),
  );
  const token = teams.token();
  const clickedAt = Date.now();
  const answered = fetch(`${bot.url}/api/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  }).catch(() => undefined);
  // One that never comes counts as long as it was waited for.
  const requests = await world.azure.until(cancel, known + 1, longestWaitMs).catch(() => []);
  await answered;
  return (requests[known]?.at ?? Date.now()) - clickedAt;
}
