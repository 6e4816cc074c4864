import type { StoreEvent } from './event-history.ts';
import type { ObjectStore } from './object-store.ts';
import { invalidOption } from './paging.ts';
import { parseResourceVersion } from './resource-version.ts';
import {
  resourceDefinitions,
  apiVersionOf,
  type KubeObject,
  type ResourceName,
} from './resources.ts';
import type { Selection } from './selectors/selection.ts';
import { badRequest, expired } from './status.ts';

export type Bookmark = {
  kind: string;
  apiVersion: string;
  metadata: {
    resourceVersion: string;
    creationTimestamp: null;
    annotations?: Record<string, string>;
  };
};

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly object: Bookmark };

export type WatchRequest = {
  /** Changes after this version; undefined: everything that exists first, as if it were added. */
  readonly since: number | undefined;
  readonly initialEvents: boolean;
  /** The client waits for the bookmark that ends the initial events. */
  readonly endsInitialEvents: boolean;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
};

/** Reads the parameters of a watch. Throws 400, 422 or 504. */
export function parseWatchRequest(store: ObjectStore, query: URLSearchParams): WatchRequest {
  const version = query.get('resourceVersion') ?? '';
  const initial = query.get('sendInitialEvents');
  checkCombination(query.get('resourceVersionMatch') ?? '', initial);
  const since =
    version === '' || version === '0' ? undefined : parseResourceVersion(store, version);
  const bookmarks = isTrue(query.get('allowWatchBookmarks'));
  return {
    since,
    initialEvents: initial === null ? since === undefined : isTrue(initial),
    endsInitialEvents: isTrue(initial) && bookmarks,
    bookmarks,
    timeoutMs: parseTimeoutMs(query.get('timeoutSeconds')),
  };
}

/** What a new watch is told before anything happens. Throws 410 when the version asked for is compacted away. */
export function firstEvents(
  store: ObjectStore,
  resource: ResourceName,
  watch: { request: WatchRequest; selection: Selection },
): WatchEvent[] {
  const { request, selection } = watch;
  if (!request.initialEvents) return missedEvents(store, resource, watch);
  const added = store
    .list(resource)
    .filter(selection.matches)
    .map((object): WatchEvent => ({ type: 'ADDED', object }));
  if (!request.endsInitialEvents) return added;
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  return [...added, toBookmark(resource, store.resourceVersion, annotations)];
}

function missedEvents(
  store: ObjectStore,
  resource: ResourceName,
  { request, selection }: { request: WatchRequest; selection: Selection },
): WatchEvent[] {
  if (request.since === undefined) return [];
  const missed = store.eventsSince(resource, String(request.since));
  if (missed === 'expired') {
    throw expired(`too old resource version: ${request.since} (${store.resourceVersion})`);
  }
  return missed.flatMap((event) => toWatchEvent(event, selection) ?? []);
}

/**
 * What one change is to a watcher with this selection: an object that begins to match is added to its
 * view and one that stops matching is deleted from it, whatever really happened.
 */
export function toWatchEvent(event: StoreEvent, selection: Selection): WatchEvent | undefined {
  const matched = event.previous !== undefined && selection.matches(event.previous);
  const matches = event.type !== 'DELETED' && selection.matches(event.object);
  if (!matched && !matches) return undefined;
  if (!matched) return { type: 'ADDED', object: event.object };
  if (matches) return { type: 'MODIFIED', object: event.object };
  return { type: 'DELETED', object: event.type === 'DELETED' ? event.object : lastMatch(event) };
}

// The watcher saw it last as it was before, and must still learn how far the versions have moved.
function lastMatch({ object, previous = object }: StoreEvent): KubeObject {
  const { resourceVersion } = object.metadata;
  return { ...previous, metadata: { ...previous.metadata, resourceVersion } };
}

export function toBookmark(
  resource: ResourceName,
  resourceVersion: string,
  annotations?: Record<string, string>,
): WatchEvent {
  const definition = resourceDefinitions[resource];
  const metadata = {
    resourceVersion,
    creationTimestamp: null,
    ...(annotations && { annotations }),
  };
  const object = { kind: definition.kind, apiVersion: apiVersionOf(definition), metadata };
  return { type: 'BOOKMARK', object };
}

function checkCombination(match: string, initial: string | null): void {
  if (initial === null && match !== '') {
    throw invalidOption(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    );
  }
  if (initial !== null && match !== 'NotOlderThan') {
    throw invalidOption(
      'resourceVersionMatch',
      'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  }
}

/** As the API reads booleans in a query: present and not `false` or `0`. */
export function isTrue(text: string | null): boolean {
  return text !== null && !['false', '0'].includes(text.toLowerCase());
}

// Without a wish of the client a watch ends by itself after 30 to 60 minutes, so that clients spread.
function parseTimeoutMs(text: string | null): number {
  if (text === null || text === '' || text === '0') return (1 + Math.random()) * 30 * 60_000;
  if (!/^\d+$/.test(text)) {
    throw badRequest(`timeoutSeconds: strconv.ParseInt: parsing "${text}": invalid syntax`);
  }
  return Math.min(Number(text), 24 * 3600) * 1_000;
}
