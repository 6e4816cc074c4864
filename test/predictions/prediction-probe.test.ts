import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ScoringService } from '../../src/domain/catalogue.ts';
import { judgeError } from '../../src/predictions/judge-error.ts';
import { createProber } from '../../src/predictions/prober.ts';
import { startMeasuring } from '../support/measure-predictions.ts';
import { sampleProposal } from '../support/proposal.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Longer than this process may be held up: a pause of ours is no answer of the service's. */
const timeoutMs = 1_500;

/** A scoring server that answers by script, and the service that a probe sees. */
async function serve(
  answer: Answer,
  ratePerSecond = 50,
): Promise<{ service: ScoringService; server: Server; connections: () => number }> {
  let [count, connections] = [0, 0];
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(request, response, count++));
  });
  server.on('connection', () => (connections += 1));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { service } = sampleProposal();
  const uri = `http://127.0.0.1:${port}/api/v1/service/diabetes/score`;
  const scoring = { ...service.scoring, uri, ratePerSecond, timeoutMs };
  return { service: { ...service, scoring }, server, connections: () => connections };
}

/** Without chaining: restify, when a test before this one loaded it, makes writeHead return nothing. */
function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status);
  response.end();
}

const right: Answer = (_request, response) => response.end('[2.001]');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const noToken = () => Promise.reject(new Error('no token'));
const probe = createProber({ keyOf: () => 'sesame', readToken: noToken, log: silent });
const options = { latencyLimitsMs: [timeoutMs] };

/** Measures for a while; once more when this machine was held up meanwhile, since what is due then is not measured. */
async function measureUndisturbed(answer: Answer, forMs: number) {
  for (let attempt = 1; ; attempt += 1) {
    const served = await serve(answer);
    const session = await startMeasuring(probe, served.service, options);
    await delay(forMs);
    const total = await session.stop();
    if (total.unmeasured === undefined || attempt === 20) return { ...served, session, total };
  }
}

