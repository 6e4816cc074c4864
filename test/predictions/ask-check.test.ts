import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createOutsideChecks } from '../../src/predictions/ask-check.ts';

let server: Server;
let url: string;
let status: number;
let body: string;
let asked: IncomingHttpHeaders[];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.headers);
    if (status === 0) return void response.destroy();
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {});
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/incidents`;
});
afterAll(async () => {
  server.close();
  await once(server, 'close');
});
beforeEach(() => {
  status = 200;
  body = '{"open": 0, "services": [{"name": "scoring", "up": true}]}';
  asked = [];
});

const headers = { authorization: 'Token of-the-incident-tool' };
const checks = createOutsideChecks({
  headersOf: (name) => (name === 'no open incident' ? headers : undefined),
});
const ask = (json?: Record<string, string | number | boolean | null>) =>
  checks.ask({ name: 'no open incident', url, status: 200, ...(json ? { json } : {}) });

describe('a check of what is outside', () => {
  test('is well when status and JSON are as they must be, and sends its headers', async () => {
    expect(await ask({ open: 0, 'services.0.up': true })).toBeUndefined();
    expect(await ask()).toBeUndefined();
    expect(asked[0]).toMatchObject(headers);
  });

  test.each([
    ['another value', { open: 1 }, 'open is 0'],
    ['another type', { open: '0' }, 'open is 0'],
    ['a path that is not there', { 'services.1.up': true }, 'services.1.up is not there'],
    ['what every object has', { constructor: 'x' }, 'constructor is not there'],
  ])('says what differs: %s', async (_what, json, problem) => {
    expect(await ask(json)).toBe(problem);
  });

  test('is not well when nothing can be read from the answer', async () => {
    body = '<html>';
    expect(await ask({ open: 0 })).toBe('its answer is not JSON');
    body = ' '.repeat(2_000_000);
    expect(await ask({ open: 0 })).toBe('its answer is not JSON');
  });

  test.each([302, 404, 500])('is not well when it answers %s', async (answered) => {
    status = answered;
    expect(await ask({ open: 0 })).toBe(`it answered ${answered}, not 200`);
  });

  test('is not well when it cannot be asked', async () => {
    status = 0;
    expect(await ask()).toBe('it could not be asked (reset)');
    const nowhere = { name: 'no open incident', url: 'http://127.0.0.1:1/', status: 200 };
    expect(await checks.ask(nowhere)).toBe('it could not be asked (refused)');
  });
});
