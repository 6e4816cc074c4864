import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findOptionProblem } from '../src/options.ts';
import { toStartUpError } from '../src/start-up-error.ts';
import { findFreePort, serverDatabase } from './support/databases.ts';
import { runBot, type Ended } from './support/start-bot-process.ts';

/** Starting a process takes seconds, on a busy machine many. */
const patienceMs = 240_000;
const nobody = 65_534;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-up-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const newFolder = (name: string) => join(folder, name);

/** It ended with 1, named the setting first, and then the repair, in plain words. */
function expectRepair({ code, said }: Ended, problem: string, repair: string): void {
  expect(said).toContain(problem);
  expect(said).toContain(repair);
  expect(said).not.toMatch(/\n\s+at |ChaosError|Error:|errno|syscall|sesame/);
  expect(code).toBe(1);
}

/** It listens all the same, and its log names the setting and the repair once. */
function expectServed({ logged }: Ended, problem: string, repair: string): void {
  expect(logged.split(`${problem} ${repair}`)).toHaveLength(2);
  expect(logged).toContain('is listening');
  expect(logged).not.toMatch(/sesame|marshal:marshal/);
}

describe('npm start', () => {
  test(
    'names the port that another process has',
    async () => {
      const other = createServer();
      const port = await listen(other);
      const ended = await runBot({ PORT: String(port), DATA_DIR: newFolder('busy') });
      other.close();
      expectRepair(
        ended,
        `PORT: ${port} on 127.0.0.1 is in use by another process.`,
        `Stop that process (\`lsof -i :${port}\` names it), or set PORT to another port.`,
      );
    },
    patienceMs,
  );

  test(
    'names an address that this machine does not have',
    async () => {
      // From the block for documentation, RFC 5737.
      const env = { HOST: '192.0.2.1', PORT: '0', DATA_DIR: newFolder('elsewhere') };
      const ended = await runBot({ ...env, ...signedIn });
      expectRepair(ended, 'HOST: 192.0.2.1 is not an address of this machine.', 'Set HOST to');
    },
    patienceMs,
  );

  test(
    'names a DATA_DIR that is a file, or leads through one',
    async () => {
      const file = newFolder('file');
      writeFileSync(file, '');
      const is = await runBot({ DATA_DIR: file });
      expectRepair(is, `DATA_DIR: ${file} is a file; name a folder`, 'The comments in .env.sample');
      const through = await runBot({ DATA_DIR: join(file, 'data') });
      expectRepair(
        through,
        `DATA_DIR: ${file}/data leads through a file.`,
        "Set DATA_DIR to a folder that the bot's account can write to",
      );
    },
    patienceMs,
  );

  test(
    'names with --check a DATA_DIR that the bot could not start with',
    async () => {
      const file = newFolder('checked-file');
      writeFileSync(file, '');
      const args = ['--check'];
      const through = await runBot({ DATA_DIR: join(file, 'data') }, { args });
      expectRepair(through, `${file}/data cannot be created`, 'or set DATA_DIR to another folder');
      const parent = newFolder('checked-read-only');
      mkdirSync(parent);
      chmodSync(parent, 0o555);
      chmodSync(folder, 0o755);
      const isRoot = process.getuid?.() === 0;
      const below = await runBot(
        { DATA_DIR: join(parent, 'data') },
        { args, ...(isRoot ? { uid: nobody } : {}) },
      );
      expectRepair(below, `${parent}/data cannot be created`, 'set DATA_DIR to another folder');
      const right = await runBot({ DATA_DIR: newFolder('checked-new') }, { args });
      expect(right).toMatchObject({ code: 0, said: '' });
    },
    patienceMs,
  );

  test(
    'names a DATA_DIR that cannot be written',
    async () => {
      const parent = newFolder('read-only');
      mkdirSync(parent);
      chmodSync(parent, 0o555);
      chmodSync(folder, 0o755);
      const isRoot = process.getuid?.() === 0;
      const data = join(parent, 'data');
      // Root may write everywhere, so the bot runs as somebody else.
      const ended = await runBot({ DATA_DIR: data }, isRoot ? { uid: nobody } : {});
      expectRepair(
        ended,
        `DATA_DIR: ${data} can't be written by this account.`,
        'or use a PostgreSQL server with DATABASE_URL',
      );
    },
    patienceMs,
  );

  test(
    'names a chaos.yaml, a kubeconfig and a certificate authority that are not there',
    async () => {
      const ended = await runBot({
        CHAOS_CONFIG: newFolder('gone.yaml'),
        KUBECONFIG: newFolder('gone-kubeconfig'),
        NODE_EXTRA_CA_CERTS: newFolder('gone-ca.pem'),
      });
      for (const problem of [
        `${newFolder('gone.yaml')}: does not exist; set CHAOS_CONFIG to the path of your chaos.yaml`,
        `KUBECONFIG: the file ${newFolder('gone-kubeconfig')} does not exist; correct the path`,
        `NODE_EXTRA_CA_CERTS: the file ${newFolder('gone-ca.pem')} does not exist; correct the path`,
      ])
        expect(ended.said).toContain(problem);
      expect(ended.code).toBe(1);
    },
    patienceMs,
  );

  test(
    'names a context that no kubeconfig has',
    async () => {
      const kubeconfig = newFolder('kubeconfig');
      writeFileSync(kubeconfig, 'apiVersion: v1\nkind: Config\ncurrent-context: gone\n');
      expectRepair(
        await runBot({ KUBECONFIG: kubeconfig }),
        'KUBECONFIG: has no context "gone", which the cluster aks-lab of chaos.yaml needs',
        'The comments in .env.sample and chaos.yaml explain each setting.',
      );
    },
    patienceMs,
  );
});

