import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { checkDatabase } from '../../src/store/check-database.ts';
import { serverDatabase } from '../support/databases.ts';

const server = serverDatabase();
let options: { dataDir: string; databaseUrl?: string };
beforeAll(async () => {
  options = await server.start();
});
afterAll(() => server.stop());

const check = (change: (url: URL) => void) => {
  const url = new URL(options.databaseUrl ?? '');
  change(url);
  return checkDatabase({ ...options, databaseUrl: url.href });
};

describe('the database that DATABASE_URL names', () => {
  test('is fine where the bot may create its tables', async () => {
    expect(await check(() => undefined)).toEqual([]);
  });

  test('is named when it does not exist', async () => {
    await expect(check((url) => (url.pathname = '/nowhere'))).rejects.toMatchObject({
      code: 'store-unavailable',
      suggestion: expect.stringContaining('createdb'),
    });
  });

  test('is told from a wrong password, which is not repeated', async () => {
    const failure = await check((url) => (url.password = 'hunter2')).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ message: expect.stringContaining('refused the password') });
    expect((failure as Error).message).not.toContain('hunter2');
  });

  test('is told from a server that does not answer', async () => {
    await expect(check((url) => (url.port = '1'))).rejects.toMatchObject({
      suggestion: expect.stringContaining('pg_isready'),
    });
  });

  test('needs an account that may create tables', async () => {
    const client = new pg.Client({ connectionString: options.databaseUrl });
    await client.connect();
    await client.query("create role reader login password 'reader'");
    await client.end();
    const asReader = check((url) => Object.assign(url, { username: 'reader', password: 'reader' }));
    await expect(asReader).rejects.toMatchObject({
      suggestion: expect.stringContaining('GRANT CREATE'),
    });
  });
});
