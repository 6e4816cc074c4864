import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { approveRun, type BotProcess } from '../support/composed/bot-process.ts';
import { cancel } from '../support/composed/long-fault.ts';
import { startProxiedProcess, type ProxiedProcess } from '../support/composed/proxied-process.ts';
import type { StallingProxy } from '../support/composed/stalling-proxy.ts';

/** What ended a fault while the database was away is said of its run later. */

let proxied: ProxiedProcess;
let bot: BotProcess;
let proxy: StallingProxy;

beforeAll(async () => {
  proxied = await startProxiedProcess(({ experiments }) => {
    // The time between the two processes counts as time without sight, and a busy machine is long about it.
    const guards = { lostSight: '5m', consecutiveFailures: 20 };
    Object.assign(experiments['pod-failure'] ?? {}, { duration: '5m', guards });
  });
  ({ bot, proxy } = proxied);
});
afterAll(() => proxied.close());

const listIntents = () => readdir(join(bot.folder, 'data', 'intents')).catch(() => []);

/** Whether an intent is written to its end. */
async function isKept(): Promise<boolean> {
  const [name] = await listIntents();
  if (name === undefined) return false;
  const text = await readFile(join(bot.folder, 'data', 'intents', name), 'utf8');
  return text.endsWith('\n');
}

async function readEvents(runId: string): Promise<readonly RunEvent[]> {
  return (await proxied.readJournal(runId)).map(({ event }) => event);
}

async function injectFault(): Promise<string> {
  const runId = await approveRun(bot);
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  return runId;
}

const ofType = <Type extends RunEvent['type']>(events: readonly RunEvent[], type: Type) =>
  events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);

test('a guard that tripped without the database, in a bot that was killed then, ended the fault', async () => {
  const runId = await injectFault();
  proxy.refuse();
  const from = Date.now();
  bot.scoring.refuse('POST', { status: 503 });
  await bot.azure.until(cancel, 1);
  const until = Date.now();
  while (!(await isKept())) await delay(20);
  bot.signal('SIGKILL');
  await bot.ended();
  bot.scoring.heal();
  proxy.flow();
  await bot.start();
  await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  const events = await readEvents(runId);
  const [tripped, ...more] = ofType(events, 'guard-tripped');
  expect(more).toEqual([]);
  expect(tripped?.isAfterEnd).toBeUndefined();
  expect(tripped?.trip.at).toBeGreaterThanOrEqual(from);
  expect(tripped?.trip.at).toBeLessThanOrEqual(until);
  expect(ofType(events, 'ended')).toMatchObject([
    { ending: 'aborted', why: expect.stringMatching(/^A guard ended the fault/) },
  ]);
  expect(ofType(events, 'start-requested')).toHaveLength(1);
  expect(await listIntents()).toEqual([]);
}, 400_000);

test('a fault that was ended because the database was away was cancelled by nobody else', async () => {
  const asked = bot.azure.find(cancel).length;
  const runId = await injectFault();
  proxy.refuse();
  const from = Date.now();
  await bot.azure.until(cancel, asked + 1, 120_000);
  const until = Date.now();
  expect(until - from).toBeGreaterThan(14_000);
  proxy.flow();
  await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  const events = await readEvents(runId);
  // Reads and entries fail together; either may be noticed first.
  const why =
    /^The database (could not be reached|took no entry) for 15s while the run was conducted\.$/;
  const [failed, ...more] = ofType(events, 'failed');
  expect(more).toEqual([]);
  expect(failed?.message).toMatch(why);
  expect(failed?.askedAt).toBeGreaterThan(from);
  expect(failed?.askedAt).toBeLessThanOrEqual(until);
  expect(ofType(events, 'ended')).toMatchObject([{ ending: 'failed', why: failed?.message }]);
  expect(await listIntents()).toEqual([]);
}, 400_000);
