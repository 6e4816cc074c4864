import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  closeServer,
  connectionLimits,
  createBoundedServer,
  type ConnectionLimits,
} from '../../src/http/create-bounded-server.ts';

let server: Server;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await closeServer(server);
});

async function serve(limits: Partial<ConnectionLimits> = {}): Promise<string> {
  server = createBoundedServer(
    (request, response) => {
      request.resume();
      request.on('end', () => response.end('answered'));
    },
    { ...connectionLimits, ...limits },
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A connection that sends this and then nothing. */
async function open(sent = ''): Promise<Socket & { text(): string; ended: Promise<unknown> }> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  const ended = once(socket, 'close');
  await once(socket, 'connect');
  if (sent !== '') socket.write(sent);
  return Object.assign(socket, { text: () => text, ended });
}

const connections = () =>
  new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));

describe('a server for many and slow clients', () => {
  test('answers although every connection was taken by clients that send nothing', async () => {
    const url = await serve({ maxConnections: 5 });
    const idle = [];
    for (let count = 0; count < 10; count += 1) idle.push(await open());
    expect(await (await fetch(url)).text()).toBe('answered');
    await Promise.all(idle.slice(0, 5).map(({ ended }) => ended));
    expect(await connections()).toBeLessThanOrEqual(5);
  });

  test('leaves the requests in progress alone when there are too many connections', async () => {
    await serve({ maxConnections: 3 });
    const begun = await open('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{');
    await once(server, 'request');
    for (let count = 0; count < 10; count += 1) await open();
    begun.write('}');
    while (!begun.text().includes('answered')) await once(begun, 'data');
    expect(begun.text()).toMatch(/^HTTP\/1\.1 200/);
  });

  test.each([
    ['headers that do not end', 'GET / HTTP/1.1\r\nhost: x\r\nx: '],
    ['a body that does not end', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{'],
  ])('ends a request with %s', async (_what, sent) => {
    await serve({ headersTimeoutMs: 50, requestTimeoutMs: 100, checkIntervalMs: 20 });
    const socket = await open(sent);
    await socket.ended;
    expect(socket.text()).toMatch(/^HTTP\/1\.1 408 .*"error":"Request Timeout"/s);
  });

  test('answers what is not HTTP in JSON, and closes the connection', async () => {
    await serve();
    const socket = await open('freeze everything\r\n\r\n');
    await socket.ended;
    expect(socket.text()).toMatch(/^HTTP\/1\.1 400 .*application\/json.*{"error":"Bad Request"}$/s);
  });

  test('closes although a client holds its connection', async () => {
    await serve();
    const held = await open('GET / HTTP/1.1\r\n');
    await closeServer(server);
    await held.ended;
    expect(server.listening).toBe(false);
    await serve();
  });
});
