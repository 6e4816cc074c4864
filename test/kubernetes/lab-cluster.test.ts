import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createClusterSight } from '../../src/kubernetes/cluster-sight.ts';
import type { PodWatch } from '../../src/runs/ports/cluster-sight.ts';
import {
  listReadyPods,
  startTestCluster,
  waitFor,
  type TestCluster,
} from '../lab/cluster/test-cluster.ts';
import { startApi, type ApiFixture } from '../lab/kubernetes-api/api-fixture.ts';
import { noClusterAccess } from '../support/no-cluster-access.ts';
import { sampleProposal } from '../support/proposal.ts';

const { service, cluster } = sampleProposal();
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let running: TestCluster;
let api: ApiFixture;
let watch: PodWatch;
beforeEach(async () => {
  running = await startTestCluster({
    podNetwork: '127.45.0.0/16',
    pace: {
      nodeGraceSeconds: 6,
      heartbeatSeconds: 1,
      tolerationSeconds: 3,
      repairAfterSeconds: 15,
      repairSeconds: 1,
    },
  });
  api = await startApi({ store: running.store });
  const { kubeconfigPath } = api;
  const clock = { now: () => Date.now() };
  const sight = createClusterSight({ kubeconfigPath, access: noClusterAccess, clock, log });
  watch = sight.watch(service, cluster, 10_000);
  await waitFor('the first look', () => watch.view().confirmedAt > 0);
  await new Promise((resolve) => setTimeout(resolve, 200));
});
afterEach(async () => {
  await watch.close();
  await api.close();
  await running.close();
});

const saidOf = (pod: string) =>
  watch
    .changes()
    .filter((change) => change.pod === pod)
    .map(({ detail }) => detail);

describe('a cluster of real processes, as the bot sees it', () => {
  test('takes a killed pod out of rotation at once, and another comes in its place', async () => {
    const [victim] = listReadyPods(running.api);
    const { name = '', namespace = '' } = victim?.metadata ?? {};
    running.faults.killPod({ namespace, name }, 2);
    const created = await waitFor('the replacement', () =>
      watch.changes().find(({ replaces }) => replaces === name),
    );
    await waitFor('it to get traffic', () =>
      saidOf(created.pod).includes('in rotation of service diabetes'),
    );
    await waitFor('the killed one to go', () => saidOf(name).includes('deleted'));
    const { nodeName } = running.api.pods.get({ namespace, name: created.pod })?.spec ?? {};
    expect(saidOf(name)).toEqual([
      'not ready (terminating)',
      'out of rotation of service diabetes (terminating)',
      'deleted',
    ]);
    expect(saidOf(created.pod)).toEqual([
      `created in place of ${name}`,
      `placed on ${nodeName}`,
      'ready',
      'in rotation of service diabetes',
    ]);
  });

  test('loses a node: it is silent, its pods are evicted and replaced, it is rebooted and back', async () => {
    const [victim] = listReadyPods(running.api);
    const { name = '' } = victim?.metadata ?? {};
    const nodeName = victim?.spec.nodeName ?? '';
    await running.nodes.fail(nodeName);
    const nodeSaid = () =>
      watch
        .nodeChanges()
        .filter(({ node }) => node === nodeName)
        .map(({ detail }) => detail);
    await waitFor('the node to be back', () => nodeSaid().includes('ready'));
    await waitFor('the pod to go', () => saidOf(name).includes('deleted'));
    expect(nodeSaid()).toEqual(['not ready (NodeStatusUnknown)', 'rebooted', 'ready']);
    expect(saidOf(name)).toEqual([
      'not ready (its node does not answer)',
      'out of rotation of service diabetes',
      'terminating, evicted from a tainted node',
      'deleted',
    ]);
  });
});
