import { copyFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeKubeconfig } from '../../lab/kubernetes-api/kubeconfig.ts';
import { createClusterSight } from '../../src/kubernetes/cluster-sight.ts';
import type { PodWatch } from '../../src/runs/ports/cluster-sight.ts';
import { addPod, startApiFixture, type ApiFixture } from '../lab/kubernetes-api/api-fixture.ts';
import { startKubernetesProxy } from '../support/kubernetes-proxy.ts';
import { noClusterAccess } from '../support/no-cluster-access.ts';
import { sampleProposal } from '../support/proposal.ts';

const { service, cluster } = sampleProposal();
const clock = { now: () => Date.now() };
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let fixture: ApiFixture;
let watches: PodWatch[];
beforeEach(async () => {
  fixture = await startApiFixture();
  watches = [];
});
afterEach(async () => {
  await Promise.all(watches.map((watch) => watch.close()));
  await fixture.close();
});

const sightOf = (kubeconfigPath = fixture.kubeconfigPath) =>
  createClusterSight({ kubeconfigPath, access: noClusterAccess, clock, log });

async function watchPods(): Promise<PodWatch> {
  const watch = sightOf().watch(service, cluster, 10_000);
  watches.push(watch);
  await until(() => watch.view().confirmedAt > 0);
  await delay(100);
  return watch;
}

async function until(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 20) {
    if (waitedMs > 15_000) throw new Error('waited in vain');
    await delay(20);
  }
}

function setReady(name: string, ready: boolean): void {
  fixture.store.update('pods', { namespace: 'default', name }, (pod) => {
    for (const condition of pod.status?.conditions ?? []) {
      if (condition.type === 'Ready') condition.status = ready ? 'True' : 'False';
    }
  });
}

function restart(name: string): void {
  fixture.store.update('pods', { namespace: 'default', name }, (pod) => {
    const [container] = pod.status?.containerStatuses ?? [];
    if (!container) throw new Error('the pod has no container');
    container.restartCount += 1;
    container.lastState = { terminated: { exitCode: 137, reason: 'Error' } };
  });
}

const kinds = (watch: PodWatch) => watch.changes().map(({ pod, kind }) => `${pod} ${kind}`);

describe('what is read of the pods', () => {
  test('is every pod that the selector matches, with image and readiness', async () => {
    addPod(fixture.store, { name: 'other', labels: { app: 'other' } });
    const { pods } = await sightOf().readPods(service, cluster);
    expect(pods.map(({ name }) => name).toSorted()).toEqual(['diabetes-a', 'diabetes-b']);
    expect(
      pods.every(({ ready, node, uid, imageIds }) => ready && node && uid && imageIds.length === 1),
    ).toBe(true);
  });

  test.each([
    ['Failed', 'Evicted'],
    ['Succeeded', 'Completed'],
    ['Pending', undefined],
  ])('leaves out a pod that is %s, which no fault can hit', async (phase, reason) => {
    addPod(fixture.store, { name: 'diabetes-old' });
    fixture.store.update('pods', { namespace: 'default', name: 'diabetes-old' }, ({ status }) =>
      Object.assign(status ?? {}, { phase, ...(reason ? { reason } : {}) }),
    );
    const { pods } = await sightOf().readPods(service, cluster);
    expect(pods.map(({ name }) => name).toSorted()).toEqual(['diabetes-a', 'diabetes-b']);
  });

  test('is refused clearly with a wrong token, an unknown authority, or when nobody answers', async () => {
    const path = `${fixture.folder}/broken`;
    const write = (change: object) =>
      writeKubeconfig({
        path,
        url: fixture.api.url,
        caPem: fixture.caPem,
        token: fixture.token,
        clusterName: 'lab',
        ...change,
      });
    await write({ token: 'wrong' });
    await expect(sightOf(path).check(cluster, ['default'])).rejects.toMatchObject({
      code: 'cluster-unauthorized',
    });
    const other = await startApiFixture();
    await write({ caPem: other.caPem });
    await other.close();
    await expect(sightOf(path).check(cluster, ['default'])).rejects.toMatchObject({
      code: 'cluster-unreachable',
    });
    fixture.api.setAvailable(false);
    await expect(sightOf().check(cluster, ['default'])).rejects.toMatchObject({
      code: 'cluster-unreachable',
    });
    fixture.api.setAvailable(true);
    await sightOf().check(cluster, ['default']);
  });
});

