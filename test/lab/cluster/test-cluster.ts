import { setTimeout as delay } from 'node:timers/promises';
import { type ClusterApi, toClusterApi } from '../../../lab/cluster/cluster-api.ts';
import type { Pod } from '../../../lab/cluster/objects.ts';
import type { Pace } from '../../../lab/cluster/pace.ts';
import { isReady } from '../../../lab/cluster/pods.ts';
import {
  type Cluster,
  type ClusterOptions,
  startCluster,
} from '../../../lab/cluster/start-cluster.ts';
import { ObjectStore } from '../../../lab/kubernetes-api/object-store.ts';
import { diabetesModel } from '../../../lab/scoring/diabetes-model.ts';

/** Five times as fast as real time, with models that load at once. */
const TEST_PACE: Partial<Pace> = {
  secondMs: 200,
  modelLoadMs: [10, 100],
  endpointPropagationMs: 50,
};

export type TestCluster = Cluster & { readonly api: ClusterApi; readonly store: ObjectStore };

/** A cluster with a store of its own; each test file takes another pod network. */
export async function startTestCluster(
  options: Partial<ClusterOptions> & { podNetwork: string },
): Promise<TestCluster> {
  const store = new ObjectStore();
  const cluster = await startCluster({
    store,
    seed: 7,
    service: {
      name: 'diabetes',
      namespace: 'default',
      replicas: 3,
      key: 'test-key',
      routerHost: '127.0.0.1',
      routerPort: 0,
    },
    ...options,
    pace: { ...TEST_PACE, ...options.pace },
  });
  return { ...cluster, api: toClusterApi(store), store };
}

export function postScore(scoringUri: string): Promise<Response> {
  return fetch(scoringUri, {
    method: 'POST',
    headers: { authorization: 'Bearer test-key', 'content-type': 'application/json' },
    body: JSON.stringify({ data: diabetesModel.golden.data }),
  });
}

/** Waits until there is a value; throws after 45 s with what was waited for. */
export async function waitFor<Value>(
  what: string,
  read: () => Value | undefined | false,
): Promise<Value> {
  const deadline = Date.now() + 45_000;
  while (Date.now() < deadline) {
    const value = read();
    if (value !== undefined && value !== false) return value;
    await delay(10);
  }
  throw new Error(`Waited in vain for ${what}.`);
}

export function listReadyPods(api: ClusterApi): Pod[] {
  return api.pods.list().filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
}

/** The pod that the test acts on: the first by name. */
export function pickPod(api: ClusterApi): Pod {
  const [pod] = api.pods.list();
  if (!pod) throw new Error('The cluster has no pod.');
  return pod;
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
