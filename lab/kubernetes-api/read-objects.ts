import { objectAnswer, type Answer } from './answer.ts';
import type { ObjectStore } from './object-store.ts';
import { listPage } from './paging.ts';
import type { ObjectPath, ResourcePath } from './resource-path.ts';
import { parseResourceVersion } from './resource-version.ts';
import type { KubeObject } from './resources.ts';
import { parseSelection } from './selectors/selection.ts';
import { notFound } from './status.ts';
import { isTrue, parseWatchRequest } from './watch-events.ts';

/** GET on one object. Throws NotFound. */
export function getObject(store: ObjectStore, path: ObjectPath, query: URLSearchParams): Answer {
  if (isTrue(query.get('watch'))) return watchObjects(store, path, query);
  parseResourceVersion(store, query.get('resourceVersion') || '0');
  return objectAnswer(path.definition.name, requireObject(store, path));
}

/** GET on a collection: a list, or a watch when the query says so. Throws 400, 410, 422, 504. */
export function listOrWatch(
  store: ObjectStore,
  path: ResourcePath,
  query: URLSearchParams,
): Answer {
  if (isTrue(query.get('watch'))) return watchObjects(store, path, query);
  const resource = path.definition.name;
  const selection = parseSelection(resource, query, path);
  return { kind: 'list', resource, page: listPage(store, resource, { selection, query }) };
}

export function requireObject(store: ObjectStore, path: ObjectPath): KubeObject {
  const object = store.get(path.definition.name, path);
  if (!object) throw notFound(path.definition, path.name);
  return object;
}

function watchObjects(store: ObjectStore, path: ResourcePath, query: URLSearchParams): Answer {
  const resource = path.definition.name;
  const selection = parseSelection(resource, query, path);
  return { kind: 'watch', resource, selection, request: parseWatchRequest(store, query) };
}
