import { isRecord, isSameJson } from '../record.ts';
import { badRequest, unprocessable } from '../status.ts';

type Operation = {
  op: string;
  path: string;
  from?: string | undefined;
  value?: unknown;
};
type Place = { parent: Record<string, unknown> | unknown[]; key: string };

/** RFC 6902. Answers a new value. Throws BadRequest for what is no patch, Invalid for one that does not apply. */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  const root = { document: structuredClone(target) };
  for (const operation of patch.map(toOperation)) applyOperation(root, operation);
  return root.document;
}

function toOperation(value: unknown): Operation {
  if (!isRecord(value)) throw badRequest('an operation of a JSON patch is an object');
  const { op, path, from } = value;
  if (typeof op !== 'string' || typeof path !== 'string') {
    throw badRequest('an operation of a JSON patch needs "op" and "path"');
  }
  return { op, path, from: typeof from === 'string' ? from : undefined, value: value['value'] };
}

function applyOperation(root: { document: unknown }, operation: Operation): void {
  const { op, path, value } = operation;
  const place = findPlace(root, path);
  switch (op) {
    case 'add':
      return addAt(place, structuredClone(value));
    case 'remove':
      return void removeAt(place, path);
    case 'replace':
      readAt(place, path);
      return setAt(place, structuredClone(value));
    case 'copy':
      return addAt(place, structuredClone(readAt(findPlace(root, fromOf(operation)), path)));
    case 'move': {
      const moved = removeAt(findPlace(root, fromOf(operation)), path);
      return addAt(findPlace(root, path), moved);
    }
    case 'test':
      if (isSameJson(readAt(place, path), value)) return;
      throw unprocessable(`testing value ${path} failed`);
    default:
      throw unprocessable(`Unexpected kind: ${op}`);
  }
}

function fromOf({ from, op }: Operation): string {
  if (from === undefined) throw badRequest(`"${op}" needs "from"`);
  return from;
}

function findPlace(root: { document: unknown }, path: string): Place {
  if (path !== '' && !path.startsWith('/')) throw unprocessable(`"${path}" is no JSON pointer`);
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  let place: Place = { parent: root, key: 'document' };
  for (const key of keys) {
    const parent = readAt(place, path);
    if (!isRecord(parent) && !Array.isArray(parent)) throw missing(path);
    place = { parent, key };
  }
  return place;
}

function readAt({ parent, key }: Place, path: string): unknown {
  const found = Array.isArray(parent)
    ? parent[indexIn(parent, key)]
    : Object.hasOwn(parent, key)
      ? parent[key]
      : undefined;
  if (found === undefined) throw missing(path);
  return found;
}

function addAt({ parent, key }: Place, value: unknown): void {
  if (!Array.isArray(parent)) parent[key] = value;
  else if (key === '-') parent.push(value);
  else parent.splice(indexIn(parent, key, parent.length), 0, value);
}

function setAt({ parent, key }: Place, value: unknown): void {
  if (Array.isArray(parent)) parent[indexIn(parent, key)] = value;
  else parent[key] = value;
}

function removeAt(place: Place, path: string): unknown {
  const removed = readAt(place, path);
  const { parent, key } = place;
  if (Array.isArray(parent)) parent.splice(indexIn(parent, key), 1);
  else delete parent[key];
  return removed;
}

function indexIn(list: unknown[], key: string, last = list.length - 1): number {
  const index = /^(0|[1-9]\d*)$/.test(key) ? Number(key) : Number.NaN;
  if (index <= last) return index;
  throw unprocessable(`Unable to access invalid index: ${key}`);
}

function missing(path: string) {
  return unprocessable(`the path "${path}" does not exist: missing value`);
}