test.each([[], ['--check'], ['--check', '--live'], ['--check', '--live', '--within=30s']])(
  'the options %j %j %j are known',
  (...options: string[]) => {
    expect(findOptionProblem(options, {})).toBeUndefined();
  },
);

describe('npm start -- with an option', () => {
  test.each([
    [['--chek'], 'There is no option --chek. Did you mean --check? Usage: npm start'],
    [['check'], 'There is no option check. Did you mean --check?'],
    [['--check', '--within=30s'], '--within goes with --live: npm start -- --check --live'],
    [['--live'], '--live goes with --check: npm start -- --check --live'],
  ])(
    '%j that it does not have starts nothing',
    async (args, problem) => {
      const { code, said } = await runBot({ DATA_DIR: newFolder('options') }, { args });
      expect(said).toContain(problem);
      expect(code).toBe(2);
    },
    patienceMs,
  );

  test(
    'that npm took for itself starts nothing',
    async () => {
      const env = { DATA_DIR: newFolder('options'), npm_config_check: 'true' };
      const { code, said } = await runBot(env);
      expect(said).toContain('npm took --check for itself; write: npm start -- --check');
      expect(code).toBe(2);
    },
    patienceMs,
  );
});

describe('npm start with a database server that it can not use', () => {
  const database = serverDatabase();
  let url: URL;
  beforeAll(async () => {
    const { databaseUrl = '' } = await database.start();
    url = new URL(databaseUrl);
  }, patienceMs);
  afterAll(() => database.stop(), patienceMs);

  const start = (change: (url: URL) => void) => {
    const changed = new URL(url);
    change(changed);
    return runBot({ DATABASE_URL: changed.href, DATA_DIR: newFolder('data'), PORT: '0' });
  };

  test.each([
    [
      'a wrong password',
      (wrong: URL) => (wrong.password = 'sesame'),
      'refused the password.',
      'Correct the user and password in DATABASE_URL.',
    ],
    [
      'a database that is not there',
      (wrong: URL) => (wrong.pathname = '/nowhere'),
      'has no database of that name.',
      'Create the database, or correct its name',
    ],
  ])(
    'names %s',
    async (_what, change, problem, repair) => {
      const ended = await start(change);
      expectServed(ended, `DATABASE_URL: the server at ${url.host} ${problem}`, repair);
    },
    patienceMs,
  );

  test(
    'names a server that is down',
    async () => {
      const port = await findFreePort();
      const ended = await start((wrong) => (wrong.port = String(port)));
      expectServed(
        ended,
        `DATABASE_URL: the server at 127.0.0.1:${port} refused the connection.`,
        'Check the host and port in DATABASE_URL, and that the server is running.',
      );
    },
    patienceMs,
  );

  test(
    'names a server that never answers',
    async () => {
      const silent = createServer();
      const port = await listen(silent);
      const ended = await start((wrong) => (wrong.port = String(port)));
      silent.close();
      expectServed(
        ended,
        `DATABASE_URL: the server at 127.0.0.1:${port} does not answer.`,
        'Check the host and port in DATABASE_URL',
      );
    },
    patienceMs,
  );
});

