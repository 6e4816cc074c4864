import { mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { RunId } from '../../src/domain/ids.ts';
import type { StopIntent } from '../../src/runs/ports/intent-log.ts';
import { createIntentFiles } from '../../src/store/intent-files.ts';
import { bystander, startOfTime } from '../support/proposal.ts';

let root: string;
let folder: string;
let warned: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'intents-'));
  folder = join(root, 'intents');
  warned = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** What a process sees of the log; another call is another process. */
const openLog = (place = folder) =>
  createIntentFiles({
    folder: place,
    log: {
      info: () => undefined,
      warn: (_fields, message) => void warned.push(message),
      error: () => undefined,
    },
  });

const stopAt = (at: number): StopIntent => ({
  kind: 'stop',
  at,
  by: bystander,
  via: { kind: 'command' },
  scope: 'everything',
  runIds: ['r-7k2mq4' as RunId],
});
const freeze = {
  kind: 'freeze',
  freeze: { at: startOfTime + 5, by: { name: 'PagerDuty' } },
} as const;

test('what was kept is there after the end of the process, oldest first, for its user alone', async () => {
  const log = openLog();
  await log.append(stopAt(startOfTime + 9));
  await log.append(freeze);
  await log.append(stopAt(startOfTime));
  expect(await openLog().list()).toEqual([
    { ...stopAt(startOfTime), id: expect.any(String) },
    { ...freeze, id: expect.any(String) },
    { ...stopAt(startOfTime + 9), id: expect.any(String) },
  ]);
  for (const name of await readdir(folder))
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('a guard that tripped is read back as it was kept', async () => {
  const guard = { kind: 'consecutive-failures', count: 20 } as const;
  const trip = { guard, reason: '20 predictions in a row failed', at: startOfTime };
  const runId = 'r-7k2mq4' as RunId;
  const intent = { kind: 'trip', at: startOfTime, runId, trip, endAskedAt: startOfTime } as const;
  await openLog().append(intent);
  expect(await openLog().list()).toEqual([{ ...intent, id: expect.any(String) }]);
  for (const altered of [
    { ...intent, trip: { guard } },
    { ...intent, endAskedAt: 'now' },
  ])
    await writeFile(join(folder, `${startOfTime}-altered.json`), JSON.stringify(altered)).then(
      async () => expect(await openLog().list()).toHaveLength(1),
    );
});

test('what is settled is gone, here and after the end of the process', async () => {
  const log = openLog();
  await log.append(stopAt(startOfTime));
  await log.append(freeze);
  const [first] = await log.list();
  await log.settle(first?.id ?? '');
  expect(await log.list()).toMatchObject([{ kind: 'freeze' }]);
  expect(await openLog().list()).toMatchObject([{ kind: 'freeze' }]);
});

test('a file that a kill cut short is left out with one warning, and keeps nothing else from being read', async () => {
  const log = openLog();
  await log.append(stopAt(startOfTime));
  await log.append(freeze);
  const [name = ''] = (await readdir(folder)).toSorted();
  await truncate(join(folder, name), 40);
  await writeFile(join(folder, 'empty.json'), '');
  await writeFile(join(folder, 'other.json'), '{"kind":"stop","at":"yesterday"}\n');
  const after = openLog();
  expect(await after.list()).toMatchObject([{ kind: 'freeze' }]);
  expect(await after.list()).toHaveLength(1);
  expect(warned).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/cut short/)));
});

test('where nothing can be written, the caller hears it, and this process remembers', async () => {
  const file = join(root, 'file');
  await writeFile(file, '');
  const log = openLog(join(file, 'intents'));
  await expect(log.append(stopAt(startOfTime))).rejects.toMatchObject({ code: 'ENOTDIR' });
  const [kept] = await log.list();
  expect(kept).toMatchObject(stopAt(startOfTime));
  await log.settle(kept?.id ?? '');
  expect(await log.list()).toEqual([]);
});

test('of two processes in one folder each can settle what the other wrote, while that goes on writing', async () => {
  const [one, other] = [openLog(), openLog()];
  const writing = Array.from({ length: 20 }, (_, index) => one.append(stopAt(startOfTime + index)));
  await writing[0];
  for (const { id } of await other.list()) await other.settle(id);
  await Promise.all(writing);
  const left = await other.list();
  for (const { id } of left) await other.settle(id);
  expect(await openLog().list()).toEqual([]);
});
