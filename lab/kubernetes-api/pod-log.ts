import type { Answer } from './answer.ts';
import type { ObjectStore } from './object-store.ts';
import { requireObject } from './read-objects.ts';
import type { ObjectPath } from './resource-path.ts';
import type { Pod } from './resources.ts';
import { badRequest, unknownPath } from './status.ts';

/** What a container has written so far. */
export type ReadLog = (namespace: string, pod: string, container: string) => string;

/** GET on `/log`: `container`, `tailLines` and `limitBytes` are obeyed; following ends at once. Throws 400, 404. */
export function answerLog(
  source: { store: ObjectStore; readLog: ReadLog | undefined },
  path: ObjectPath,
  query: URLSearchParams,
): Answer {
  const pod = requireObject(source.store, path) as Pod;
  if (!source.readLog) throw unknownPath();
  const container = pickContainer(pod, query.get('container') ?? '');
  const text = source.readLog(path.namespace ?? '', path.name, container);
  return { kind: 'text', code: 200, text: limitBytes(tail(text, query), query) };
}

function pickContainer({ metadata: { name }, spec }: Pod, asked: string): string {
  const regular = (spec?.containers ?? []).map((container) => container.name);
  const all = [...regular, ...(spec?.initContainers ?? []).map((container) => container.name)];
  if (asked !== '' && all.includes(asked)) return asked;
  if (asked !== '') throw badRequest(`container ${asked} is not valid for pod ${name}`);
  const [only, ...others] = regular;
  if (only !== undefined && others.length === 0) return only;
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${regular.join(' ')}]`,
  );
}

function tail(text: string, query: URLSearchParams): string {
  const count = readCount(query, 'tailLines');
  if (count === undefined) return text;
  const lines = text.split('\n');
  const ended = text.endsWith('\n') ? 1 : 0;
  return count === 0 ? '' : lines.slice(Math.max(0, lines.length - count - ended)).join('\n');
}

function limitBytes(text: string, query: URLSearchParams): string {
  const count = readCount(query, 'limitBytes');
  return count === undefined ? text : Buffer.from(text).subarray(0, count).toString();
}

function readCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw badRequest(`${name}: Invalid value: "${text}": must be a non-negative integer`);
}
