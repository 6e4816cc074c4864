import { createServer, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { ScoringService } from '../../src/domain/catalogue.ts';
import type { ResultBatch } from '../../src/domain/prediction-result.ts';
import { NameResolver } from '../../src/predictions/name-resolver.ts';
import { OpenLoop, type Authorization } from '../../src/predictions/open-loop.ts';
import { createSteadyClock } from '../../src/predictions/steady-clock.ts';
import { listMeasured, listResults } from '../support/prober-process.ts';
import { countKinds, toScoringService } from '../support/scripted-stream.ts';

let server: Server | undefined;
afterEach(() => {
  jest.restoreAllMocks();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serve(): Promise<{
  uri: string;
  seen: (string | undefined)[];
  bodies: string[];
}> {
  const seen: (string | undefined)[] = [];
  const bodies: string[] = [];
  server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    request.setEncoding('utf8').on('data', (chunk: string) => bodies.push(chunk));
    request.on('end', () => response.end('[2]'));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/score`, seen, bodies };
}

const always = { validUntil: Number.POSITIVE_INFINITY };

type More = {
  readonly authorization?: Authorization;
  readonly scoring?: Partial<ScoringService['scoring']>;
};

function start(uri: string, ratePerSecond: number, more: More = {}) {
  const { authorization = always } = more;
  const clock = createSteadyClock();
  const { scoring } = toScoringService(
    { uri },
    { ratePerSecond, timeoutMs: 20_000, ...more.scoring },
  );
  const batches: ResultBatch[] = [];
  const startAt = clock.now();
  const { lookup } = new NameResolver(uri);
  const loop = new OpenLoop(
    { scoring, clock, authorization, lookup, deliver: (batch) => batches.push(batch) },
    { seed: 1, startAt, from: startAt },
  );
  return { loop, clock, batches };
}

describe('what could not be sent', () => {
  test('in time was not sent, and no failure of the service', async () => {
    let connects = 0;
    jest.spyOn(net, 'connect').mockImplementation(() => {
      connects += 1;
      // A machine that has much else to do.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 8);
      const socket = new net.Socket();
      queueMicrotask(() => socket.destroy(Object.assign(new Error('none'), { code: 'EMFILE' })));
      return socket;
    });
    const { loop, batches } = start('http://127.0.0.1:1/score', 1_000);
    // A pause of this process, as on a busy machine, takes the backlog away in which they are late.
    const isLate = () => 'sent-late' in countKinds(listResults(batches));
    for (const giveUpAt = Date.now() + 60_000; !isLate() && Date.now() < giveUpAt;) await delay(50);
    await loop.stop();
    const kinds = countKinds(listResults(batches));
    expect(kinds['sent-late']).toBeGreaterThan(0);
    expect(kinds['no-connection']).toBe(connects);
    expect(listMeasured(batches)).toEqual([]);
  });

  test('for want of a token is unmeasured, until there is one and from its end on', async () => {
    const { uri, seen } = await serve();
    const { loop, clock, batches } = start(uri, 100, { authorization: 'none' });
    await delay(200);
    const [from, until] = [clock.now(), clock.now() + 300];
    loop.authorize({ header: 'Bearer mine', validUntil: until });
    await delay(600);
    await loop.stop();
    const results = listResults(batches);
    const measured = listMeasured(batches);
    expect(measured.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set(['Bearer mine']));
    for (const { sentAt } of measured) {
      expect(sentAt).toBeGreaterThanOrEqual(from);
      expect(sentAt).toBeLessThan(until + 1);
    }
    const without = results.filter(
      (result) => result.kind === 'unmeasured' && result.reason === 'no-token',
    );
    const dues = without.flatMap((result) => ('dueAt' in result ? [result.dueAt] : []));
    expect(dues.some((dueAt) => dueAt < from)).toBe(true);
    expect(dues.some((dueAt) => dueAt > until)).toBe(true);
  });
});

describe('what is sent', () => {
  test('are the golden inputs in turn, each held against its own answer', async () => {
    const { uri, bodies } = await serve();
    const golden = [
      { input: 'first', expected: [2] as const, absoluteTolerance: 0.01 },
      { input: 'second', expected: [3] as const, absoluteTolerance: 0.01 },
    ];
    const { loop, batches } = start(uri, 100, { scoring: { golden } });
    await delay(400);
    await loop.stop();
    const measured = listMeasured(batches).toSorted((left, right) => left.dueAt - right.dueAt);
    expect(measured.length).toBeGreaterThan(0);
    const count = (body: string) => bodies.filter((each) => each === body).length;
    expect(count('"first"') + count('"second"')).toBe(bodies.length);
    const drifted = measured.filter(({ outcome }) => outcome === 'drifted');
    const good = measured.filter(({ outcome }) => outcome === 'good');
    expect(good.length).toBeLessThanOrEqual(count('"first"'));
    expect(drifted.length).toBeLessThanOrEqual(count('"second"'));
    expect(good.length + drifted.length).toBe(measured.length);
  });

  test('goes on when the service is silent, and ends with its own time-outs', async () => {
    server = createServer(() => undefined);
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/score`;
    const { loop, batches } = start(uri, 50, { scoring: { timeoutMs: 700 } });
    await delay(500);
    await loop.stop();
    const measured = listMeasured(batches);
    expect(measured.length).toBeGreaterThan(0);
    expect(countKinds(measured)).toEqual({ timeout: measured.length });
    const sends = measured.map(({ sentAt }) => sentAt);
    expect(Math.max(...sends) - Math.min(...sends)).toBeGreaterThan(100);
  });
});
