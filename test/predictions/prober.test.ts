import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DueTimes } from '../../src/predictions/due-times.ts';
import {
  countDue,
  listMeasured,
  listResults,
  startProberProcess,
  type ProberProcess,
  type ReceivedBatch,
} from '../support/prober-process.ts';
import { startScriptedService, type ScriptedService } from '../support/scripted-service.ts';
import { countKinds, findFalseOutcomes, toScoringService } from '../support/scripted-stream.ts';

let server: ScriptedService;
let prober: ProberProcess;
beforeEach(async () => {
  [server, prober] = await Promise.all([startScriptedService(), startProberProcess()]);
});
afterEach(async () => {
  await Promise.all([prober.kill(), server.stop()]);
});

const seed = 7;

/** Waits until the first prediction may be due. */
async function begin(service: ReturnType<typeof toScoringService>): Promise<number> {
  await prober.start(service, seed);
  let startedAt: number | undefined;
  while (startedAt === undefined) {
    await delay(10);
    startedAt = await prober.startedAt();
  }
  return startedAt;
}

/** Fails unless every prediction due until the end was delivered exactly once, and `knownUntil` never said too much. */
function expectWholeStream(
  batches: readonly ReceivedBatch[],
  service: ReturnType<typeof toScoringService>,
  startedAt: number,
): void {
  const results = listResults(batches);
  const end = batches.at(-1)?.knownUntil ?? 0;
  const due = new DueTimes(service.scoring, { seed, startAt: startedAt });
  expect(countDue(results)).toBe(due.passUntil(end));
  const dueAts = results.flatMap((result) => ('dueAt' in result ? [result.dueAt] : []));
  expect(new Set(dueAts).size).toBe(dueAts.length);
  let knownUntil = 0;
  for (const batch of batches) {
    for (const result of batch.results)
      expect('dueAt' in result ? result.dueAt : result.from).toBeGreaterThanOrEqual(knownUntil);
    expect(batch.knownUntil).toBeGreaterThanOrEqual(knownUntil);
    ({ knownUntil } = batch);
  }
}

describe('the prober against a scripted service', () => {
  test('reports of each request what the log of the service says', async () => {
    const timeoutMs = 800;
    const service = toScoringService(server, { timeoutMs, keptAliveShare: 0.3 });
    const startedAt = await begin(service);
    const at = (ms: number) => startedAt + 300 + ms;
    const bursts = [
      { share: 0.2, behaviour: { status: 503 } },
      { share: 0.2, behaviour: { slowMs: 200 } },
      { share: 0.1, behaviour: 'hang' },
      { share: 0.1, behaviour: 'reset' },
    ] as const;
    await server.play([
      { from: at(0), until: at(400), behaviour: { status: 500 } },
      { from: at(600), until: at(1_000), behaviour: 'hang' },
      { from: at(1_200), until: at(1_500), behaviour: 'reset' },
      { from: at(1_700), until: at(2_000), behaviour: 'wrong' },
      { from: at(2_200), until: at(2_600), behaviour: { slowMs: 100 } },
      { from: at(2_600), until: at(3_200), behaviour: { mix: bursts } },
    ]);
    await delay(4_000);
    const batches = await prober.stop();
    const measured = listMeasured(batches);
    expect(findFalseOutcomes(measured, await server.log(), timeoutMs)).toEqual([]);
    const kinds = Object.keys(countKinds(measured)).toSorted();
    const expected = ['drifted', 'good', 'overloaded', 'reset', 'server-error', 'timeout'];
    expect(kinds).toEqual(expected);
    expectWholeStream(batches, service, startedAt);
    for (const { outcome, latencyMs } of measured)
      if (outcome === 'good') expect(latencyMs).toBeLessThanOrEqual(timeoutMs);
    expect(await server.countConnections()).toBe(0);
  });

  test('calls it a time-out in time where SYNs are dropped', async () => {
    const timeoutMs = 500;
    const service = toScoringService(server, { timeoutMs, keptAliveShare: 0.5 });
    const startedAt = await begin(service);
    const [from, until] = [startedAt + 500, startedAt + 3_000];
    await server.play([{ from, until, behaviour: 'drop-syn' }]);
    await delay(until - Date.now() + 1_000);
    const batches = await prober.stop();
    const inside = listMeasured(batches).filter(
      ({ sentAt, kept }) => !kept && sentAt > from + 50 && sentAt + timeoutMs < until,
    );
    expect(inside.length).toBeGreaterThan(20);
    expect(countKinds(inside)).toEqual({ timeout: inside.length });
    // By its own timer: undici's would have been 10 s.
    const median = inside.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b)[
      inside.length >> 1
    ];
    expect(median).toBeLessThan(2 * timeoutMs);
    const after = listMeasured(batches).filter(({ dueAt }) => dueAt > until + 200);
    expect(countKinds(after)).toEqual({ good: after.length });
    expectWholeStream(batches, service, startedAt);
  });
});