describe('the prober', () => {
  const script: readonly [kind: string, answer: Answer][] = [
    ['client-error', (_request, response) => refuse(response, 401)],
    ['server-error', (_request, response) => refuse(response, 502)],
    ['server-error', (_request, response) => refuse(response, 424)],
    ['overloaded', (_request, response) => refuse(response, 503)],
    ['overloaded', (_request, response) => refuse(response, 429)],
    ['malformed', (_request, response) => response.end('"could not convert string to float"')],
    ['malformed', (_request, response) => response.end('<html>')],
    ['malformed', (_request, response) => response.end('[1, 2]')],
    ['drifted', (_request, response) => response.end('[2.02]')],
    ['wrong', (_request, response) => response.end('["cat"]')],
    ['timeout', (_request, response) => refuse(response, 408)],
    ['reset', (request) => request.socket.destroy()],
    ['reset', (request, response) => response.write('[2.0', () => request.socket.destroy())],
    ['timeout', () => undefined],
  ];

  test.each(script)('calls it %s', async (kind, answer) => {
    const { service } = await serve(answer);
    expect(await probe.probeOnce(service)).toMatchObject({
      sent: 1,
      good: 0,
      failures: { [kind]: 1 },
      latency: null,
    });
  });

  test('calls it refused when nobody listens', async () => {
    const { service, server } = await serve(right);
    server.close();
    expect(await probe.probeOnce(service)).toMatchObject({ failures: { refused: 1 } });
  });

  test('sends the key and the golden input', async () => {
    let seen = '';
    const { service } = await serve((request, response) => {
      seen = request.headers.authorization ?? '';
      right(request, response, 0);
    });
    expect(await probe.probeOnce(service)).toMatchObject({ good: 1 });
    expect(seen).toBe('Bearer sesame');
  });

  test('asks again when a pause of its own spoiled its only prediction', async () => {
    let asked = 0;
    const { service } = await serve((request, response) => {
      asked += 1;
      // The thread of the test is the prober's too.
      const heldUpMs = asked <= 5 ? 150 : 0;
      setTimeout(() => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, heldUpMs);
        right(request, response, 0);
      }, 50);
    });
    expect(await probe.probeOnce(service)).toMatchObject({ good: 1 });
    expect(asked).toBeGreaterThan(5);
  });

  test('counts exactly what a script of answers did, over a connection for each prediction', async () => {
    const { connections, session, total } = await measureUndisturbed(
      (request, response, count) =>
        count % 5 === 4 ? refuse(response, 502) : right(request, response, count),
      1_000,
    );
    expect(total.failures).toEqual({ 'server-error': Math.floor(total.sent / 5) });
    expect(total.good).toBe(total.sent - Math.floor(total.sent / 5));
    expect(connections()).toBe(total.sent);
    expect(total.within).toMatchObject([{ limitMs: timeoutMs, count: total.good }]);
    const bySecond = session.ledger.seconds().reduce((sum, second) => sum + second.sent, 0);
    expect(bySecond).toBe(total.sent);
  });

  test('goes on sending on schedule while the service is stalled', async () => {
    const { total } = await measureUndisturbed(() => undefined, 1_000);
    expect(total.sent).toBeGreaterThanOrEqual(45);
    expect(total.failures).toEqual({ timeout: total.sent });
  });

  test('lets those that stall not touch the others', async () => {
    const { total } = await measureUndisturbed(
      (request, response, count) => (count % 3 === 0 ? undefined : right(request, response, count)),
      1_000,
    );
    expect(total.failures).toEqual({ timeout: Math.ceil(total.sent / 3) });
    expect(total.good).toBe(total.sent - Math.ceil(total.sent / 3));
  });

  test('never has more in flight than its rate and time-out make', async () => {
    let [open, most] = [0, 0];
    const { service } = await serve((request) => {
      most = Math.max(most, (open += 1));
      request.socket.on('close', () => (open -= 1));
    });
    const session = await startMeasuring(probe, service, options);
    await delay(1_500);
    await session.stop();
    const { ratePerSecond } = service.scoring;
    expect(most).toBeGreaterThan(1);
    // Twice, since a busy machine closes late.
    expect(most).toBeLessThanOrEqual(2 * Math.ceil((ratePerSecond * timeoutMs) / 1_000));
    await delay(50);
    expect(open).toBe(0);
  });

  test('sends the golden inputs in turn and holds each answer against its own', async () => {
    const bodies: string[] = [];
    const { service } = await serve((request, response) => right(request, response, 0));
    const scoring = {
      ...service.scoring,
      golden: [
        { input: 'first', expected: [2], absoluteTolerance: 0.01 },
        { input: 'second', expected: [3], absoluteTolerance: 0.01 },
      ],
    };
    servers[0]?.prependListener('request', (request) =>
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString())),
    );
    const session = await startMeasuring(probe, { ...service, scoring }, options);
    await delay(300);
    const total = await session.stop();
    expect(bodies.slice(0, 4).toSorted()).toEqual(['"first"', '"first"', '"second"', '"second"']);
    expect(total.failures).toEqual({ drifted: Math.floor(total.sent / 2) });
  });

  test('waits for predictions in flight when it stops, and sends no more', async () => {
    const { connections, session, total } = await measureUndisturbed(
      (request, response) => setTimeout(() => right(request, response, 0), 100),
      200,
    );
    expect(total.good).toBe(total.sent);
    await delay(100);
    expect(connections()).toBe(total.sent);
    expect(session.ledger.lastEndedAt).not.toBeNull();
  });

  test('tells its seconds in order, also when a second ends with time-outs only', async () => {
    const { service } = await serve((request, response, count) =>
      count < 4 ? undefined : right(request, response, count),
    );
    await delay((1_960 - (Date.now() % 1_000)) % 1_000);
    const session = await startMeasuring(probe, service, options);
    await delay(400);
    await session.stop();
    const starts = session.ledger.seconds().map(({ at }) => at);
    expect(starts).toEqual(starts.toSorted((left, right) => left - right));
    expect(new Set(starts).size).toBe(starts.length);
  });
});

describe('an exchange without an answer', () => {
  test.each([
    ['ECONNREFUSED', 'refused'],
    ['ENOTFOUND', 'refused'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'refused'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'refused'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['UND_ERR_SOCKET', 'reset'],
    ['ETIMEDOUT', 'timeout'],
    ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'malformed'],
  ])('with %s is %s', (code, kind) => {
    expect(judgeError(Object.assign(new Error('no answer'), { code }))).toBe(kind);
  });

  test('never crashes the judgement, whatever was thrown', () => {
    const property = fc.property(fc.anything(), (thrown) => typeof judgeError(thrown) === 'string');
    expect(() => fc.assert(property)).not.toThrow();
  });
});

test('a key goes into the header that the service names for it, as it is', async () => {
  const seen: IncomingMessage['headers'][] = [];
  const { service } = await serve((request, response) => {
    seen.push(request.headers);
    response.end('[2]');
  });
  const scoring = { ...service.scoring, keyHeader: 'x-functions-key' };
  await probe.probeOnce({ ...service, scoring });
  await probe.probeOnce(service);
  expect(seen[0]).toMatchObject({ 'x-functions-key': 'sesame' });
  expect(seen[0]).not.toHaveProperty('authorization');
  expect(seen[1]).toMatchObject({ authorization: 'Bearer sesame' });
});
