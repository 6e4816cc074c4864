import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { PredictionResult, ResultBatch } from '../../src/domain/prediction-result.ts';
import { PredictionLedger } from '../../src/evidence/predictions/prediction-ledger.ts';
import { createProber } from '../../src/predictions/prober.ts';
import { listMeasured, listResults } from '../support/prober-process.ts';
import { toScoringService } from '../support/scripted-stream.ts';

let server: Server;
let uri: string;
beforeEach(async () => {
  server = createServer((_request, response) => response.end('[2]'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/score`;
});
afterEach(() => {
  jest.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

const ratePerSecond = 20;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function start() {
  const batches: ResultBatch[] = [];
  let turnedBack = 0;
  const prober = createProber({ keyOf: () => undefined, readToken: () => Promise.reject(), log });
  const session = prober.start(toScoringService({ uri }, { ratePerSecond }), {
    onResults: (batch) => batches.push(batch),
    onClockTurnedBack: () => (turnedBack += 1),
  });
  return { batches, session, countTurned: () => turnedBack };
}

/** Sets the clock of this machine, as far as this process sees it. */
function setClock(byMs: number): void {
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + byMs);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(20);
}

const toEnd = (result: PredictionResult) =>
  result.kind === 'unmeasured-span' ? result.until : result.dueAt;

test('a clock that is set forward leaves a gap, and predictions go on by it', async () => {
  const jumpMs = 30_000;
  const { batches, session, countTurned } = start();
  await until(() => listMeasured(batches).length > 20);
  setClock(jumpMs);
  const setAt = Date.now();
  await until(() => listMeasured(batches).filter(({ dueAt }) => dueAt > setAt).length > 20);
  await session.stop();
  const late = listMeasured(batches).filter(({ dueAt }) => dueAt > setAt - 1_000);
  for (const { dueAt, endedAt } of late) {
    expect(Math.abs(endedAt - dueAt)).toBeLessThan(2_000);
    expect(dueAt).toBeLessThan(Date.now() + 100);
  }
  // Everything due is accounted for, once.
  const ledger = new PredictionLedger({ ratePerSecond, latencyLimitsMs: [] });
  ledger.begin('baseline', 0);
  for (const batch of batches) ledger.take(batch);
  const { sent, unmeasured = {} } = ledger.measurement('baseline');
  const all = listResults(batches).map(toEnd);
  const spanMs = Math.max(...all) - (session.startedAt() ?? NaN);
  expect(Math.abs(sent + (unmeasured.paused ?? 0) - (spanMs / 1_000) * ratePerSecond)).toBeLessThan(
    3,
  );
  expect(unmeasured.paused).toBeGreaterThanOrEqual(((jumpMs - 1_000) / 1_000) * ratePerSecond);
  expect(countTurned()).toBe(0);
});

test('a clock that is set back is told once, and predictions go on', async () => {
  const { batches, session, countTurned } = start();
  await until(() => listMeasured(batches).length > 10);
  setClock(-30_000);
  await until(() => countTurned() > 0);
  const before = listMeasured(batches).length;
  await until(() => listMeasured(batches).length > before + 20);
  await session.stop();
  expect(countTurned()).toBe(1);
});

test('a clock that is a little off changes nothing', async () => {
  const { batches, session, countTurned } = start();
  await until(() => listMeasured(batches).length > 10);
  const setAheadMs = 800;
  setClock(setAheadMs);
  const before = listMeasured(batches).length;
  await until(() => listMeasured(batches).length > before + 20);
  await session.stop();
  expect(countTurned()).toBe(0);
  expect(listMeasured(batches).length).toBeGreaterThan(20);
  for (const result of listResults(batches))
    if (result.kind === 'unmeasured-span')
      expect(result.until - result.from).toBeLessThan(setAheadMs);
});
