import { expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import { writeInTime } from '../../src/runs/advance.ts';
import type { ConductContext } from '../../src/runs/conduct-context.ts';

let now = 0;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const context = () =>
  ({
    deps: { clock: { monotonicMs: () => now }, log },
    known: { run: { id: 'r-1' } },
    writing: new Set(),
    unwritten: new Map(),
  }) as unknown as ConductContext;
const refuse = () =>
  Promise.reject(new ChaosError('store-unavailable', 'Away.', { suggestion: 'Wait.' }));

test('an entry that is refused each second is given up after 15 s', async () => {
  const given = context();
  for (now = 0; now <= 15_000; now += 1_000) await writeInTime('evidence', given, refuse);
  await expect(writeInTime('evidence', given, refuse)).rejects.toThrow('took no entry');
});

test('one that was refused once, and again long after, has not waited all the time between', async () => {
  const given = context();
  now = 0;
  await writeInTime('evidence', given, refuse);
  now = 60_000;
  await writeInTime('evidence', given, refuse);
  expect(given.unwritten.size).toBe(1);
  await writeInTime('evidence', given, () => Promise.resolve());
  expect(given.unwritten.size).toBe(0);
});
