import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { deletePod, isReady } from '../../../lab/cluster/pods.ts';
import {
  type TestCluster,
  isAlive,
  listReadyPods,
  pickPod,
  postScore,
  startTestCluster,
  waitFor,
} from './test-cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ podNetwork: '127.32.0.0/16' });
});

afterEach(() => cluster.close());

test('a killed process is a restarted container, and requests fail until the router knows', async () => {
  const { api, scoringUri } = cluster;
  const { metadata } = pickPod(api);
  const before = getProcess(metadata.name);
  process.kill(before, 'SIGKILL');
  const statuses = await collectStatusCodes(scoringUri, 30);
  expect(new Set(statuses)).toEqual(new Set([200, 502]));
  const restarted = await waitFor('the restart', () => {
    const pod = api.pods.get(metadata);
    return pod && isReady(pod) && pod.status.containerStatuses?.[0]?.restartCount === 1 && pod;
  });
  const status = restarted.status.containerStatuses?.[0];
  expect(status?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'Error' });
  expect(getProcess(metadata.name)).not.toBe(before);
  await delay(100);
  expect(new Set(await collectStatusCodes(scoringUri, 9))).toEqual(new Set([200]));
});

test('a container that dies again and again waits in CrashLoopBackOff', async () => {
  const { api } = cluster;
  const { metadata } = pickPod(api);
  const first = getProcess(metadata.name);
  process.kill(first, 'SIGKILL');
  const second = await waitFor('the first restart', () => {
    const pid = findProcess(metadata.name);
    return pid !== first && pid;
  });
  process.kill(second, 'SIGKILL');
  const waiting = await waitFor('the back-off', () => {
    const status = api.pods.get(metadata)?.status.containerStatuses?.[0];
    return status?.state?.waiting?.reason === 'CrashLoopBackOff' && status;
  });
  expect(waiting).toMatchObject({ ready: false, restartCount: 1 });
  expect(waiting.state?.waiting?.message).toMatch(
    /^back-off 10s restarting failed container=diabetes/,
  );
  await waitFor('the second restart', () => {
    const status = api.pods.get(metadata)?.status.containerStatuses?.[0];
    return status?.restartCount === 2 && status.ready;
  });
  expect(listReasons(metadata.uid)).toContain('BackOff');
});

test('a deleted pod drains, goes, and is replaced by another name', async () => {
  const { api } = cluster;
  const pod = pickPod(api);
  const pid = getProcess(pod.metadata.name);
  deletePod(api, pod, 30);
  expect(api.pods.get(pod.metadata)?.metadata.deletionTimestamp).toBeDefined();
  await waitFor('the end of the pod', () => api.pods.get(pod.metadata) === undefined);
  expect(isAlive(pid)).toBe(false);
  await waitFor('three ready pods', () => listReadyPods(api).length === 3);
  expect(api.pods.list().map(({ metadata }) => metadata.name)).not.toContain(pod.metadata.name);
  expect(listReasons(pod.metadata.uid)).toContain('Killing');
});

test('a stalled pod gets no traffic, then its liveness probe restarts it', async () => {
  const { api, scoringUri } = cluster;
  const { metadata } = pickPod(api);
  cluster.setScoringMode({ kind: 'stalled' }, metadata.name);
  await waitFor('readiness to fail', () => listReadyPods(api).length === 2);
  await delay(100);
  expect(new Set(await collectStatusCodes(scoringUri, 6))).toEqual(new Set([200]));
  expect(api.endpoints.list()[0]?.subsets?.[0]?.notReadyAddresses).toHaveLength(1);
  await waitFor('the liveness restart', () => listReasons(metadata.uid).includes('Killing'));
  cluster.setScoringMode({ kind: 'ok' });
  await waitFor('three ready pods', () => listReadyPods(api).length === 3);
});

function findProcess(name: string): number | undefined {
  return cluster.listProcesses().find(({ podName }) => podName === name)?.pid;
}

function getProcess(name: string): number {
  const pid = findProcess(name);
  if (pid === undefined) throw new Error(`Pod ${name} has no process.`);
  return pid;
}

function listReasons(uid: string): (string | undefined)[] {
  const events = cluster.api.events
    .list()
    .filter(({ involvedObject }) => involvedObject.uid === uid);
  return events.map(({ reason }) => reason);
}

async function collectStatusCodes(scoringUri: string, count: number): Promise<number[]> {
  const codes: number[] = [];
  for (let index = 0; index < count; index += 1) codes.push((await postScore(scoringUri)).status);
  return codes;
}
