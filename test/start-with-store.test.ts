import { expect, test } from '@jest/globals';
import { ChaosError } from '../src/domain/chaos-error.ts';
import { startWithStore, type StoreStart } from '../src/start-with-store.ts';
import { createLateStore } from '../src/store/late-store.ts';
import type { Store } from '../src/store/open-store.ts';

const away = new ChaosError('store-unavailable', 'It is away.', { suggestion: 'Wait.' });

/** A start whose database is opened by `open`; what was slept, logged and done is collected. */
function stage(open: () => Promise<Store>, ...steps: (() => void)[]) {
  const slept: number[] = [];
  const warned: string[] = [];
  const start: StoreStart = {
    open,
    store: createLateStore(),
    steps: steps.map((step) => async () => step()),
    explain: (error) => (error === away ? { logged: 'It is away.', shown: away } : undefined),
    clock: {
      now: () => 0,
      sleep: async (durationMs) => void slept.push(durationMs),
    },
    log: {
      info: () => undefined,
      warn: (_fields, message) => void warned.push(message),
      error: () => undefined,
    },
  };
  return { start, slept, warned };
}

const closed: string[] = [];
const opened = (name: string): Store => ({
  ...createLateStore(),
  close: async () => void closed.push(name),
});

test('a database is tried again with growing waits, and a step only when it failed', async () => {
  const done: string[] = [];
  let opens = 0;
  let failures = 0;
  const finished = Promise.withResolvers<void>();
  const { start, slept, warned } = stage(
    async () => {
      if ((opens += 1) < 6) throw away;
      return opened('late');
    },
    () => void done.push('first'),
    () => {
      if ((failures += 1) < 3) throw away;
      done.push('second');
    },
    () => {
      done.push('third');
      finished.resolve();
    },
  );
  const starting = await startWithStore(start);
  await finished.promise;
  await starting.end();
  expect(done).toEqual(['first', 'second', 'third']);
  expect(opens).toBe(6);
  expect(slept).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  expect(warned).toEqual(['It is away. The bot serves without it and keeps trying.']);
});

test('an error that trying again cannot help ends the start', async () => {
  const broken = new TypeError('a mistake of ours');
  const { start, slept, warned } = stage(() => Promise.reject(broken));
  await expect(startWithStore(start)).rejects.toBe(broken);
  expect([...slept, ...warned]).toEqual([]);
});

test('a store that opens after the end is closed, and nothing is started', async () => {
  const opening = Promise.withResolvers<Store>();
  const done: string[] = [];
  const { start } = stage(
    () => opening.promise,
    () => void done.push('first'),
  );
  const starting = await startWithStore({ ...start, patienceMs: 10 });
  const ended = starting.end();
  opening.resolve(opened('too late'));
  await ended;
  expect(closed).toContain('too late');
  expect(done).toEqual([]);
  await expect(start.store.runs.list()).rejects.toMatchObject({ code: 'store-unavailable' });
});

test('what follows the steps is done after them, again when it failed, and also when the database comes late', async () => {
  const done: string[] = [];
  for (const failingOpens of [0, 2]) {
    let opens = 0;
    const { start } = stage(
      async () => {
        if ((opens += 1) <= failingOpens) throw away;
        return opened('one');
      },
      () => void done.push('step'),
    );
    const starting = await startWithStore(start);
    let tries = 0;
    const finished = Promise.withResolvers<void>();
    await starting.proceed(async () => {
      if ((tries += 1) < 3) throw away;
      done.push('following');
      finished.resolve();
    });
    await finished.promise;
    await starting.end();
  }
  expect(done).toEqual(['step', 'following', 'step', 'following']);
});
