import { createServer, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { ResultBatch } from '../../src/domain/prediction-result.ts';
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

async function serve(): Promise<{ uri: string; seen: (string | undefined)[] }> {
  const seen: (string | undefined)[] = [];
  server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end('[2]');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/score`, seen };
}

const always = { validUntil: Number.POSITIVE_INFINITY };

function start(uri: string, ratePerSecond: number, authorization: Authorization = always) {
  const clock = createSteadyClock();
  const { scoring } = toScoringService({ uri }, { ratePerSecond, timeoutMs: 20_000 });
  const batches: ResultBatch[] = [];
  const startAt = clock.now();
  const loop = new OpenLoop(
    { scoring, clock, authorization, deliver: (batch) => batches.push(batch) },
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
    await delay(800);
    await loop.stop();
    const kinds = countKinds(listResults(batches));
    expect(kinds['sent-late']).toBeGreaterThan(0);
    expect(kinds['no-connection']).toBe(connects);
    expect(listMeasured(batches)).toEqual([]);
  });

  test('for want of a token is unmeasured, until there is one and from its end on', async () => {
    const { uri, seen } = await serve();
    const { loop, clock, batches } = start(uri, 100, 'none');
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
