import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readSealKey } from '../src/seal-key.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** The configuration of a replica with a data folder of its own. */
function replica(change: Partial<Parameters<typeof readSealKey>[0]> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'seal-key-'));
  folders.push(dataDir);
  return { auth: { mode: 'off' as const }, dataDir, ...change };
}

const databaseUrl = 'postgres://marshal:secret-1@db-a:5432/chaos';
const registration = {
  mode: 'required',
  botId: 'b',
  botType: 'SingleTenant',
  tenantId: 't',
} as const;

describe('the key that seals measurements', () => {
  test.each([
    ['REPORT_LINK_KEY', { reportLinkKey: 'k'.repeat(32), databaseUrl }],
    ['the password of the bot', { auth: { ...registration, password: 'p' } }],
    ['the password of the database', { databaseUrl }],
  ])('is the same for replicas that share %s', (_secret, change) => {
    expect(readSealKey(replica(change))).toEqual(readSealKey(replica(change)));
  });

  test('is the same by another address of the same database, and another with another password', () => {
    const key = readSealKey(replica({ databaseUrl }));
    const otherHost = databaseUrl.replace('db-a', 'pooler');
    expect(readSealKey(replica({ databaseUrl: otherHost }))).toEqual(key);
    const otherPassword = databaseUrl.replace('secret-1', 'secret-2');
    expect(readSealKey(replica({ databaseUrl: otherPassword }))).not.toEqual(key);
  });

  test('is kept in the data folder where nothing is shared', () => {
    const alone = replica({ databaseUrl: 'postgres://db-a/chaos' });
    expect(readSealKey(alone)).toEqual(readSealKey(alone));
    expect(readSealKey(replica())).not.toEqual(readSealKey(alone));
  });
});