describe('a watch on pods', () => {
  test('begins with the state, which is no change', async () => {
    const watch = await watchPods();
    expect(watch.view().pods.map(({ name, ready }) => [name, ready])).toEqual([
      ['diabetes-a', true],
      ['diabetes-b', true],
    ]);
    expect(watch.changes()).toEqual([]);
  });

  test('tells each thing that happens to a pod, once and in order', async () => {
    const watch = await watchPods();
    setReady('diabetes-a', false);
    await until(() => kinds(watch).length === 1);
    restart('diabetes-a');
    await until(() => kinds(watch).length === 2);
    setReady('diabetes-a', true);
    fixture.store.delete('pods', { namespace: 'default', name: 'diabetes-b' });
    addPod(fixture.store, { name: 'diabetes-c' });
    await until(() => kinds(watch).length === 6);
    await delay(2_500);
    expect(kinds(watch)).toEqual([
      'diabetes-a not-ready',
      'diabetes-a restarted',
      'diabetes-a ready',
      'diabetes-b deleted',
      'diabetes-c created',
      'diabetes-c ready',
    ]);
    expect(watch.changes()[1]?.detail).toBe('restarted (exit code 137, Error)');
    expect(
      watch
        .view()
        .pods.map(({ name }) => name)
        .toSorted(),
    ).toEqual(['diabetes-a', 'diabetes-c']);
  });

  test.each([
    ['the watch is cut', () => fixture.api.cutWatches()],
    ['its version is compacted away', () => [fixture.api.compact(), fixture.api.cutWatches()]],
  ])('goes on after %s', async (_what, happen) => {
    const watch = await watchPods();
    happen();
    setReady('diabetes-a', false);
    await until(() => kinds(watch).length === 1);
    await delay(300);
    setReady('diabetes-a', true);
    await until(() => kinds(watch).length === 2);
    expect(kinds(watch)).toEqual(['diabetes-a not-ready', 'diabetes-a ready']);
  });

  test('shows its age while the API does not answer, then goes on and tells what happened meanwhile once', async () => {
    const watch = await watchPods();
    fixture.api.setAvailable(false);
    const lostAt = Date.now();
    await delay(3_000);
    expect(watch.view().confirmedAt).toBeLessThan(lostAt + 500);
    fixture.store.delete('pods', { namespace: 'default', name: 'diabetes-a' });
    fixture.api.setAvailable(true);
    await until(() => watch.view().confirmedAt > lostAt + 3_000);
    await delay(2_500);
    expect(kinds(watch)).toEqual(['diabetes-a deleted']);
    setReady('diabetes-b', false);
    await until(() => kinds(watch).length === 2);
  });

  test('looks again before what it saw is too old, however long a list takes', async () => {
    // Long enough that a busy machine, which answers late, is no reason.
    const limitMs = 9_000;
    const slow = await startKubernetesProxy(fixture, async ({ verb }) => {
      if (verb === 'list') await delay(300);
      return undefined;
    });
    const watch = sightOf(slow.kubeconfigPath).watch(service, cluster, limitMs);
    watches.push(watch);
    await until(() => watch.view().confirmedAt > 0);
    const ages: number[] = [];
    for (let looked = 0; looked < 200; looked += 1) {
      ages.push(Date.now() - watch.view().confirmedAt);
      await delay(100);
    }
    slow.close();
    expect(Math.max(...ages)).toBeLessThan(limitMs);
  });

  test('leaves no watch open when it is closed while it begins', async () => {
    const log: string[] = [];
    let letGo = () => {};
    const held = new Promise<undefined>((resolve) => (letGo = () => resolve(undefined)));
    const proxy = await startKubernetesProxy(fixture, ({ verb, resource }) => {
      log.push(`${verb} ${resource}`);
      return held;
    });
    const watch = sightOf(proxy.kubeconfigPath).watch(service, cluster, 10_000);
    await until(() => log.includes('list pods'));
    await watch.close();
    letGo();
    await delay(500);
    proxy.close();
    expect(log.filter((asked) => asked.startsWith('watch'))).toEqual([]);
  });

  test('says nothing more once it is closed', async () => {
    const watch = await watchPods();
    await watch.close();
    const { confirmedAt } = watch.view();
    setReady('diabetes-a', false);
    await delay(2_500);
    expect(watch.view().confirmedAt).toBe(confirmedAt);
    expect(watch.changes()).toEqual([]);
  });
});

describe('a kubeconfig that is written anew', () => {
  test('leads to where the cluster is now, also for a watch that runs', async () => {
    const watch = await watchPods();
    const sight = sightOf();
    expect((await sight.readPods(service, cluster)).pods).toHaveLength(2);
    const moved = await startApiFixture();
    addPod(moved.store, { name: 'diabetes-c' });
    let watched = 0;
    const proxy = await startKubernetesProxy(moved, ({ verb, resource }) => {
      if (verb === 'watch' && resource === 'pods') watched += 1;
      return undefined;
    });
    await fixture.api.close();
    try {
      await copyFile(proxy.kubeconfigPath, fixture.kubeconfigPath);
      await until(() => watch.view().pods.length === 3);
      await delay(1_100);
      expect((await sight.readPods(service, cluster)).pods).toHaveLength(3);
      await until(() => watched > 0);
    } finally {
      proxy.close();
      await Promise.all(watches.splice(0).map((each) => each.close()));
      await rm(fixture.folder, { recursive: true });
      fixture = moved;
    }
  });

  test('leaves the way as it was while it can not be read', async () => {
    const sight = sightOf();
    await sight.readPods(service, cluster);
    await writeFile(fixture.kubeconfigPath, 'clusters: [');
    await delay(1_100);
    expect((await sight.readPods(service, cluster)).pods).toHaveLength(2);
  });
});