describe.each([
  ['npm run audit', 'src/audit.ts', ['verify']],
  ['npm run replay', 'src/replay.ts', ['r-7k2mq4']],
])('%s', (_what, program, args) => {
  test.each([
    [
      'an address of another kind',
      { DATABASE_URL: 'mysql://me:sesame@db/x' },
      'DATABASE_URL: begins with mysql://, but only PostgreSQL is supported',
    ],
    [
      'a server that is down',
      { DATABASE_URL: 'postgres://me:sesame@127.0.0.1:1/x' },
      'DATABASE_URL: the server at 127.0.0.1:1 refused the connection.',
    ],
    ['a folder that is a file', { DATA_DIR: 'package.json' }, 'DATA_DIR: package.json is a file'],
  ])(
    'names %s',
    async (_wrong, env, problem) => {
      const { code, said } = await runBot(env, { program, args });
      expect(said).toContain(problem);
      expect(said).not.toMatch(/\n\s+at |sesame/);
      expect(code).toBe(2);
    },
    patienceMs,
  );
});

describe('an error of the start', () => {
  const setting = { host: '127.0.0.1', port: 80, dataDir: '/srv/marshal' };
  const server = { ...setting, databaseUrl: 'postgres://me:sesame@db.example.com/marshal' };
  const failed = (fields: object) => Object.assign(new Error('x'), fields);

  test.each([
    [{ code: 'EACCES', syscall: 'listen' }, setting, "PORT: 80 can't be opened by this account."],
    [{ code: 'EROFS', path: '/srv/marshal' }, setting, 'is on a disk that is read-only.'],
    [{ code: 'ENOSPC', path: '/srv/marshal/pg/x' }, setting, 'is on a disk that is full.'],
    [{ code: '28000' }, server, 'refused the user, or a connection without TLS.'],
    [{ code: '42501' }, server, "doesn't let this user create tables."],
    [{ code: '53300' }, server, 'has no connection left.'],
    [{ code: 'ENOTFOUND' }, server, "the server at db.example.com can't be found by its name."],
    [{ code: 'SELF_SIGNED_CERT_IN_CHAIN' }, server, 'has a certificate that is not trusted.'],
  ])('%j is worded', (fields, given, problem) => {
    const error = toStartUpError(new Error('outer', { cause: failed(fields) }), given) as Error;
    expect(error).toMatchObject({ code: 'config-invalid' });
    expect(error.message).toContain(problem);
    expect(error.message).not.toContain('sesame');
  });

  test('that no setting causes stays as it is', () => {
    const error = new TypeError('a mistake of ours');
    expect(toStartUpError(error, server)).toBe(error);
    expect(toStartUpError('thrown text', setting)).toBe('thrown text');
  });
});

const guid = '5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e12';
const signedIn = {
  BOT_AUTH: 'required',
  BOT_ID: guid,
  BOT_TENANT_ID: guid,
  BOT_TYPE: 'UserAssignedMSI',
};

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
