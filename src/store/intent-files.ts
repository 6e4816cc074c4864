import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Intent, IntentLog, KeptIntent } from '../runs/ports/intent-log.ts';
import type { Log } from '../runs/ports/log.ts';
import { settleWithin } from '../time/settle-within.ts';
import { parseIntent } from './parse-intent.ts';

export type IntentFilesOptions = { readonly folder: string; readonly log: Log };

const ending = '.json';
/** The digits of a time in ms, so that names sort by time. */
const digits = 15;
/** The disk may hang. */
const diskLimitMs = 1_000;

/**
 * Creates the intent log: a folder with one file for each intent, which holds one line. A line in a file that several processes append to could not be taken away
 * safely when the database has it. One access to the disk at a time: a disk that hangs must not use up the threads that also look up the addresses of Azure.
 */
export function createIntentFiles({ folder, log }: IntentFilesOptions): IntentLog {
  const inMemory = new Map<string, KeptIntent>();
  const settled = new Set<string>();
  const reported = new Set<string>();
  let line: Promise<unknown> = Promise.resolve();
  let reading: Promise<readonly KeptIntent[]> | undefined;

  function inTurn<Value>(access: () => Promise<Value>): Promise<Value> {
    const turn = line.then(access);
    line = turn.catch(() => undefined);
    return turn;
  }

  const read = async (): Promise<readonly KeptIntent[]> => {
    const names = await readdir(folder).catch(toNothing);
    const found: KeptIntent[] = [];
    for (const name of names.filter((one) => one.endsWith(ending))) {
      const id = name.slice(0, -ending.length);
      const intent = parseIntent(await readFile(join(folder, name), 'utf8').catch(() => ''));
      if (intent) found.push({ ...intent, id });
      else report(name, 'A file in DATA_DIR/intents is cut short or unreadable; it is left out.');
    }
    return found;
  };

  function report(name: string, message: string, error?: unknown): void {
    if (reported.has(name)) return;
    reported.add(name);
    log.warn({ folder, name, ...(error === undefined ? {} : { error }) }, message);
  }

  /** What is on the disk, as far as it answers. */
  async function readInTime(): Promise<readonly KeptIntent[]> {
    reading ??= inTurn(read).finally(() => (reading = undefined));
    try {
      const found = await settleWithin(diskLimitMs, reading);
      if (!found) report('', 'DATA_DIR does not answer.');
      return found ?? [];
    } catch (error) {
      report('', 'DATA_DIR/intents cannot be read.', error);
      return [];
    }
  }

  return {
    async append(intent) {
      const id = `${String(toTime(intent)).padStart(digits, '0')}-${randomUUID()}`;
      inMemory.set(id, { ...intent, id });
      await inTurn(async () => {
        if (!settled.has(id)) await write(join(folder, id + ending), intent);
      });
      inMemory.delete(id);
    },
    async list() {
      const onDisk = await readInTime();
      const all = new Map([...onDisk, ...inMemory.values()].map((one) => [one.id, one]));
      return [...all.values()]
        .filter(({ id }) => !settled.has(id))
        .toSorted((one, other) => one.id.localeCompare(other.id));
    },
    async settle(id) {
      settled.add(id);
      inMemory.delete(id);
      const removing = inTurn(() => rm(join(folder, id + ending), { force: true }));
      await settleWithin(diskLimitMs, removing).catch((error: unknown) =>
        report(id, 'A file in DATA_DIR/intents cannot be removed.', error),
      );
    },
  };
}

function toTime(intent: Intent): number {
  return intent.kind === 'freeze' ? intent.freeze.at : intent.at;
}

/** Writes a file that a loss of power leaves in place. One that could not be written whole is removed. */
async function write(path: string, intent: Intent): Promise<void> {
  const folder = dirname(path);
  const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined;
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(intent)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
  if (isNew) await syncFolder(dirname(folder));
}

/** Makes the name of a file in the folder safe, too. Windows and some network shares can't, and need not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

function toNothing(error: NodeJS.ErrnoException): [] {
  if (error.code !== 'ENOENT') throw error;
  return [];
}
