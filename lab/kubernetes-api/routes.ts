import { answerAccessReview } from './access-reviews.ts';
import { objectAnswer, type Answer } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import { deleteCollection, deleteObject, evictPod } from './delete-objects.ts';
import { answerDiscovery } from './discovery.ts';
import { negotiateView } from './media-types.ts';
import type { ObjectStore } from './object-store.ts';
import { answerLog, type ReadLog } from './pod-log.ts';
import { getObject, listOrWatch, requireObject } from './read-objects.ts';
import { parseResourcePath, type ObjectPath, type ResourcePath } from './resource-path.ts';
import { answerScale } from './scale.ts';
import { methodNotAllowed, unknownPath } from './status.ts';
import { createObject, patchObject, replaceObject } from './write-objects.ts';

export type ApiContext = { readonly store: ObjectStore; readonly readLog: ReadLog | undefined };

/** What the API says to a request. Throws ApiError for every failure that is the client's. */
export async function answerRequest(api: ApiContext, request: ApiRequest): Promise<Answer> {
  const discovery = answerDiscovery(request);
  if (discovery && request.method === 'GET') return discovery;
  if (discovery) throw methodNotAllowed();
  const review = await answerAccessReview(request);
  if (review) return review;
  const path = parseResourcePath(request.path);
  if (!path) throw unknownPath();
  if (isObjectPath(path) && path.subresource) return answerPart(api, path, request);
  // Nothing is done for a client that could not read the answer.
  negotiateView(request.accept);
  return isObjectPath(path)
    ? answerObject(api, path, request)
    : answerCollection(api, path, request);
}

function isObjectPath(path: ResourcePath): path is ObjectPath {
  return path.name !== undefined;
}

async function answerCollection(
  { store }: ApiContext,
  path: ResourcePath,
  request: ApiRequest,
): Promise<Answer> {
  const { namespaced, name } = path.definition;
  const isWhole = !namespaced || path.namespace !== undefined;
  if (request.method === 'GET') return listOrWatch(store, path, request.query);
  if (request.method === 'POST' && isWhole) return createObject(store, path, request);
  if (request.method === 'DELETE' && isWhole && name !== 'namespaces') {
    return deleteCollection(store, path, request);
  }
  throw methodNotAllowed();
}

async function answerObject(
  { store }: ApiContext,
  path: ObjectPath,
  request: ApiRequest,
): Promise<Answer> {
  switch (request.method) {
    case 'GET':
      return getObject(store, path, request.query);
    case 'PUT':
      return replaceObject(store, path, request);
    case 'PATCH':
      return patchObject(store, path, request);
    case 'DELETE':
      return deleteObject(store, path, request);
    default:
      throw methodNotAllowed();
  }
}

async function answerPart(api: ApiContext, path: ObjectPath, request: ApiRequest): Promise<Answer> {
  const { method } = request;
  const { subresource } = path;
  const edits = ['GET', 'PUT', 'PATCH'].includes(method);
  if (subresource === 'status' && edits) return answerStatus(api, path, request);
  if (subresource === 'scale' && edits) return answerScale(api.store, path, request);
  if (subresource === 'eviction' && method === 'POST') return evictPod(api.store, path, request);
  if (subresource === 'log' && method === 'GET') return answerLog(api, path, request.query);
  throw methodNotAllowed();
}

async function answerStatus(
  { store }: ApiContext,
  path: ObjectPath,
  request: ApiRequest,
): Promise<Answer> {
  if (request.method === 'PUT') return replaceObject(store, path, request);
  if (request.method === 'PATCH') return patchObject(store, path, request);
  return objectAnswer(path.definition.name, requireObject(store, path));
}
