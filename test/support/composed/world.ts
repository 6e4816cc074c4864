import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import {
  startChaosStudio,
  type ChaosStudio,
} from '../../../lab/chaos-studio/start-chaos-studio.ts';
import {
  startManagedIdentity,
  type ManagedIdentity,
} from '../../../lab/identity/managed-identity.ts';
import { writeKubeconfig } from '../../../lab/kubernetes-api/kubeconfig.ts';
import type { ObjectStore } from '../../../lab/kubernetes-api/object-store.ts';
import { prepareDatabase } from '../../../lab/processes/prepared-database.ts';
import { createCertificateAuthority } from '../../../lab/tls/certificate-authority.ts';
import { addPod, startApiFixture } from '../../lab/kubernetes-api/api-fixture.ts';
import { startFront, type Front, type FrontAnswer, type FrontRequest } from './front.ts';

export const subscriptionId = '5b1c0000-0000-4000-8000-000000000001';
export const resourceGroup = 'chaos';
export const clusterResourceId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.ContainerService/managedClusters/aks`;
/** Further ids of the same cluster: one run at a time is conducted on a cluster. */
export const otherClusterIds = ['aks-2', 'aks-3'].map((name) =>
  clusterResourceId.replace(/aks$/, name),
);
const armAudience = 'https://management.azure.com';
const audiences = [armAudience, 'https://graph.microsoft.com', 'https://api.botframework.com'];

/** Everything outside the bot but Teams: real servers on loopback, each behind a front that can refuse, hang, break or be slow. */
export type World = {
  readonly folder: string;
  readonly kubeconfigPath: string;
  /** The certificate authority of everything that is served with TLS, as PEM. */
  readonly caPem: string;
  readonly azure: Front;
  readonly graph: Front;
  readonly kubernetes: Front;
  readonly scoring: Front;
  /** The managed identity: its requests name a `resource`. */
  readonly identity: Front;
  /** How long a new token is valid, in seconds, by resource; a day when left out. */
  readonly tokenSeconds: Map<string, number>;
  readonly studio: ChaosStudio;
  /** The objects of the cluster: three pods `diabetes-a`, `-b` and `-c`. */
  readonly store: ObjectStore;
  /** The groups of each person, by object id; Graph answers from it. */
  readonly groupsOf: Map<string, readonly string[]>;
  /** The names of the pods that a fault is active on. */
  readonly failed: ReadonlySet<string>;
  close(): Promise<void>;
};

/** Starts the world. Certificates are trusted, and the environment of `@azure/identity` is set, until `close`. */
export async function startWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'composed-'));
  await prepareDatabase(join(folder, 'data'));
  const authority = await createCertificateAuthority('Composed');
  const issue = () => authority.issue(['127.0.0.1']);
  const trusted = tls.getCACertificates('default');
  const identity = await startManagedIdentity({ host: '127.0.0.1', port: 0, audiences });
  const tokenSeconds = new Map<string, number>();
  const identityFront = await startFront({
    answer: ({ path }) => toToken(path, identity, tokenSeconds),
  });
  const restoreEnvironment = setEnvironment({
    IDENTITY_ENDPOINT: `${identityFront.url}/msi/token`,
    IDENTITY_HEADER: identity.identityHeader,
  });
  const cluster = await startApiFixture();
  addPod(cluster.store, { name: 'diabetes-c', nodeName: 'node-0' });
  tls.setDefaultCACertificates([...trusted, authority.caPem]);
  const failed = new Set<string>();
  const studio = await startChaosStudio({
    host: '127.0.0.1',
    port: 0,
    tls: await issue(),
    verifyToken: (token) => identity.verify(token, armAudience),
    subscriptionId,
    resourceGroup,
    location: 'westeurope',
    cluster: { resourceId: clusterResourceId, aliases: otherClusterIds },
    pods: { pods: () => cluster.store.list('pods'), nodes: () => cluster.store.list('nodes') },
    faults: {
      failPod: ({ name }) => failPod(cluster.store, failed, name),
      killPod: () => undefined,
      killContainers: () => undefined,
    },
    pace: 'brisk',
  });
  const groupsOf = new Map<string, readonly string[]>();
  const azure = await startFront({ target: studio.url, ca: authority.caPem, tls: await issue() });
  const graph = await startFront({
    answer: (asked) => toGroups(asked, groupsOf),
    tls: await issue(),
  });
  const kubernetes = await startFront({
    target: cluster.api.url,
    ca: cluster.caPem,
    tls: await issue(),
  });
  const scoring = await startFront({ answer: () => ({ status: 200, body: [42] }) });
  const kubeconfigPath = join(folder, 'kubeconfig');
  const { caPem } = authority;
  const { token } = cluster;
  await writeKubeconfig({
    path: kubeconfigPath,
    url: kubernetes.url,
    caPem,
    token,
    clusterName: 'lab',
  });
  return {
    folder,
    kubeconfigPath,
    caPem,
    azure,
    graph,
    kubernetes,
    scoring,
    identity: identityFront,
    tokenSeconds,
    studio,
    store: cluster.store,
    groupsOf,
    failed,
    async close() {
      await Promise.all([azure, graph, kubernetes, scoring].map((front) => front.close()));
      await studio.close();
      await cluster.close();
      await identityFront.close();
      await identity.close();
      tls.setDefaultCACertificates(trusted);
      restoreEnvironment();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The answer of the managed identity, with another lifetime if need be. */
async function toToken(
  path: string,
  { identityEndpoint, identityHeader }: ManagedIdentity,
  tokenSeconds: ReadonlyMap<string, number>,
): Promise<FrontAnswer> {
  const url = new URL(path, identityEndpoint);
  const response = await fetch(url, { headers: { 'x-identity-header': identityHeader } });
  const body = (await response.json()) as object;
  const seconds = tokenSeconds.get(url.searchParams.get('resource') ?? '');
  const expiry =
    seconds === undefined ? {} : { expires_on: String(Math.floor(Date.now() / 1_000) + seconds) };
  return { status: response.status, body: { ...body, ...expiry } };
}

/** Graph's `checkMemberGroups`. */
function toGroups(
  { path, body }: FrontRequest,
  groupsOf: Map<string, readonly string[]>,
): FrontAnswer {
  const id = decodeURIComponent(path.split('/').at(-2) ?? '');
  const { groupIds = [] } = (body ?? {}) as { groupIds?: string[] };
  const mine = groupsOf.get(id) ?? [];
  return { status: 200, body: { value: groupIds.filter((group) => mine.includes(group)) } };
}

/** As pod-failure does: the container restarts with another image and is not ready until the fault is removed. */
function failPod(store: ObjectStore, failed: Set<string>, name: string): () => void {
  const swap = (isOwn: boolean) => {
    const image = isOwn ? 'registry.test/diabetes:1' : 'gcr.io/google-containers/pause:latest';
    changePod(store, name, { ready: isOwn, image, restarts: 1 });
  };
  failed.add(name);
  swap(false);
  return () => {
    failed.delete(name);
    if (store.get('pods', { namespace: 'default', name })) swap(true);
  };
}

type PodState = { readonly ready: boolean; readonly image?: string; readonly restarts?: number };

/** Changes what the cluster shows of a pod and of its container. */
export function changePod(
  store: ObjectStore,
  name: string,
  { ready, image, restarts = 0 }: PodState,
): void {
  store.update('pods', { namespace: 'default', name }, ({ spec, status }) => {
    const [declared] = spec?.containers ?? [];
    const [container] = status?.containerStatuses ?? [];
    if (declared && image !== undefined) declared.image = image;
    if (container)
      Object.assign(container, {
        ready,
        restartCount: container.restartCount + restarts,
        ...(image === undefined ? {} : { image }),
      });
    for (const condition of status?.conditions ?? [])
      if (condition.type === 'Ready') condition.status = ready ? 'True' : 'False';
  });
}

/** Sets variables of this process; the function that it returns restores them. */
function setEnvironment(variables: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
