import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpServer } from '../../src/server.ts';
import { startConnector, type Connector } from '../support/connector.ts';
import { brokenUseCases, serveBot, toActivity } from '../support/served-bot.ts';

let server: HttpServer;
let connector: Connector;
beforeAll(async () => {
  connector = await startConnector();
  server = await serveBot({ mode: 'off' }, brokenUseCases);
});
afterAll(async () => {
  await server.close();
  await connector.close();
});

/** Posts an activity with these headers, `host` among them, which fetch does not let anybody set. */
function post(headers: Readonly<Record<string, string>>, path = '/api/messages', method = 'POST') {
  const { port } = new URL(server.url);
  const body = JSON.stringify(toActivity(connector.serviceUrl));
  return new Promise<number | undefined>((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        headers: { 'content-type': 'application/json', ...headers },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    sent.on('error', reject);
    sent.end(method === 'POST' ? body : undefined);
  });
}

describe('a bot without authentication', () => {
  test.each([
    ['the playground', {}],
    ['this machine by name', { host: 'localhost:3978' }],
    ['this machine by another of its addresses', { host: '127.1.2.3' }],
    ['this machine by IPv6', { host: '[::1]:3978' }],
  ])('obeys %s', async (_who, headers) => {
    const before = connector.calls.length;
    expect(await post(headers)).toBe(200);
    await connector.untilCalls(before + 1);
  });

  test.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a form of plain text', { 'content-type': 'text/plain' }, 415],
    ['a form with files', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
    ['another site', { origin: 'https://evil.example' }, 403],
    ['another site, by a browser that says so', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of another port', { origin: 'http://localhost:8080' }, 403],
    ['a sandboxed frame', { origin: 'null' }, 403],
    ['a domain that leads to this machine', { host: 'rebound.evil.example:3978' }, 403],
    ['a domain that begins like this machine', { host: 'localhost.evil.example' }, 403],
    ['a domain that begins like an address of it', { host: '127.0.0.1.evil.example' }, 403],
  ])('does not obey %s', async (_who, headers, status) => {
    const before = connector.calls.length;
    expect(await post(headers)).toBe(status);
    expect(connector.calls).toHaveLength(before);
  });

  test.each(['/reports/r-000000', '/metrics', '/readyz', '/healthz'])(
    'does not show %s to a domain that leads to this machine',
    async (path) => {
      expect(await post({ host: 'rebound.evil.example' }, path, 'GET')).toBe(403);
    },
  );
});
