import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectStore } from '../../../lab/kubernetes-api/object-store.ts';
import { parseSelection } from '../../../lab/kubernetes-api/selectors/selection.ts';
import {
  firstEvents,
  parseWatchRequest,
  toWatchEvent,
  type WatchEvent,
} from '../../../lab/kubernetes-api/watch-events.ts';
import { addPod } from './api-fixture.ts';
import { applyChange, podChanges } from './store-changes.ts';

function startWatch(store: ObjectStore, parameters: Record<string, string>): WatchEvent[] {
  const query = new URLSearchParams(parameters);
  const selection = parseSelection('pods', query, {});
  return firstEvents(store, 'pods', { request: parseWatchRequest(store, query), selection });
}

const types = (events: WatchEvent[]) => events.map(({ type }) => type);

describe('watching', () => {
  test('a view kept by the events is always what a list with the same selector shows', () => {
    fc.assert(
      fc.property(podChanges, podChanges, (before, after) => {
        const store = new ObjectStore();
        for (const change of before) applyChange(store, change);
        const query = new URLSearchParams({ labelSelector: 'app=heart' });
        const selection = parseSelection('pods', query, { namespace: 'default' });
        const view = new Map<string, unknown>();
        const see = (event: WatchEvent | undefined) => {
          if (!event) return;
          const name = (event.object.metadata as { name: string }).name;
          expect(view.has(name)).toBe(event.type !== 'ADDED');
          if (event.type === 'DELETED') view.delete(name);
          else view.set(name, event.object);
        };
        const request = parseWatchRequest(store, query);
        for (const event of firstEvents(store, 'pods', { request, selection })) see(event);
        store.subscribe('pods', (event) => see(toWatchEvent(event, selection)));
        for (const change of after) applyChange(store, change);
        const listed = store.list('pods').filter(selection.matches);
        expect([...view.values()]).toEqual(expect.arrayContaining([...listed]));
        expect(view.size).toBe(listed.length);
      }),
    );
  });

  test('starts with everything that exists, or with what was missed since a version', () => {
    const store = new ObjectStore();
    addPod(store, { name: 'a' });
    const resourceVersion = store.resourceVersion;
    addPod(store, { name: 'b' });
    store.delete('pods', { name: 'a' });
    expect(types(startWatch(store, {}))).toEqual(['ADDED']);
    expect(types(startWatch(store, { resourceVersion: '0' }))).toEqual(['ADDED']);
    expect(types(startWatch(store, { resourceVersion }))).toEqual(['ADDED', 'DELETED']);
  });

  test('what stops matching is deleted as it was last seen, at the version of the change', () => {
    const store = new ObjectStore();
    addPod(store, { name: 'a' });
    const resourceVersion = store.resourceVersion;
    store.update('pods', { name: 'a' }, ({ metadata }) => {
      metadata.labels = { app: 'other' };
    });
    const [event] = startWatch(store, { resourceVersion, labelSelector: 'app=diabetes' });
    expect(event).toMatchObject({
      type: 'DELETED',
      object: {
        metadata: { labels: { app: 'diabetes' }, resourceVersion: store.resourceVersion },
      },
    });
  });

  test('a bookmark ends the initial events for a client that asks for it', () => {
    const store = new ObjectStore();
    addPod(store, { name: 'a' });
    const events = startWatch(store, {
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
    });
    expect(events.at(-1)).toEqual({
      type: 'BOOKMARK',
      object: {
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: {
          resourceVersion: store.resourceVersion,
          creationTimestamp: null,
          annotations: { 'k8s.io/initial-events-end': 'true' },
        },
      },
    });
  });

  test('from a compacted version it is expired', () => {
    const store = new ObjectStore();
    addPod(store, { name: 'a' });
    const resourceVersion = store.resourceVersion;
    addPod(store, { name: 'b' });
    store.compact();
    expect(() => startWatch(store, { resourceVersion })).toThrow(
      expect.objectContaining({ code: 410, reason: 'Expired' }),
    );
  });

  test.each([
    [{ resourceVersion: 'x' }, 400],
    [{ timeoutSeconds: 'x' }, 400],
    [{ resourceVersion: '9999' }, 504],
    [{ sendInitialEvents: 'true' }, 422],
    [{ resourceVersionMatch: 'NotOlderThan', resourceVersion: '1' }, 422],
  ])('refuses %p with %p', (parameters, code) => {
    expect(() => startWatch(new ObjectStore(), parameters)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
