import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ResultBatch } from '../../src/domain/prediction-result.ts';
import { createProber } from '../../src/predictions/prober.ts';
import type { ReadToken } from '../../src/runs/ports/cluster-access.ts';
import { listMeasured, listResults } from '../support/prober-process.ts';
import { countKinds, toScoringService } from '../support/scripted-stream.ts';

let server: Server;
let uri: string;
let seen: (string | undefined)[];
let warned: string[];
beforeEach(async () => {
  seen = [];
  warned = [];
  server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end('[2]');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/score`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const log = {
  info: () => undefined,
  warn: (_fields: object, message: string) => void warned.push(message),
  error: () => undefined,
};

function createWith(readToken: ReadToken) {
  return createProber({ keyOf: () => 'sesame', readToken, log });
}
const noToken: ReadToken = () => Promise.reject(new Error('no identity'));

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(20);
}

describe('a session with Entra tokens', () => {
  test('asks once for a token that is good, and hands each new one to its thread', async () => {
    const asked: string[] = [];
    const prober = createWith((scope) => {
      asked.push(scope);
      const validMs = asked.length === 1 ? 1_500 : 3_600_000;
      return Promise.resolve({ token: `t${asked.length}`, expiresAt: Date.now() + validMs });
    });
    const session = prober.start(toScoringService({ uri }, { entraScope: 'scope' }), {
      onResults: () => undefined,
    });
    await until(() => seen.includes('Bearer t2'));
    await session.stop();
    expect(new Set(seen)).toEqual(new Set(['Bearer t1', 'Bearer t2']));
    expect(asked).toEqual(['scope', 'scope']);
  });

  test('delivers what is due without one as unmeasured, and says so once a second at most', async () => {
    const batches: ResultBatch[] = [];
    const prober = createWith(noToken);
    const service = toScoringService({ uri }, { entraScope: 'scope' });
    const session = prober.start(service, { onResults: (batch) => batches.push(batch) });
    await until(() => listResults(batches).length > 20);
    await session.stop();
    expect(Object.keys(countKinds(listResults(batches)))).toContain('no-token');
    expect(listMeasured(batches)).toEqual([]);
    expect(seen).toEqual([]);
    expect(warned.length).toBeLessThan(10);
    expect(await prober.probeOnce(service)).toMatchObject({ unmeasured: { 'no-token': 1 } });
  });
});

describe('a session', () => {
  test('ends at once when it is stopped before it began, and twice', async () => {
    const session = createWith(noToken).start(toScoringService({ uri }), {
      onResults: () => undefined,
    });
    await Promise.all([session.stop(), session.stop()]);
    await session.stop();
    expect(session.startedAt()).toBeUndefined();
    expect(seen).toEqual([]);
  });

  test('begins its due times once its thread is ready', async () => {
    const batches: ResultBatch[] = [];
    const calledAt = Date.now();
    const session = createWith(noToken).start(toScoringService({ uri }), {
      onResults: (batch) => batches.push(batch),
    });
    expect(session.startedAt()).toBeUndefined();
    await until(() => listMeasured(batches).length > 5);
    await session.stop();
    const startedAt = session.startedAt() ?? 0;
    expect(startedAt).toBeGreaterThanOrEqual(calledAt - 1);
    for (const { dueAt } of listMeasured(batches)) expect(dueAt).toBeGreaterThanOrEqual(startedAt);
    expect(new Set(seen)).toEqual(new Set(['Bearer sesame']));
  });
});

test('a session to a name that nobody can look up sends nothing, and the log says why', async () => {
  const batches: ResultBatch[] = [];
  warned.length = 0;
  const nowhere = toScoringService({ uri: 'http://scoring.invalid/score' });
  const session = createWith(noToken).start(nowhere, { onResults: (batch) => batches.push(batch) });
  const sentence = 'The name of the scoring service could not be looked up.';
  await until(() => warned.includes(sentence) && listResults(batches).length > 20);
  await session.stop();
  expect(warned.filter((message) => message === sentence)).toHaveLength(1);
  expect(countKinds(listResults(batches))).not.toHaveProperty('timeout');
  expect(countKinds(listResults(batches))).not.toHaveProperty('good');
});

describe('one prediction', () => {
  test('is measured with its latency', async () => {
    const measured = await createWith(noToken).probeOnce(toScoringService({ uri }));
    expect(measured).toMatchObject({ sent: 1, good: 1, failures: {} });
    expect(measured.latency?.p50Ms).toBeGreaterThan(0);
    const nowhere = toScoringService({ uri: 'http://127.0.0.1:1/score' });
    expect(await createWith(noToken).probeOnce(nowhere)).toMatchObject({
      sent: 1,
      good: 0,
      failures: { refused: 1 },
      latency: null,
    });
  });
});
