import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  CoreV1Api,
  KubeConfig,
  makeInformer,
  type Informer,
  type ObjectCache,
  type V1Pod,
} from '@kubernetes/client-node';
import { addPod, startApiFixture, type ApiFixture } from './api-fixture.ts';

let fixture: ApiFixture;
let informer: Informer<V1Pod> & ObjectCache<V1Pod>;
let heard: string[];
let wake: () => void;
let core: CoreV1Api;
let lists: number;
let isDone: boolean;

beforeEach(async () => {
  fixture = await startApiFixture();
  const config = new KubeConfig();
  config.loadFromFile(fixture.kubeconfigPath);
  core = config.makeApiClient(CoreV1Api);
  lists = 0;
  isDone = false;
  const list = () => {
    lists++;
    return core.listNamespacedPod({ namespace: 'default' });
  };
  informer = makeInformer(config, '/api/v1/namespaces/default/pods', list);
  heard = [];
  wake = () => undefined;
  for (const verb of ['add', 'update', 'delete'] as const) {
    informer.on(verb, (pod) => {
      heard.push(`${verb} ${pod.metadata?.name}`);
      wake();
    });
  }
  // What the documentation of the client tells its users to do.
  informer.on('error', () => {
    setTimeout(() => {
      if (!isDone) void informer.start();
    }, 20);
  });
});

afterEach(async () => {
  isDone = true;
  await informer.stop();
  await fixture.close();
});

async function until(expected: string): Promise<void> {
  while (!heard.includes(expected)) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

const names = () => {
  const unordered = informer.list().map(({ metadata }) => metadata?.name ?? '');
  return unordered.toSorted((a, b) => a.localeCompare(b));
};

describe('the informer of @kubernetes/client-node', () => {
  test('lists, then follows every change', async () => {
    await informer.start();
    expect(names()).toEqual(['diabetes-a', 'diabetes-b']);
    addPod(fixture.store, { name: 'diabetes-c' });
    await until('add diabetes-c');
    await core.deleteNamespacedPod({ namespace: 'default', name: 'diabetes-a' });
    await until('update diabetes-a');
    fixture.store.delete('pods', { name: 'diabetes-a' });
    await until('delete diabetes-a');
    expect(names()).toEqual(['diabetes-b', 'diabetes-c']);
  });

  test('goes on from where it was when its watch is cut, without listing again', async () => {
    await informer.start();
    fixture.api.cutWatches();
    addPod(fixture.store, { name: 'diabetes-c' });
    await until('add diabetes-c');
    expect(lists).toBe(1);
  });

  test('lists again when the past it asks for is gone', async () => {
    await informer.start();
    fixture.api.setAvailable(false);
    fixture.store.delete('pods', { name: 'diabetes-a' });
    addPod(fixture.store, { name: 'diabetes-c' });
    fixture.api.compact();
    fixture.api.setAvailable(true);
    await until('delete diabetes-a');
    await until('add diabetes-c');
    expect(lists).toBeGreaterThan(1);
    expect(names()).toEqual(['diabetes-b', 'diabetes-c']);
  });

  test('lists again when its open watch expires', async () => {
    await informer.start();
    addPod(fixture.store, { name: 'diabetes-c' });
    await until('add diabetes-c');
    fixture.store.delete('pods', { name: 'diabetes-b' });
    fixture.api.cutWatches('expire');
    await until('delete diabetes-b');
    addPod(fixture.store, { name: 'diabetes-d' });
    await until('add diabetes-d');
    expect(lists).toBeGreaterThan(1);
  });
});
