import { beforeEach, describe, expect, test } from '@jest/globals';
import { ObjectStore, StoreError } from '../../../lab/kubernetes-api/object-store.ts';
import { addPod } from './api-fixture.ts';

const key = { namespace: 'default', name: 'a' };
let store: ObjectStore;

beforeEach(() => {
  store = new ObjectStore({ historyLimit: 5 });
});

describe('object store', () => {
  test('fills in what a server fills in, and finds the object by namespace and name', () => {
    const pod = addPod(store, { name: 'a' });
    expect(pod).toMatchObject({ apiVersion: 'v1', kind: 'Pod', metadata: key });
    expect(pod.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(pod.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(pod.metadata.resourceVersion).toBe(store.resourceVersion);
    expect(store.get('pods', key)).toBe(pod);
    expect(store.get('pods', { ...key, namespace: 'other' })).toBeUndefined();
  });

  test('makes a name of generateName', () => {
    const event = store.create('events', {
      metadata: { generateName: 'diabetes-' },
      involvedObject: {},
    });
    expect(event.metadata.name).toMatch(/^diabetes-[a-z2-9]{5}$/);
  });

  test('refuses a second object of the same name, and changes to what is not there', () => {
    addPod(store, { name: 'a' });
    expect(() => addPod(store, { name: 'a' })).toThrow(StoreError);
    expect(() => store.update('pods', { name: 'nope' }, () => undefined)).toThrow('NotFound');
    expect(() => store.delete('pods', { name: 'nope' })).toThrow('NotFound');
  });

  test('hands out frozen objects, and keeps nothing that the caller can still change', () => {
    const labels = { app: 'diabetes' };
    const pod = addPod(store, { name: 'a', labels });
    labels.app = 'changed';
    expect(pod.metadata.labels).toEqual({ app: 'diabetes' });
    expect(() => Object.assign(pod.metadata.labels ?? {}, { app: 'changed' })).toThrow(TypeError);
  });

  test('an update without a difference makes no version and no event', () => {
    const pod = addPod(store, { name: 'a' });
    const seen: string[] = [];
    store.subscribe('pods', ({ type }) => seen.push(type));
    expect(store.update('pods', key, () => undefined)).toBe(pod);
    expect(seen).toEqual([]);
  });

  test('only a changed spec moves the generation, and nobody changes an identity', () => {
    const selector = { matchLabels: { app: 'a' } };
    store.create('deployments', { metadata: key, spec: { replicas: 1, selector, template: {} } });
    const before = store.get('deployments', key);
    const labelled = store.update('deployments', key, ({ metadata }) => {
      Object.assign(metadata, { uid: 'forged', labels: { a: 'b' } });
    });
    expect(labelled.metadata).toMatchObject({ uid: before?.metadata.uid, generation: 1 });
    const scaled = store.update('deployments', key, ({ spec }) => {
      if (spec) spec.replicas = 2;
    });
    expect(scaled.metadata.generation).toBe(2);
  });

  test('a change made by a listener is told after the change that caused it, to everyone', () => {
    const heard: string[] = [];
    store.subscribe('pods', ({ type }) => {
      if (type === 'ADDED') store.delete('pods', key);
    });
    store.subscribe('pods', ({ type }) => heard.push(type));
    addPod(store, { name: 'a' });
    expect(heard).toEqual(['ADDED', 'DELETED']);
  });

  test('a listener that has left hears nothing more', () => {
    const heard: string[] = [];
    store.subscribe('pods', ({ type }) => heard.push(type))();
    addPod(store, { name: 'a' });
    expect(heard).toEqual([]);
  });

  test('remembers a bounded past of each resource, and none after compaction', () => {
    const start = store.resourceVersion;
    for (const name of ['a', 'b', 'c', 'd', 'e']) addPod(store, { name });
    expect(store.eventsSince('pods', start)).toHaveLength(5);
    addPod(store, { name: 'f' });
    expect(store.eventsSince('pods', start)).toBe('expired');
    const recent = store.resourceVersion;
    addPod(store, { name: 'g' });
    store.compact();
    expect(store.eventsSince('pods', recent)).toBe('expired');
    expect(store.eventsSince('pods', store.resourceVersion)).toEqual([]);
  });
});
