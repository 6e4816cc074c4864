import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChaosStudio, type ChaosStudio } from './chaos-studio/start-chaos-studio.ts';
import type { Closing } from './closing.ts';
import { startCluster, type Cluster } from './cluster/start-cluster.ts';
import { startControlServer } from './control/control-server.ts';
import { findFreePort } from './free-port.ts';
import { startManagedIdentity, type ManagedIdentity } from './identity/managed-identity.ts';
import { writeKubeconfig } from './kubernetes-api/kubeconfig.ts';
import { ObjectStore } from './kubernetes-api/object-store.ts';
import { startKubernetesApi, type KubernetesApi } from './kubernetes-api/server.ts';
import type { LabOptions } from './lab-options.ts';
import { startPlayground, type Playground } from './playground/start-playground.ts';
import { reservePodNetwork } from './pod-network-lock.ts';
import { startBotProcess, type BotProcess } from './processes/bot-process.ts';
import { prepareDatabase } from './processes/prepared-database.ts';
import {
  createCertificateAuthority,
  type CertificateAuthority,
} from './tls/certificate-authority.ts';

/** Where everything is; what the ready file holds. */
export type LabAddresses = {
  readonly botUrl: string;
  readonly messagesUrl: string;
  readonly playgroundUrl?: string;
  readonly kubeconfigPath: string;
  readonly armUrl: string;
  readonly armCaPath: string;
  readonly armToken: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly identityEndpoint: string;
  readonly identityHeader: string;
  readonly scoringUri: string;
  readonly scoringKey: string;
  readonly labUrl: string;
};

export type Lab = { readonly addresses: LabAddresses; readonly folder: string };

