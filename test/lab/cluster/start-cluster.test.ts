import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { diabetesModel } from '../../../lab/scoring/diabetes-model.ts';
import {
  type TestCluster,
  isAlive,
  listReadyPods,
  postScore,
  startTestCluster,
  waitFor,
} from './test-cluster.ts';

const podNetwork = '127.31.0.0/16';
let cluster: TestCluster | undefined;

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

test('it starts with three ready pods, one on each node, and all of them answer', async () => {
  const lines: string[] = [];
  cluster = await startTestCluster({ podNetwork, onProgress: (line) => lines.push(line) });
  const pods = listReadyPods(cluster.api);
  expect(pods).toHaveLength(3);
  expect(new Set(pods.map(({ spec }) => spec.nodeName))).toEqual(new Set(cluster.nodes.names));
  const served = new Set<string | null>();
  for (let count = 0; count < 6; count += 1) {
    const response = await postScore(cluster.scoringUri);
    expect(await response.json()).toEqual(diabetesModel.golden.predictions);
    served.add(response.headers.get('azureml-served-by-instance'));
  }
  expect(served).toEqual(new Set(pods.map(({ metadata }) => metadata.name)));
  expect(lines.filter((line) => line.startsWith('pod '))).toHaveLength(3);
});

test('its objects are those of a deployment: owners, hash, endpoints, events', async () => {
  cluster = await startTestCluster({ podNetwork });
  const { api } = cluster;
  const [replicaSet] = api.replicasets.list();
  expect(replicaSet?.metadata.ownerReferences?.[0]).toMatchObject({
    kind: 'Deployment',
    name: 'diabetes',
  });
  for (const { metadata, status } of api.pods.list()) {
    expect(metadata.name).toMatch(/^diabetes-[0-9a-f]{10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(metadata.ownerReferences?.[0]?.uid).toBe(replicaSet?.metadata.uid);
    expect(status).toMatchObject({ phase: 'Running', qosClass: 'Burstable' });
    expect(status.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 0 });
    const reasons = api.events
      .list()
      .filter(({ involvedObject }) => involvedObject.uid === metadata.uid)
      .map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(['Scheduled', 'Pulled', 'Created', 'Started']));
  }
  expect(api.endpoints.list()[0]?.subsets?.[0]?.addresses).toHaveLength(3);
  await waitFor('the deployment to count', () =>
    api.deployments.list().some(({ status }) => status.availableReplicas === 3),
  );
});

test('scaling adds and removes pods', async () => {
  cluster = await startTestCluster({ podNetwork });
  const { api } = cluster;
  const scale = (replicas: number) =>
    api.deployments.update({ namespace: 'default', name: 'diabetes' }, ({ spec }) => {
      spec.replicas = replicas;
    });
  scale(4);
  await waitFor('four ready pods', () => listReadyPods(api).length === 4);
  scale(1);
  await waitFor('one pod', () => api.pods.list().length === 1);
  expect(cluster.listProcesses()).toHaveLength(1);
});

test('closing ends every process and frees the port, also when called twice', async () => {
  const closing = await startTestCluster({ podNetwork });
  const pids = closing.listProcesses().map(({ pid }) => pid);
  expect(pids.filter(isAlive)).toHaveLength(3);
  await Promise.all([closing.close(), closing.close()]);
  await closing.close();
  expect(pids.filter(isAlive)).toHaveLength(0);
  const { hostname, port } = new URL(closing.scoringUri);
  const server = createServer().listen(Number(port), hostname);
  await once(server, 'listening');
  server.close();
});

test('it can be closed while it starts', async () => {
  const abort = new AbortController();
  const starting = startTestCluster({
    podNetwork,
    signal: abort.signal,
    pace: { modelLoadMs: [60_000, 60_000] },
  });
  setTimeout(() => abort.abort(), 300);
  await expect(starting).rejects.toThrow(
    'Closed while waiting for the pods of the scoring service.',
  );
});

test('a busy port is a clear error', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const routerPort = typeof address === 'object' && address ? address.port : 0;
  const service = {
    name: 'diabetes',
    namespace: 'default',
    replicas: 1,
    key: 'k',
    routerHost: '127.0.0.1',
    routerPort,
  };
  await expect(startTestCluster({ podNetwork, service })).rejects.toThrow(
    `Port ${routerPort} on 127.0.0.1 is in use`,
  );
  server.close();
});

test('a pod network outside loopback is refused', async () => {
  await expect(startTestCluster({ podNetwork: '10.1.0.0/16' })).rejects.toThrow(
    'The pod network must be a loopback /16 such as 127.11.0.0/16, not 10.1.0.0/16.',
  );
});
