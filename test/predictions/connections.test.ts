import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { ScoringService } from '../../src/domain/catalogue.ts';
import { mostPods } from '../../src/evidence/predictions/pod-tally.ts';
import { createProber } from '../../src/predictions/prober.ts';
import type { ReadToken } from '../../src/runs/ports/cluster-access.ts';
import { startMeasuring } from '../support/measure-predictions.ts';
import { sampleProposal } from '../support/proposal.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  jest.restoreAllMocks();
  for (const close of closing.splice(0)) close();
});

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

async function listen(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return (server.address() as AddressInfo).port;
}

function serviceAt(uri: string, more: Partial<ScoringService['scoring']> = {}): ScoringService {
  const { service } = sampleProposal();
  const scoring = { ...service.scoring, uri, ratePerSecond: 100, timeoutMs: 500, ...more };
  return { ...service, scoring };
}

const warned: string[] = [];
const log = {
  info: () => undefined,
  warn: (_fields: object, message: string) => void warned.push(message),
  error: () => undefined,
};
const noToken: ReadToken = () => Promise.reject(new Error('no identity'));
const createProbe = (readToken = noToken) =>
  createProber({ keyOf: () => undefined, readToken, log });

/** Nobody listens there: asked once so that what is loaded at the first request is loaded. */
const warmUp = serviceAt('http://127.0.0.1:1/');

/** What is measured in half a second of a service that answers so. */
async function measure(handle: Handle, more: Partial<ScoringService['scoring']> = {}) {
  const connections = new Set<unknown>();
  const server = createServer((request, response) => {
    connections.add(request.socket);
    request.resume();
    request.on('end', () => handle(request, response));
  });
  const port = await listen(server);
  const probe = createProbe();
  await probe.probeOnce(warmUp);
  const service = serviceAt(`http://127.0.0.1:${port}/score`, more);
  const session = await startMeasuring(probe, service);
  await delay(500);
  const total = await session.stop();
  return { total, connections: connections.size };
}

const right: Handle = (_request, response) => response.end('[2]');

describe('connections', () => {
  test('are fresh but for the share that is kept, and both are counted', async () => {
    const { total, connections } = await measure(right, { keptAliveShare: 0.2 });
    const kept = Math.floor(total.sent * 0.2);
    expect(total.connections).toEqual({
      fresh: { sent: total.sent - kept, good: total.sent - kept },
      kept: { sent: kept, good: kept },
    });
    expect(kept).toBeGreaterThan(5);
    // One or, where an answer took longer than the 50 ms to the next, as many as were on their way at once.
    const atOnce = 1 + Math.ceil((total.latency?.maxMs ?? 0) / 50);
    expect(connections - (total.sent - kept)).toBeLessThanOrEqual(atOnce);
  });

  test('that are kept and break count as such, and are opened again', async () => {
    let asked = 0;
    const { total } = await measure(
      (request, response) =>
        (asked += 1) % 3 === 0 ? void request.socket.destroy() : response.end('[2]'),
      { keptAliveShare: 1 },
    );
    const { kept, fresh } = total.connections ?? {};
    expect(fresh).toEqual({ sent: 0, good: 0 });
    expect(kept).toEqual({ sent: total.sent, good: total.good });
    expect(total.failures).toEqual({ reset: Math.floor(total.sent / 3) });
  });
});

describe('pods', () => {
  test('that name themselves are counted, each with its failures', async () => {
    let count = 0;
    const { total } = await measure(
      (_request, response) => {
        const pod = (count += 1) % 4 === 0 ? 'b' : 'a';
        response.setHeader('X-Pod', pod);
        response.end(pod === 'b' ? '"no attribute predict"' : '[2]');
      },
      { podHeader: 'x-pod' },
    );
    const ofB = Math.floor(total.sent / 4);
    expect(total.pods).toEqual([
      { pod: 'a', sent: total.sent - ofB, good: total.sent - ofB, failures: {} },
      { pod: 'b', sent: ofB, good: 0, failures: { malformed: ofB } },
    ]);
  });

  test('beyond so many are counted together', async () => {
    let count = 0;
    const { total } = await measure(
      (_request, response) => {
        response.setHeader('x-pod', `${(count += 1)}`);
        response.end('[2]');
      },
      { podHeader: 'x-pod', ratePerSecond: 300 },
    );
    expect(total.pods).toHaveLength(mostPods);
    expect(total.otherPods).toEqual({ sent: total.sent - mostPods, good: total.sent - mostPods });
  });
});

describe('what is sent', () => {
  test('has the headers of the service', async () => {
    const seen = new Set<unknown>();
    await measure(
      (request, response) => {
        seen.add(request.headers['azureml-model-deployment']);
        response.end('[2]');
      },
      { headers: { 'azureml-model-deployment': 'blue' } },
    );
    expect([...seen]).toEqual(['blue']);
  });

  const serveToken = async (readToken: ReadToken) => {
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('[2]');
    });
    const port = await listen(server);
    const service = serviceAt(`http://127.0.0.1:${port}/score`, { entraScope: 'scope' });
    return { seen, service, probe: createProbe(readToken) };
  };

  test('has a token of Entra, asked for once while it is good', async () => {
    const asked: string[] = [];
    const { seen, service, probe } = await serveToken((scope) => {
      asked.push(scope);
      return Promise.resolve({ token: 'mine', expiresAt: Date.now() + 3_600_000 });
    });
    const session = await startMeasuring(probe, service);
    await delay(300);
    const total = await session.stop();
    expect(total.sent).toBeGreaterThan(10);
    expect(total.schedule?.missed).toBe(0);
    expect(new Set(seen)).toEqual(new Set(['Bearer mine']));
    expect(asked).toEqual(['scope']);
  });

  test('is nothing, and missed, while there is no token: the service is not to blame', async () => {
    const { seen, service, probe } = await serveToken(noToken);
    warned.length = 0;
    const session = await startMeasuring(probe, service);
    await delay(300);
    const total = await session.stop();
    expect(total).toMatchObject({ sent: 0, failures: {} });
    expect(total.schedule?.missed).toBeGreaterThan(10);
    // Once for the token and once a second for what is missed: a log that is flooded tells nothing.
    expect(warned.length).toBeLessThanOrEqual(3);
    expect(session.ledger.lastEndedAt).toBeNull();
    expect(seen).toEqual([]);
    expect(await probe.probeOnce(service)).toMatchObject({ sent: 0 });
  });
});

describe('the schedule', () => {
  test('is measured', async () => {
    const { total } = await measure(right);
    expect(total.schedule).toMatchObject({ missed: 0 });
    const [p50, p99, most] = [
      total.schedule?.p50ErrorMs ?? NaN,
      total.schedule?.p99ErrorMs ?? NaN,
      total.schedule?.maxErrorMs ?? NaN,
    ];
    expect(p50).toBeGreaterThan(0);
    expect(p99).toBeGreaterThanOrEqual(p50);
    expect(most).toBeGreaterThanOrEqual(p99);
  });
});