const host = '127.0.0.1';
const armAudience = 'https://management.azure.com';
const subscriptionId = '6b1f1a6e-6f0e-4f43-8c39-6d0f7a2b8c51';
const resourceGroup = 'rg-chaos-lab';
const location = 'westeurope';
const clusterName = 'aks-lab';
const resourceId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.ContainerService/managedClusters/${clusterName}`;

type Start = {
  readonly options: LabOptions;
  readonly closing: Closing;
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};
type Ground = {
  readonly scoringKey: string;
  readonly kubeconfigPath: string;
  readonly armCaPath: string;
  readonly kubernetes: KubernetesApi;
  readonly cluster: Cluster;
  readonly identity: ManagedIdentity;
  readonly chaosStudio: ChaosStudio;
};

/** Starts everything in order and says each step. What was started is in `closing`, also when this rejects. */
export async function startLab(start: Omit<Start, 'folder'>): Promise<Lab> {
  const { options, closing, say } = start;
  const botPort = await findFreePort(host, options.botPort, '--bot-port');
  const playgroundPort = options.headless
    ? 0
    : await findFreePort(host, options.playgroundPort, '--playground-port');
  const folder = await mkdtemp(join(tmpdir(), 'chaos-marshal-lab-'));
  closing.add(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const dataDir = join(folder, 'data');
  say('Preparing the database');
  await prepareDatabase(dataDir);
  const ground = await startGround({ ...start, folder });

  const parts: { bot?: BotProcess; playground?: Playground } = {};
  const control = await startControlServer({
    ...ground,
    host,
    port: 0,
    bot: () => parts.bot,
    playground: () => parts.playground,
  });
  closing.add(() => control.close());
  start.signal.throwIfAborted();

  const logPath = join(folder, 'bot.log');
  const env = toBotEnvironment(ground, options.catalogue, { folder, dataDir });
  const { signal } = start;
  const bot = await startBotProcess({ host, port: botPort, env, logPath, say, signal });
  parts.bot = bot;
  closing.add(() => bot.close());
  say(`The bot listens at ${bot.url}, its log is ${logPath}`);
  start.signal.throwIfAborted();

  const messagesUrl = `${bot.url}/api/messages`;
  if (!options.headless) {
    const port = playgroundPort;
    const playground = await startPlayground({ host, port, folder, messagesUrl, say, signal });
    parts.playground = playground;
    closing.add(() => playground.close());
  }
  const addresses = {
    botUrl: bot.url,
    messagesUrl,
    ...(parts.playground ? { playgroundUrl: parts.playground.url } : {}),
    ...toGroundAddresses(ground),
    labUrl: control.url,
  };
  return { addresses, folder };
}

/** What the bot works on: the cluster with its scoring service, and Azure. */
async function startGround(start: Start): Promise<Ground> {
  const { closing, folder, say, options } = start;
  const authority = await createCertificateAuthority('Chaos Marshal lab');
  const armCaPath = join(folder, 'lab-ca.pem');
  await writeFile(armCaPath, authority.caPem);
  const scoringKey = randomBytes(24).toString('base64url');
  const { cluster, kubernetes, kubeconfigPath, store } = await startKubernetes(
    start,
    authority,
    scoringKey,
  );
  say(`The scoring service answers at ${cluster.scoringUri}`);

  const identity = await startManagedIdentity({ host, port: 0, audiences: [armAudience] });
  closing.add(() => identity.close());
  const chaosStudio = await startChaosStudio({
    host,
    port: 0,
    tls: await authority.issue([host, 'localhost']),
    verifyToken: (token) => identity.verify(token, armAudience),
    subscriptionId,
    resourceGroup,
    location,
    cluster: { resourceId },
    pods: { pods: () => store.list('pods'), nodes: () => store.list('nodes') },
    faults: cluster.faults,
    pace: options.pace,
  });
  closing.add(() => chaosStudio.close());
  say(`Chaos Studio answers at ${chaosStudio.url}`);
  return { scoringKey, kubeconfigPath, armCaPath, kubernetes, cluster, identity, chaosStudio };
}

async function startKubernetes(
  { closing, folder, say, signal }: Start,
  authority: CertificateAuthority,
  scoringKey: string,
) {
  const store = new ObjectStore();
  const token = randomBytes(24).toString('base64url');
  const tls = await authority.issue([host, 'localhost']);
  const kubernetes = await startKubernetesApi({ store, host, port: 0, tls, token });
  closing.add(() => kubernetes.close());
  const kubeconfigPath = join(folder, 'kubeconfig');
  const { caPem } = authority;
  await writeKubeconfig({ path: kubeconfigPath, url: kubernetes.url, caPem, token, clusterName });
  say(`The Kubernetes API answers at ${kubernetes.url}`);
  const podNetwork = await reservePodNetwork(closing);
  const service = {
    name: 'diabetes',
    namespace: 'default',
    replicas: 3,
    key: scoringKey,
    routerHost: host,
    routerPort: 0,
  };
  const seed = randomBytes(4).readUInt32LE();
  const cluster = await startCluster({ store, service, podNetwork, seed, onProgress: say, signal });
  closing.add(() => cluster.close());
  return { store, kubernetes, cluster, kubeconfigPath };
}

/** The whole environment of the bot: nothing of this machine's accounts gets in. */
function toBotEnvironment(
  ground: Ground,
  catalogue: string,
  { folder, dataDir }: { readonly folder: string; readonly dataDir: string },
) {
  const { identity, chaosStudio, kubeconfigPath, armCaPath, cluster, scoringKey } = ground;
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    BOT_AUTH: 'off',
    CHAOS_CONFIG: catalogue,
    DATA_DIR: dataDir,
    AZURE_SUBSCRIPTION_ID: subscriptionId,
    AZURE_RESOURCE_GROUP: resourceGroup,
    AZURE_RESOURCE_MANAGER_URL: chaosStudio.url,
    IDENTITY_ENDPOINT: identity.identityEndpoint,
    IDENTITY_HEADER: identity.identityHeader,
    NODE_EXTRA_CA_CERTS: armCaPath,
    KUBECONFIG: kubeconfigPath,
    SCORING_URI: cluster.scoringUri,
    SCORING_KEY: scoringKey,
  };
}

function toGroundAddresses(ground: Ground) {
  const { identity, chaosStudio, kubeconfigPath, armCaPath, cluster, scoringKey } = ground;
  return {
    kubeconfigPath,
    armUrl: chaosStudio.url,
    armCaPath,
    armToken: identity.issue(armAudience),
    subscriptionId,
    resourceGroup,
    identityEndpoint: identity.identityEndpoint,
    identityHeader: identity.identityHeader,
    scoringUri: cluster.scoringUri,
    scoringKey,
  };
}
