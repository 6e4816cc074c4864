import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { HealthReport } from '../src/domain/health.ts';
import { createMetrics } from '../src/metrics.ts';
import type { FreezeRequest } from '../src/runs/use-cases.ts';
import { startServer, type HttpServer, type ServerOptions } from '../src/server.ts';
import { sampleRun } from './support/proposal.ts';

let server: HttpServer;
let health: HealthReport;
let asked: number;
let received: unknown;
let frozenBy: FreezeRequest[];
const token = 'a-token-that-is-long-enough-for-a-tool';
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const metrics = createMetrics();

const options: ServerOptions = {
  host: '127.0.0.1',
  port: 0,
  metrics,
  log,
  health: () => {
    asked += 1;
    return Promise.resolve(health);
  },
  freezeToken: token,
  freeze: (request) => {
    frozenBy.push(request);
    return Promise.resolve({
      kind: 'frozen',
      freeze: { at: 0, by: request.by },
      stopped: { kind: 'stopping', runs: [sampleRun()] },
    });
  },
  handleMessages: (request, response) => {
    received = request.body;
    response.send(200);
    return Promise.resolve();
  },
};

beforeEach(async () => {
  asked = 0;
  frozenBy = [];
  health = { at: 0, checks: [{ name: 'store', ok: true, detail: 'answered in 1 ms' }] };
  server = await startServer(options);
});
afterEach(() => server.close());

const get = (path: string) => fetch(`${server.url}${path}`);

describe('the server', () => {
  test('is alive', async () => {
    expect((await get('/healthz')).status).toBe(200);
  });

  test('is ready when everything it depends on is', async () => {
    expect((await get('/readyz')).status).toBe(200);
  });

  test('says which dependency is not ready', async () => {
    health = {
      at: 0,
      checks: [
        ...health.checks,
        { name: 'cluster aks', ok: false, detail: 'no answer within 5 s' },
      ],
    };
    const response = await get('/readyz');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      notReady: [{ name: 'cluster aks', detail: 'no answer within 5 s' }],
    });
  });

  test('asks the dependencies once when many ask at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => get('/readyz')));
    expect(asked).toBe(1);
  });

  test('shows metrics, runs by how they ended among them', async () => {
    const ended = sampleRun([{ type: 'ended', ending: 'expired', verdict: null, why: 'late' }]);
    metrics
      .count({
        runChanged: () => undefined,
        progressed: () => undefined,
        freezeChanged: () => undefined,
        remind: () => undefined,
      })
      .runChanged(ended);
    const text = await (await get('/metrics')).text();
    expect(text).toContain(
      'chaos_runs_ended_total{experiment="pod-failure",ending="expired",verdict="none"} 1',
    );
    expect(text).toContain('process_resident_memory_bytes');
  });

  const pull = (authorization: string | undefined, body: unknown = {}) =>
    fetch(`${server.url}/freeze`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: JSON.stringify(body),
    });

  test('lets a tool with the token freeze everything, and says which runs that stopped', async () => {
    const response = await pull(`Bearer ${token}`, { by: ' PagerDuty ', reason: 'incident 4711' });
    expect([response.status, await response.json()]).toEqual([
      200,
      { frozen: true, stopped: [sampleRun().id] },
    ]);
    expect(frozenBy).toEqual([
      { by: { name: 'PagerDuty' }, reason: 'incident 4711', via: { kind: 'tool' } },
    ]);
    expect((await pull(token, { by: 7, reason: null })).status).toBe(200);
    expect(frozenBy[1]).toEqual({ by: { name: 'an incident tool' }, via: { kind: 'tool' } });
  });

  test.each([undefined, '', 'Bearer', 'Bearer wrong', `Bearer ${token}x`, `Basic ${token}`])(
    'lets nobody freeze with %j',
    async (authorization) => {
      expect((await pull(authorization)).status).toBe(401);
      expect(frozenBy).toEqual([]);
    },
  );

  test('has no way to freeze where no token is set', async () => {
    await server.close();
    const { freezeToken: _none, ...without } = options;
    server = await startServer(without);
    expect((await pull('Bearer undefined')).status).toBe(404);
    expect(frozenBy).toEqual([]);
  });

  test('hands activities on', async () => {
    const body = JSON.stringify({ type: 'message', text: 'help' });
    const response = await fetch(`${server.url}/api/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(200);
    expect(received).toEqual({ type: 'message', text: 'help' });
  });

  test.each([
    ['a body that is no JSON', '{"type":', 400],
    ['a body that is too large', JSON.stringify({ text: 'x'.repeat(300_000) }), 413],
  ])('refuses %s', async (_what, body, status) => {
    const response = await fetch(`${server.url}/api/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(status);
  });

  test('knows no other routes', async () => {
    expect((await get('/secrets')).status).toBe(404);
  });

  test('does not start on a port that is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startServer({ ...options, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    taken.close();
  });
});
