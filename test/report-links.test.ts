import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readOrCreateKey } from '../src/report-links.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-links-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the key of a data folder', () => {
  test('is made once, and is nobody else’s to read', async () => {
    const dataDir = join(folder, 'data');
    const key = readOrCreateKey(dataDir);
    expect(key.length).toBe(32);
    expect(readOrCreateKey(dataDir)).toEqual(key);
    expect((await stat(join(dataDir, 'report-link.key'))).mode & 0o077).toBe(0);
  });

  test.each(['', 'short'])('is made anew when it was cut to "%s"', async (rest) => {
    await writeFile(join(folder, 'report-link.key'), rest);
    expect(readOrCreateKey(folder).length).toBe(32);
  });
});
