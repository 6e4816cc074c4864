import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createClusterSight } from '../../src/kubernetes/cluster-sight.ts';
import type { Surroundings } from '../../src/domain/surroundings.ts';
import type { PodWatch } from '../../src/runs/ports/cluster-sight.ts';
import {
  addPod,
  addSlice,
  startApiFixture,
  type ApiFixture,
} from '../lab/kubernetes-api/api-fixture.ts';
import { noClusterAccess } from '../support/no-cluster-access.ts';
import { sampleProposal } from '../support/proposal.ts';

const { service, cluster } = sampleProposal();
const clock = { now: () => Date.now() };
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let fixture: ApiFixture;
let watch: PodWatch;
beforeEach(async () => {
  fixture = await startApiFixture();
});
afterEach(async () => {
  await watch.close();
  await fixture.close();
});

async function start(before?: Surroundings): Promise<void> {
  const { kubeconfigPath } = fixture;
  const sight = createClusterSight({ kubeconfigPath, access: noClusterAccess, clock, log });
  watch = sight.watch(service, cluster, 10_000, before);
  await until(() => watch.view().confirmedAt > 0);
  await delay(150);
}

async function until(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 20) {
    if (waitedMs > 15_000) throw new Error('waited in vain');
    await delay(20);
  }
}

type NodeOf = ReturnType<typeof fixture.store.list<'nodes'>>[number];

function changeNode(name: string, change: (node: NodeOf) => void): void {
  fixture.store.update('nodes', { name }, change);
}

function setNodeReady(name: string, ready: boolean): void {
  changeNode(name, ({ status }) => {
    const [condition] = status?.conditions ?? [];
    if (!condition) throw new Error('the node has no condition');
    condition.status = ready ? 'True' : 'Unknown';
    condition.reason = ready ? 'KubeletReady' : 'NodeStatusUnknown';
  });
}

const rotation = () =>
  watch
    .changes()
    .filter(({ kind }) => kind.endsWith('rotation'))
    .map(({ pod, detail }) => `${pod}: ${detail}`);
const nodes = () => watch.nodeChanges().map(({ node, detail }) => `${node}: ${detail}`);

const [a, b] = ['diabetes-a', 'diabetes-b'];

describe('who gets traffic', () => {
  test('is told of our pods alone: when each was taken out and put back, by which service', async () => {
    addPod(fixture.store, { name: 'other', labels: { app: 'other' } });
    const slice = addSlice(fixture.store, [{ pod: a }, { pod: b }, { pod: 'other' }]);
    await start();
    expect(rotation()).toEqual([]);
    const beforeAt = Date.now();
    slice.set([{ pod: a, ready: false, terminating: true }, { pod: b }, { pod: 'other' }]);
    await until(() => rotation().length === 1);
    slice.set([{ pod: a }]);
    await until(() => rotation().length === 3);
    expect(rotation()).toEqual([
      'diabetes-a: out of rotation of service diabetes (terminating)',
      'diabetes-a: in rotation of service diabetes',
      'diabetes-b: out of rotation of service diabetes',
    ]);
    expect(watch.changes()[0]?.at).toBeGreaterThanOrEqual(beforeAt);
  });

  test('is known of a pod that came with its endpoint', async () => {
    const slice = addSlice(fixture.store, [{ pod: a }]);
    await start();
    addPod(fixture.store, { name: 'diabetes-c' });
    slice.set([{ pod: a }, { pod: 'diabetes-c' }]);
    await until(() => rotation().length === 1);
    expect(rotation()).toEqual(['diabetes-c: in rotation of service diabetes']);
  });

  test.each([
    ['the watches are cut', () => fixture.api.cutWatches()],
    ['their versions are compacted away', () => [fixture.api.compact(), fixture.api.cutWatches()]],
    ['the open watches expire', () => fixture.api.cutWatches('expire')],
  ])('goes on after %s', async (_what, happen) => {
    const slice = addSlice(fixture.store, [{ pod: a }, { pod: b }]);
    await start();
    happen();
    slice.set([{ pod: a, ready: false }, { pod: b }]);
    changeNode('node-0', ({ spec }) => Object.assign(spec ?? {}, { unschedulable: true }));
    await until(() => rotation().length === 1 && nodes().length === 1);
    await delay(300);
    slice.set([{ pod: a }, { pod: b }]);
    changeNode('node-0', ({ spec }) => Object.assign(spec ?? {}, { unschedulable: false }));
    await until(() => rotation().length === 2 && nodes().length === 2);
    expect(rotation()).toEqual([
      'diabetes-a: out of rotation of service diabetes',
      'diabetes-a: in rotation of service diabetes',
    ]);
    expect(nodes()).toEqual(['node-0: cordoned', 'node-0: uncordoned']);
  });

  test('is told once of what happened while the API did not answer', async () => {
    const slice = addSlice(fixture.store, [{ pod: a }, { pod: b }]);
    await start();
    fixture.api.setAvailable(false);
    slice.set([{ pod: b }]);
    await delay(1_000);
    expect(rotation()).toEqual([]);
    fixture.api.setAvailable(true);
    await until(() => rotation().length === 1);
    await delay(9_000);
    expect(rotation()).toEqual(['diabetes-a: out of rotation of service diabetes']);
  });

  test('is followed for 10,000 endpoints', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `diabetes-${index}`);
    for (const name of names) addPod(fixture.store, { name });
    const slices = Array.from({ length: 100 }, (_, index) => {
      const own = names.slice(index * 100, (index + 1) * 100).map((pod) => ({ pod }));
      return { own, slice: addSlice(fixture.store, own, { name: `diabetes-${index}` }) };
    });
    await start();
    await until(() => watch.view().pods.length === 10_002);
    await delay(2_000);
    for (const { own, slice } of slices)
      slice.set(own.map(({ pod }, index) => ({ pod, ready: index !== 7 })));
    await until(() => rotation().length === 100);
    expect(new Set(rotation()).size).toBe(100);
    expect(rotation()[0]).toBe('diabetes-7: out of rotation of service diabetes');
  });
});

