import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { PAUSE_IMAGE, SCORING_IMAGE } from '../../../lab/cluster/kubelet/images.ts';
import type { Pod } from '../../../lab/cluster/objects.ts';
import { isReady } from '../../../lab/cluster/pods.ts';
import {
  type TestCluster,
  isAlive,
  listReadyPods,
  pickPod,
  startTestCluster,
  waitFor,
} from './test-cluster.ts';

let cluster: TestCluster;
let pod: Pod;
let ref: { namespace: string; name: string };
let pid: number;

beforeAll(async () => {
  cluster = await startTestCluster({ podNetwork: '127.33.0.0/16' });
});

beforeEach(async () => {
  await waitFor('three ready pods', () => listReadyPods(cluster.api).length === 3);
  pod = pickPod(cluster.api);
  ref = { namespace: 'default', name: pod.metadata.name };
  pid = cluster.listProcesses().find(({ podName }) => podName === ref.name)?.pid ?? 0;
});

afterAll(() => cluster.close());

test('pod-failure runs the pause image until it is restored, each with a restart', async () => {
  const restarts = pod.status.containerStatuses?.[0]?.restartCount ?? 0;
  const restore = cluster.faults.failPod(ref);
  const failed = await waitFor('the pause container', () => findUnready(PAUSE_IMAGE));
  expect(isAlive(pid)).toBe(false);
  expect(failed.status.containerStatuses?.[0]).toMatchObject({
    restartCount: restarts + 1,
    state: { running: { startedAt: expect.any(String) } },
    lastState: { terminated: { exitCode: 0, reason: 'Completed' } },
  });
  await expect(fetch(`http://${failed.status.podIP}:5001/`)).rejects.toThrow('fetch failed');
  restore();
  const restored = await waitFor('the restored pod', () => {
    const now = cluster.api.pods.get(ref);
    return now?.status.containerStatuses?.[0]?.image === SCORING_IMAGE && isReady(now) && now;
  });
  expect(restored.metadata.uid).toBe(pod.metadata.uid);
  expect(restored.spec.containers[0]?.image).toBe(SCORING_IMAGE);
  expect(restored.status.containerStatuses?.[0]?.restartCount).toBe(restarts + 2);
});

test('restoring a pod that was replaced meanwhile does nothing', async () => {
  const restore = cluster.faults.failPod(ref);
  cluster.faults.killPod(ref, 0);
  restore();
  expect(cluster.api.pods.get(ref)).toBeUndefined();
  await waitFor('the end of its process', () => !isAlive(pid));
});

test('a pod without readiness probe stays ready, and in traffic, while it fails', async () => {
  cluster.api.pods.update(ref, ({ spec }) => {
    for (const container of spec.containers) {
      delete container.readinessProbe;
      delete container.livenessProbe;
    }
  });
  const restore = cluster.faults.failPod(ref);
  const paused = await waitFor('the pause container', () => {
    const now = cluster.api.pods.get(ref);
    return now?.status.containerStatuses?.[0]?.image === PAUSE_IMAGE && now;
  });
  expect(isReady(paused)).toBe(true);
  await delay(300);
  const addresses = cluster.api.endpoints.list()[0]?.subsets?.[0]?.addresses;
  expect(addresses?.map(({ ip }) => ip)).toContain(paused.status.podIP);
  restore();
});

test('pod-kill removes the pod at once and its process dies; another takes its place', async () => {
  cluster.faults.killPod(ref, 0);
  expect(cluster.api.pods.get(ref)).toBeUndefined();
  await waitFor('the end of its process', () => !isAlive(pid));
  await waitFor('the replacement', () => listReadyPods(cluster.api).length === 3);
});

test('container-kill restarts the container in its pod', async () => {
  cluster.faults.killContainers(ref, ['diabetes']);
  const killed = await waitFor('the restart', () => {
    const now = cluster.api.pods.get(ref);
    return now?.status.containerStatuses?.[0]?.lastState?.terminated?.exitCode === 137 && now;
  });
  expect(killed.metadata.uid).toBe(pod.metadata.uid);
});

test('faults on what does not exist say so', () => {
  const missing = { namespace: 'default', name: 'nobody' };
  const message = 'Pod default/nobody does not exist.';
  expect(() => cluster.faults.failPod(missing)).toThrow(message);
  expect(() => cluster.faults.killPod(missing, 0)).toThrow(message);
  expect(() => cluster.faults.killContainers(missing, ['diabetes'])).toThrow(message);
  expect(() => cluster.faults.killContainers(ref, ['sidecar'])).toThrow(
    `Pod default/${ref.name} has no container sidecar.`,
  );
});

function findUnready(image: string): Pod | undefined {
  const now = cluster.api.pods.get(ref);
  const status = now?.status.containerStatuses?.[0];
  return status?.image === image && status.state?.running && !status.ready ? now : undefined;
}
