import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createClusterClient } from '../../src/kubernetes/cluster-client.ts';
import { followObjects, type Following } from '../../src/kubernetes/follow-objects.ts';
import { listAll } from '../../src/kubernetes/source.ts';
import { trimPod, type TrimmedPod } from '../../src/kubernetes/trimmed-pod.ts';
import { toKubeConfig } from '../support/kube-config.ts';

const service = {
  name: 'diabetes',
  cluster: 'aks',
  namespace: 'default',
  selector: { app: 'diabetes' },
};
const toPod = (name: string, resourceVersion: number) => ({
  metadata: { name, uid: name, namespace: 'default', resourceVersion: `${resourceVersion}` },
});
const list = { items: [toPod('a', 1)], metadata: { resourceVersion: '1' } };

let server: Server;
let config: KubeConfig;
let watches: ServerResponse[];
/** Whether lists are refused. */
let refuses: boolean;
let refused: number;
/** How far the clock is ahead, ms. */
let aheadMs: number;
/** Since when what was listed may have changed unseen, of each list. */
let unseenSince: (number | undefined)[];
let following: Following | undefined;
const observed: string[] = [];
const rejected: unknown[] = [];
const note = (error: unknown) => void rejected.push(error);

beforeEach(async () => {
  watches = [];
  [refuses, refused, aheadMs, unseenSince] = [false, 0, 0, []];
  rejected.length = 0;
  observed.length = 0;
  process.on('unhandledRejection', note);
  server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (!request.url?.includes('watch=true')) {
      if (!refuses) return void response.end(JSON.stringify(list));
      refused += 1;
      response.statusCode = 503;
      return void response.end('{}');
    }
    response.writeHead(200);
    response.flushHeaders();
    watches.push(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  config = toKubeConfig(server);
});
afterEach(async () => {
  process.off('unhandledRejection', note);
  await following?.close();
  server.closeAllConnections();
  server.close();
});

function follow(): void {
  following = followObjects<object, TrimmedPod>({
    what: 'pods',
    client: () => Promise.resolve(createClusterClient(config)),
    source: (client) => client.pods(service as unknown as Parameters<typeof client.pods>[0]),
    trim: trimPod,
    into: {
      observe: ({ name }) => void observed.push(name),
      remove: () => undefined,
      replace: (_items, _version, _at, seenAt) => void unseenSince.push(seenAt),
    },
    freshWithinMs: 15_000,
    clock: { now: () => Date.now() + aheadMs },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await delay(10);
}

describe('a watch that does not send what it should', () => {
  test.each([
    ['a bookmark without an object', '{"type":"BOOKMARK"}'],
    ['a bookmark of nothing', '{"type":"BOOKMARK","object":null}'],
    ['a bookmark without metadata', '{"type":"BOOKMARK","object":{}}'],
    ['metadata that is nothing', '{"type":"MODIFIED","object":{"metadata":null}}'],
    ['a change without an object', '{"type":"ADDED"}'],
    ['a change of a number', '{"type":"MODIFIED","object":5}'],
    ['an error without an object', '{"type":"ERROR"}'],
    ['an error of nothing', '{"type":"ERROR","object":null}'],
    ['a type that is none', '{"type":{},"object":5}'],
    ['a number', '5'],
    ['null', 'null'],
    ['a list', '[]'],
    ['JSON that was cut', '{"type":"ADDED","object":{"metadata"'],
    ['no JSON', '<html>'],
    ['a pod that is no pod', '{"type":"ADDED","object":{"status":{"containerStatuses":5}}}'],
    ['an object from constructor', '{"type":"constructor","object":{"metadata":{}}}'],
  ])('goes on after %s', async (_what, line) => {
    follow();
    await until(() => watches.length > 0);
    const added = JSON.stringify({ type: 'ADDED', object: toPod('b', 2) });
    watches[0]?.write(`${line}\n${added}\n`);
    await until(() => observed.includes('b'));
    await delay(20);
    expect(rejected).toEqual([]);
  });

  test('is opened again after it could not get its credential', async () => {
    follow();
    await until(() => watches.length === 1);
    const apply = config.applySecurityAuthentication.bind(config);
    let refusals = 0;
    config.applySecurityAuthentication = (request) => {
      refusals += 1;
      return refusals > 1 ? apply(request) : Promise.reject(new Error('no credential'));
    };
    watches[0]?.end();
    await until(() => watches.length === 2);
    expect(refusals).toBeGreaterThan(0);
    expect(rejected).toEqual([]);
  });
});

test('lists that are refused tell nothing of the time since the last one', async () => {
  follow();
  await until(() => unseenSince.length > 0);
  const seenAt = following?.confirmedAt();
  refuses = true;
  await until(() => refused === 1);
  aheadMs = 4_000;
  [refuses, unseenSince] = [false, []];
  await until(() => unseenSince.length > 0);
  expect(unseenSince[0]).toBe(seenAt);
});

describe('a list that never ends', () => {
  test('is given up', async () => {
    let pages = 0;
    const readPage = () => {
      pages += 1;
      return Promise.resolve({ items: [{}], metadata: { continue: 'more' } });
    };
    await expect(listAll({ readPage }, (object) => object)).rejects.toThrow('more than 200 pages');
    expect(pages).toBe(200);
  });

  test('is given up when its pages have too many objects', async () => {
    const items = Array.from({ length: 60_000 }, () => ({}));
    const readPage = () => Promise.resolve({ items, metadata: { continue: 'more' } });
    await expect(listAll({ readPage }, (object) => object)).rejects.toThrow('100000 objects');
  });
});
