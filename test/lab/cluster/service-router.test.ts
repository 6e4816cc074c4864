import { once } from 'node:events';
import { type RequestListener, type Server, createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type ClusterApi, toClusterApi } from '../../../lab/cluster/cluster-api.ts';
import { type ServiceRouter, startServiceRouter } from '../../../lab/cluster/service-router.ts';
import { ObjectStore } from '../../../lab/kubernetes-api/object-store.ts';

const PORT = 5_099;
const service = { name: 'diabetes', namespace: 'default' };
let api: ClusterApi;
let router: ServiceRouter;
const backends: Server[] = [];

beforeEach(async () => {
  api = toClusterApi(new ObjectStore());
  const options = { host: '127.0.0.1', port: 0, propagationMs: 100, timeoutMs: 300 };
  router = await startServiceRouter({ api, service, ...options });
});

afterEach(async () => {
  await router.close();
  await Promise.all(
    backends.splice(0).map(async (server) => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    }),
  );
});

test('it answers 503 without ready endpoints', async () => {
  publish([{ ip: '127.36.0.1', ready: false }]);
  await delay(150);
  expect((await fetch(router.origin)).status).toBe(503);
});

test('ready endpoints take turns, each request over a connection of its own', async () => {
  const connections = { first: 0, second: 0 };
  const first = await startBackend('127.36.0.1', (_, response) => response.end('first'));
  const second = await startBackend('127.36.0.2', (_, response) => response.end('second'));
  first.on('connection', () => (connections.first += 1));
  second.on('connection', () => (connections.second += 1));
  publish([{ ip: '127.36.0.1' }, { ip: '127.36.0.2' }]);
  await delay(150);
  const answers: string[] = [];
  for (let count = 0; count < 4; count += 1)
    answers.push(await (await fetch(router.origin)).text());
  expect(answers.toSorted((a, b) => a.localeCompare(b))).toEqual([
    'first',
    'first',
    'second',
    'second',
  ]);
  expect(connections).toEqual({ first: 2, second: 2 });
});

test('it routes by what it was told, a little late', async () => {
  await startBackend('127.36.0.1', (_, response) => response.end());
  publish([{ ip: '127.36.0.1' }]);
  expect((await fetch(router.origin)).status).toBe(503);
  await delay(150);
  expect((await fetch(router.origin)).status).toBe(200);
});

test('it passes method, path, headers and body both ways', async () => {
  await startBackend('127.36.0.1', (request, response) => {
    response.setHeader(
      'x-seen',
      `${request.method} ${request.url} ${String(request.headers['x-asked'])}`,
    );
    response.statusCode = 201;
    request.pipe(response);
  });
  publish([{ ip: '127.36.0.1' }]);
  await delay(150);
  const response = await fetch(`${router.origin}/api?x=1`, {
    method: 'POST',
    headers: { 'x-asked': 'yes' },
    body: 'the body',
  });
  expect([response.status, await response.text()]).toEqual([201, 'the body']);
  expect(response.headers.get('x-seen')).toBe('POST /api?x=1 yes');
});

test('a pod that refuses or resets costs the request: 502, no second try', async () => {
  let served = 0;
  await startBackend('127.36.0.1', (_, response) => {
    served += 1;
    response.destroy();
  });
  publish([{ ip: '127.36.0.1' }, { ip: '127.36.0.2' }]);
  await delay(150);
  expect((await fetch(router.origin)).status).toBe(502);
  expect((await fetch(router.origin)).status).toBe(502);
  expect(served).toBe(1);
});

test('a pod that does not answer in time is a 504', async () => {
  await startBackend('127.36.0.1', () => undefined);
  publish([{ ip: '127.36.0.1' }]);
  await delay(150);
  expect((await fetch(router.origin)).status).toBe(504);
});

test('an answer that breaks off is broken for the client too', async () => {
  await startBackend('127.36.0.1', (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    setTimeout(() => response.destroy(), 20);
  });
  publish([{ ip: '127.36.0.1' }]);
  await delay(150);
  const response = await fetch(router.origin);
  await expect(response.text()).rejects.toThrow('terminated');
});

async function startBackend(ip: string, listener: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(PORT, ip);
  backends.push(server);
  await once(server, 'listening');
  return server;
}

function publish(pods: { ip: string; ready?: boolean }[]): void {
  api.endpointslices.create({
    metadata: {
      name: 'diabetes-1',
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': 'diabetes' },
    },
    addressType: 'IPv4',
    endpoints: pods.map(({ ip, ready = true }) => ({
      addresses: [ip],
      conditions: { ready, serving: ready, terminating: false },
    })),
    ports: [{ name: 'http', port: PORT, protocol: 'TCP' }],
  });
}