describe('what this machine did', () => {
  test('a stopped process makes no failure of a service that answers all', async () => {
    const service = toScoringService(server, { timeoutMs: 400, keptAliveShare: 0.5 });
    await server.play([{ from: 0, until: Infinity, behaviour: { slowMs: 100 } }]);
    const startedAt = await begin(service);
    await delay(700);
    const stoppedAt = Date.now();
    process.kill(prober.pid, 'SIGSTOP');
    await delay(3_000);
    process.kill(prober.pid, 'SIGCONT');
    await delay(1_000);
    const batches = await prober.stop();
    const results = listResults(batches);
    const { good = 0, ...others } = countKinds(results);
    expect(good).toBeGreaterThan(20);
    expect(Object.keys(others)).toEqual(['paused']);
    const longest = results
      .filter((result) => result.kind === 'unmeasured-span')
      .toSorted((left, right) => right.count - left.count)[0];
    expect(longest?.reason).toBe('paused');
    expect(longest?.count).toBeGreaterThan(250);
    expect(longest?.from).toBeGreaterThan(stoppedAt - 500);
    expectWholeStream(batches, service, startedAt);
  });

  test('a blocked main thread delays nothing but the knowledge', async () => {
    const service = toScoringService(server);
    const startedAt = await begin(service);
    await delay(300);
    const blockedAt = Date.now();
    await prober.block(2_000);
    const endedAt = Date.now();
    await delay(300);
    const batches = await prober.stop();
    const inside = listMeasured(batches).filter(
      ({ dueAt }) => dueAt > blockedAt + 100 && dueAt < endedAt - 100,
    );
    expect(inside.length).toBeGreaterThan(50);
    const lateMs = inside.map(({ sentAt, dueAt }) => sentAt - dueAt).toSorted((a, b) => a - b);
    // With the main thread they would have been 900 ms late.
    expect(lateMs[inside.length >> 1]).toBeLessThan(100);
    const log = await server.log();
    const arrived = log.filter(
      ({ arrivedAt }) => arrivedAt > blockedAt + 100 && arrivedAt < endedAt - 100,
    );
    expect(arrived.length).toBeGreaterThan(50);
    expectWholeStream(batches, service, startedAt);
  });

  test('a stalled disk makes no failure of a service that is reached by name', async () => {
    const { uri } = server;
    const named = { uri: uri.replace('127.0.0.1', 'localhost') };
    const service = toScoringService(named, { timeoutMs: 400, keptAliveShare: 0.5 });
    const startedAt = await begin(service);
    await delay(500);
    const stalledAt = Date.now();
    await prober.stallThreadPool(2_500);
    await delay(3_000);
    const batches = await prober.stop();
    const inside = listMeasured(batches).filter(({ dueAt }) => dueAt > stalledAt);
    expect(inside.length).toBeGreaterThan(50);
    expect(countKinds(inside)).toEqual({ good: inside.length });
    expectWholeStream(batches, service, startedAt);
  });

  test('a thread that dies is replaced, and what it took along is unmeasured', async () => {
    const service = toScoringService(server, { timeoutMs: 5_000 });
    const startedAt = await begin(service);
    await delay(1_100);
    await server.play([{ from: Date.now(), until: Date.now() + 300, behaviour: 'hang' }]);
    await delay(400);
    await prober.killWorker();
    const killedAt = Date.now();
    await delay(1_500);
    const batches = await prober.stop();
    expect(await prober.countWorkers()).toBe(2);
    const { good = 0, ...others } = countKinds(listResults(batches));
    expect(Object.keys(others)).toEqual(['paused']);
    const after = listMeasured(batches).filter(({ dueAt }) => dueAt > killedAt);
    expect(after.length).toBeGreaterThan(10);
    expect(good).toBeGreaterThan(after.length);
    expectWholeStream(batches, service, startedAt);
  });
});

describe('batches', () => {
  test('come live, also when nothing is due', async () => {
    await begin(toScoringService(server, { ratePerSecond: 0.1 }));
    await delay(1_500);
    const batches = await prober.batches();
    expect(batches.length).toBeGreaterThan(2);
    for (const { knownUntil, receivedAt } of batches)
      expect(knownUntil).toBeLessThanOrEqual(receivedAt + 5);
  });

  test('end with the stop, once everything due is delivered', async () => {
    await server.play([{ from: 0, until: Infinity, behaviour: { slowMs: 200 } }]);
    const service = toScoringService(server);
    const startedAt = await begin(service);
    await delay(500);
    const batches = await prober.stop();
    const { length } = batches;
    expectWholeStream(batches, service, startedAt);
    await delay(600);
    expect(await prober.batches()).toHaveLength(length);
    expect((await server.log()).length).toBeLessThanOrEqual(countDue(listResults(batches)));
    expect(await server.countConnections()).toBe(0);
  });
});
