import { afterEach, expect, test } from '@jest/globals';
import { isTrue } from '../../../lab/cluster/condition.ts';
import { UNREACHABLE } from '../../../lab/cluster/node-controller.ts';
import { isReady } from '../../../lab/cluster/pods.ts';
import {
  type TestCluster,
  isAlive,
  listReadyPods,
  startTestCluster,
  waitFor,
} from './test-cluster.ts';

const podNetwork = '127.34.0.0/16';
let cluster: TestCluster | undefined;

afterEach(async () => {
  await cluster?.close();
});

test('a dead node takes its pods with it: unready, evicted after their toleration, replaced elsewhere', async () => {
  const running = await startWithPace({ tolerationSeconds: 3, repairAfterSeconds: 10_000 });
  const { api } = running;
  const [pod] = api.pods.list();
  const nodeName = pod?.spec.nodeName ?? '';
  const pid = running.listProcesses().find(({ podName }) => podName === pod?.metadata.name)?.pid;
  await running.nodes.fail(nodeName);
  expect(isAlive(pid ?? 0)).toBe(false);
  expect(isNodeReady(nodeName)).toBe(true);
  await waitFor('the node to be unknown', () => !isNodeReady(nodeName));
  const node = api.nodes.get({ name: nodeName });
  expect(node?.status.conditions?.every(({ status }) => status === 'Unknown')).toBe(true);
  expect(node?.spec.taints?.map(({ key }) => key)).toEqual([UNREACHABLE, UNREACHABLE]);
  const stranded = api.pods.list().find(({ spec }) => spec.nodeName === nodeName);
  expect(stranded && isReady(stranded)).toBe(false);

  await waitFor('the replacement', () => listReadyPods(api).length === 3);
  expect(listReadyPods(api).map(({ spec }) => spec.nodeName)).not.toContain(nodeName);
  // Nobody can confirm that its process is gone, so the old pod stays Terminating until the node is back.
  expect(api.pods.list()).toHaveLength(4);

  running.nodes.repair(nodeName);
  await waitFor('the repair', () => isNodeReady(nodeName));
  await waitFor('the old pod to go', () => api.pods.list().length === 3);
  await waitFor('the taints to go', () => !api.nodes.get({ name: nodeName })?.spec.taints);
});

test('nodes are repaired one at a time, and their pods restart on them', async () => {
  const running = await startWithPace({ repairAfterSeconds: 1, repairSeconds: 5 });
  const [first, second] = running.nodes.names;
  const repairs: string[] = [];
  running.api.events.subscribe(({ object }) => {
    if (object.reason?.startsWith('NodeReboot')) repairs.push(object.reason);
  });
  await Promise.all([running.nodes.fail(first ?? ''), running.nodes.fail(second ?? '')]);
  await waitFor('both to be unready', () => listUnreadyNodes().length === 2);
  await waitFor('the first repair', () => listUnreadyNodes().length === 1);
  await waitFor('the second repair', () => listUnreadyNodes().length === 0);
  const oneRepair = ['NodeRebootStart', 'NodeRebootEnd'];
  expect(repairs).toEqual([...oneRepair, ...oneRepair]);
  await waitFor('three ready pods', () => listReadyPods(running.api).length === 3);
  const restarts = listReadyPods(running.api).map(
    ({ status }) => status.containerStatuses?.[0]?.restartCount,
  );
  expect(restarts.reduce<number>((sum, count = 0) => sum + count, 0)).toBe(2);
});

test('a cluster whose machine paused for longer than the grace period comes back by itself', async () => {
  const running = await startWithPace({
    tolerationSeconds: 10_000,
    repairAfterSeconds: 10_000,
    heartbeatSeconds: 3,
  });
  const { api } = running;
  const uids = listReadyPods(api).map(({ metadata }) => metadata.uid);
  const sawUnready = () => api.events.list().some(({ message }) => message === 'Node is not ready');
  // Whether the controller or the heartbeat comes first after a pause is chance, so pause until it was the controller.
  await waitFor('an unready pod', () => sawUnready() || pauseForTwoSeconds());
  await waitFor('three ready pods', () => listReadyPods(api).length === 3);
  expect(listReadyPods(api).map(({ metadata }) => metadata.uid)).toEqual(uids);
});

test('an unknown node is refused with the names there are', async () => {
  const running = await startWithPace({});
  expect(() => running.nodes.repair('node-9')).toThrow(
    `There is no node node-9; there are ${running.nodes.names.join(', ')}.`,
  );
});

async function startWithPace(pace: Record<string, number>): Promise<TestCluster> {
  cluster = await startTestCluster({
    podNetwork,
    pace: { nodeGraceSeconds: 6, heartbeatSeconds: 1, repairSeconds: 1, ...pace },
  });
  return cluster;
}

/** Nothing runs: no heartbeat, and no controller that sees that there is none. */
function pauseForTwoSeconds(): false {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
  return false;
}

function isNodeReady(name: string): boolean {
  return isTrue(cluster?.api.nodes.get({ name })?.status.conditions, 'Ready');
}

function listUnreadyNodes(): string[] {
  return (cluster?.nodes.names ?? []).filter((name) => !isNodeReady(name));
}