test('what changed beside the pods while nobody watched is told after a restart', async () => {
  const slice = addSlice(fixture.store, [{ pod: a }, { pod: b }]);
  await start();
  setNodeReady('node-0', false);
  slice.set([{ pod: b }]);
  await until(() => rotation().length + nodes().length === 2);
  const before = watch.surroundings();
  await watch.close();
  setNodeReady('node-0', true);
  slice.set([{ pod: a }, { pod: b }]);
  await start(before);
  await until(() => rotation().length + nodes().length === 2);
  const unseenSince = expect.any(Number);
  const isBack = watch.changes().find(({ kind }) => kind === 'in-rotation');
  expect(isBack).toMatchObject({ pod: a, unseenSince });
  expect(watch.nodeChanges()).toMatchObject([{ node: 'node-0', kind: 'ready', unseenSince }]);
});

describe('nodes', () => {
  test('are told of in order, those that carry pods of the service', async () => {
    fixture.store.create('nodes', { metadata: { name: 'elsewhere' }, spec: {}, status: {} });
    await start();
    changeNode('node-1', ({ spec }) => Object.assign(spec ?? {}, { unschedulable: true }));
    changeNode('elsewhere', ({ spec }) => Object.assign(spec ?? {}, { unschedulable: true }));
    setNodeReady('node-1', false);
    changeNode('node-1', ({ status }) => Object.assign(status?.nodeInfo ?? {}, { bootID: 'two' }));
    setNodeReady('node-1', true);
    changeNode('node-1', ({ status }) =>
      Object.assign(status?.nodeInfo ?? {}, { bootID: 'three' }),
    );
    changeNode('node-1', ({ spec }) => delete spec?.unschedulable);
    fixture.store.delete('nodes', { name: 'node-0' });
    await until(() => nodes().length === 6);
    expect(nodes()).toEqual([
      'node-1: cordoned',
      'node-1: not ready (NodeStatusUnknown)',
      'node-1: ready',
      'node-1: rebooted',
      'node-1: uncordoned',
      'node-0: gone',
    ]);
  });

  test('are of interest from when a pod is placed there, with what happened to them before', async () => {
    await start();
    fixture.store.create('nodes', {
      metadata: { name: 'node-2' },
      spec: {},
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
    await delay(300);
    expect(nodes()).toEqual([]);
    addPod(fixture.store, { name: 'diabetes-c', nodeName: 'node-2' });
    await until(() => nodes().length > 0);
    expect(nodes()).toEqual(['node-2: new, ready']);
  });
});
