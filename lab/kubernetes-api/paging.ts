import type { StoreEvent } from './event-history.ts';
import type { ObjectStore } from './object-store.ts';
import { parseResourceVersion } from './resource-version.ts';
import type { KubeObject, ResourceName } from './resources.ts';
import type { Selection } from './selectors/selection.ts';
import { badRequest, expired, invalid, type ApiError } from './status.ts';

export type ListMeta = { resourceVersion: string; continue?: string; remainingItemCount?: number };
export type Page = { readonly items: readonly KubeObject[]; readonly metadata: ListMeta };

/** Where the next page starts, and the version that all pages show; -1 shows whatever is there by then. */
type ContinueToken = { v: 'meta.k8s.io/v1'; rv: number; start: string };

/**
 * One page of a list, by `limit`, `continue`, `resourceVersion` and `resourceVersionMatch`. All pages show
 * the version of the first one. Throws 400, 410 (the version is compacted away), 422 or 504.
 */
export function listPage(
  store: ObjectStore,
  resource: ResourceName,
  request: { selection: Selection; query: URLSearchParams },
): Page {
  const { selection, query } = request;
  const limit = parseLimit(query.get('limit'));
  const token = parseContinue(query);
  const exact = token ? undefined : parseExactVersion(store, query);
  const version = token ? token.rv : (exact ?? -1);
  const snapshot = version === -1 ? store.list(resource) : snapshotAt(store, resource, version);
  if (snapshot === 'expired') {
    throw token ? continueExpired(token) : versionExpired(version, store.resourceVersion);
  }
  const shown = version === -1 ? store.resourceVersion : String(version);
  const start = token?.start ?? '';
  const matching = snapshot.filter(
    (object) => pathOf(object) >= start && selection.matches(object),
  );
  const items = limit === 0 ? matching : matching.slice(0, limit);
  return {
    items,
    metadata: toListMeta({ items, matching, shown, selective: selection.selective }),
  };
}

function toListMeta(list: {
  items: readonly KubeObject[];
  matching: readonly KubeObject[];
  shown: string;
  selective: boolean;
}): ListMeta {
  const remaining = list.matching.length - list.items.length;
  const last = list.items.at(-1);
  if (remaining === 0 || !last) return { resourceVersion: list.shown };
  const start = `${pathOf(last)}\0`;
  return {
    resourceVersion: list.shown,
    continue: encodeToken({ v: 'meta.k8s.io/v1', rv: Number(list.shown), start }),
    ...(list.selective ? {} : { remainingItemCount: remaining }),
  };
}

/** The objects as they were: the present ones with every later change undone, newest first. */
function snapshotAt(
  store: ObjectStore,
  resource: ResourceName,
  version: number,
): readonly KubeObject[] | 'expired' {
  const later = store.eventsSince(resource, String(version));
  if (later === 'expired') return 'expired';
  const objects = new Map(store.list(resource).map((object) => [pathOf(object), object]));
  for (const event of later.toReversed()) undo(objects, event);
  return [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}

function undo(objects: Map<string, KubeObject>, event: StoreEvent): void {
  const path = pathOf(event.object);
  if (event.previous) objects.set(path, event.previous);
  else objects.delete(path);
}

function pathOf({ metadata }: KubeObject): string {
  return metadata.namespace === undefined
    ? metadata.name
    : `${metadata.namespace}/${metadata.name}`;
}

function parseLimit(text: string | null): number {
  if (text === null || text === '') return 0;
  if (!/^-?\d+$/.test(text)) {
    throw badRequest(`limit: Invalid value: strconv.ParseInt: parsing "${text}": invalid syntax`);
  }
  return Math.max(0, Number(text));
}

function parseExactVersion(store: ObjectStore, query: URLSearchParams): number | undefined {
  const asked = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  if (query.get('sendInitialEvents')) {
    throw invalidOption('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  }
  if (match !== '' && asked === '') {
    throw invalidOption(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  }
  if (!['', 'Exact', 'NotOlderThan'].includes(match)) {
    throw invalidOption('resourceVersionMatch', `Unsupported value: "${match}"`);
  }
  if (match === 'Exact' && asked === '0') {
    throw invalidOption(
      'resourceVersionMatch',
      'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    );
  }
  const version = asked === '' ? undefined : parseResourceVersion(store, asked);
  return match === 'Exact' ? version : undefined;
}

function parseContinue(query: URLSearchParams): ContinueToken | undefined {
  const text = query.get('continue') ?? '';
  if (text === '') return undefined;
  if (!['', '0'].includes(query.get('resourceVersion') ?? '')) {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as ContinueToken;
    if (token.v !== 'meta.k8s.io/v1') throw new Error('not a token of this version of the API');
    if (typeof token.start !== 'string' || !Number.isInteger(token.rv))
      throw new Error('incomplete');
    return token;
  } catch (error) {
    throw badRequest(`continue key is not valid: ${(error as Error).message}`);
  }
}

function encodeToken(token: ContinueToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function continueExpired(token: ContinueToken): ApiError {
  return expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a ' +
      'new list without the continue parameter, or use the continue token in this response to retrieve ' +
      'the remainder of the results. Continuing with the provided token results in an inconsistent list ' +
      '- objects that were created, modified, or deleted between the time the first chunk was returned ' +
      'and now may show up in the list.',
    encodeToken({ ...token, rv: -1 }),
  );
}

function versionExpired(asked: number, current: string): ApiError {
  return expired(`The resourceVersion for the provided list is too old: ${asked} (${current})`);
}

/** 422 for a combination of list or watch parameters that Kubernetes refuses. */
export function invalidOption(field: string, why: string): ApiError {
  const message = why.startsWith('Unsupported') ? why : `Forbidden: ${why}`;
  const reason = why.startsWith('Unsupported') ? 'FieldValueNotSupported' : 'FieldValueForbidden';
  return invalid({ kind: 'ListOptions', group: 'meta.k8s.io', name: '' }, [
    { reason, message, field },
  ]);
}
