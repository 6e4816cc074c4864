import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { HealthReport } from '../src/domain/health.ts';
import { createMetrics } from '../src/metrics.ts';
import { startServer, type HttpServer, type ServerOptions } from '../src/server.ts';
import { sampleRun } from './support/proposal.ts';

let server: HttpServer;
let health: HealthReport;
let asked: number;
let received: unknown;
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
  handleMessages: (request, response) => {
    received = request.body;
    response.send(200);
    return Promise.resolve();
  },
};

beforeEach(async () => {
  asked = 0;
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
    metrics.count({ runChanged: () => undefined, progressed: () => undefined }).runChanged(ended);
    const text = await (await get('/metrics')).text();
    expect(text).toContain(
      'chaos_runs_ended_total{experiment="pod-failure",ending="expired",verdict="none"} 1',
    );
    expect(text).toContain('process_resident_memory_bytes');
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
