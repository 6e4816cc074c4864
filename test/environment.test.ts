import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../src/config.ts';
import { guid, problemsOf, rightEnvironment } from './support/config-problems.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'environment-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The lines about one variable. */
const about = (name: string, value: string, more: Record<string, string> = {}) =>
  problemsOf({ ...rightEnvironment, ...more, [name]: value })
    .split('\n')
    .filter((line) => line.startsWith(`  ${name}: `))
    .map((line) => line.slice(name.length + 4))
    .join('\n');

const signedIn = {
  BOT_AUTH: 'required',
  BOT_ID: guid,
  BOT_TENANT_ID: guid,
  BOT_TYPE: 'UserAssignedMSI',
};

test('the environment that others build on is right', () => {
  expect(problemsOf(rightEnvironment)).toBe('');
  expect(problemsOf({ ...rightEnvironment, ...signedIn })).toBe('');
});

test.each([
  ['PORT', 'abc', '"abc" is not a port number (0 to 65535)'],
  ['PORT', '65536', '"65536" is not a port number (0 to 65535)'],
  ['PORT', '80.5', '"80.5" is not a port number (0 to 65535)'],
  ['PORT', '0x50', '"0x50" is not a port number (0 to 65535)'],
  ['PORT', '-1', '"-1" is not a port number (0 to 65535)'],
  ['HOST', 'my pc', '"my pc" is not an IP address to listen on'],
  ['HOST', 'http://0.0.0.0', '"http://0.0.0.0" is not an IP address to listen on'],
  ['HOST', '127.0.0.1:3978', 'is not an IP address to listen on'],
  ['HOST', '256.0.0.1', 'is not an IP address to listen on'],
  ['PUBLIC_URL', 'marshal.example.com', 'does not begin with http:// or https://'],
  ['PUBLIC_URL', 'https://marshal.example.com/bot', 'must end after the host and port'],
  ['PUBLIC_URL', 'https://marshal.example.com?a=b', 'must end after the host and port'],
  ['PUBLIC_URL', 'https://me@marshal.example.com', 'must end after the host and port'],
  ['BOT_AUTH', 'none', 'must be one of required, off, not "none"'],
  ['BOT_ID', 'my-bot', '"my-bot" is not the bot\'s app id, which is a GUID such as'],
  ['BOT_TENANT_ID', 'contoso.com', '"contoso.com" is not the id of a tenant, which is a GUID'],
  ['BOT_TYPE', 'singleTenant', 'did you mean "SingleTenant"?'],
  ['BOT_OPENID_METADATA_URL', 'login', 'does not begin with http:// or https://'],
  [
    'DATABASE_URL',
    'mysql://root:sesame@db/x',
    'begins with mysql://, but only PostgreSQL is supported',
  ],
  ['DATABASE_URL', 'db.example.com', 'is not the address of a PostgreSQL server'],
  ['DATABASE_URL', 'postgres://', 'names no host'],
  ['DATABASE_URL', 'postgres://me:ses#ame@db/x', 'must be percent-encoded'],
  ['SAMPLES_MAX_MB', 'much', '"much" is not a number of megabytes'],
  ['MAX_CONCURRENT_RUNS', '0', '"0" is not a number of runs (1 to 1000)'],
  ['MAX_CONCURRENT_RUNS', 'many', '"many" is not a number of runs (1 to 1000)'],
  ['KEEP_NAMES_FOR', '400', '400 has no unit; write 400s'],
  ['KEEP_NAMES_FOR', '0d', 'must be at least 1d'],
  ['AZURE_SUBSCRIPTION_ID', 'Pay-As-You-Go', 'is not the id of a subscription, which is a GUID'],
  ['AZURE_RESOURCE_GROUP', 'a/b', '"a/b" is not the name of a resource group'],
  ['AZURE_RESOURCE_GROUP', 'chaos.', '"chaos." is not the name of a resource group'],
  ['AZURE_RESOURCE_MANAGER_URL', 'http://127.0.0.1', 'begins with http://, not with https://'],
  ['AZURE_RESOURCE_MANAGER_URL', 'https://a/subscriptions', 'must end after the host and port'],
  ['MICROSOFT_GRAPH_URL', 'graph', 'does not begin with http:// or https://'],
  ['FREEZE_TOKEN', 'short', 'is too short: at least 32 characters'],
  ['FREEZE_TOKEN', `${'x'.repeat(40)}\n`, 'has a space, a line break or a letter that a header'],
  ['BOT_ID', '00000000-0000-0000-0000-000000000000', "is not the bot's app id"],
  ['TEAMS_SLASH', 'yes', 'must be one of on, off, not "yes"'],
  ['LOG_LEVEL', 'wran', 'did you mean "warn"?'],
  ['NODE_EXTRA_CA_CERTS', '/nowhere/ca.pem', 'the file /nowhere/ca.pem does not exist'],
  ['CHAOS_CONFIG', '', ''],
])('%s=%s is answered in our own words', (name, value, problem) => {
  const said = about(name, value, signedIn);
  expect(said).toContain(problem);
  expect(said).not.toMatch(/Expected|Required|Invalid|received|sesame|ame@/);
});

test('every problem is found in one go, also those of the sign-in and of chaos.yaml', () => {
  const path = join(folder, 'wrong.yaml');
  writeFileSync(path, 'clusters: {}\nservices: {}\nexperiments: {}\n');
  const problems = problemsOf({
    PORT: 'abc',
    BOT_ID: 'my-bot',
    DATABASE_URL: 'mysql://db',
    CHAOS_CONFIG: path,
    KUBECONFIG: join(folder, 'gone'),
  });
  for (const problem of [
    'PORT: "abc" is not a port number',
    'BOT_ID: "my-bot" is not the bot\'s app id',
    'BOT_TYPE: is not set, and BOT_AUTH is required',
    'BOT_TENANT_ID: is not set, and BOT_AUTH is required',
    'DATABASE_URL: begins with mysql://',
    'AZURE_SUBSCRIPTION_ID: is not set',
    'AZURE_RESOURCE_GROUP: is not set',
    `KUBECONFIG: the file ${join(folder, 'gone')} does not exist`,
    'wrong.yaml:1: approvals: is missing',
  ])
    expect(problems).toContain(problem);
});

test('a sign-in that is not understood counts as required', () => {
  expect(problemsOf({ ...rightEnvironment, BOT_AUTH: 'of' })).toContain('BOT_ID: is not set');
});

describe('addresses', () => {
  test('lose the slash at their end, which paths bring along', () => {
    const { publicUrl, azure } = loadConfig({
      ...rightEnvironment,
      PUBLIC_URL: 'https://marshal.example.com/',
      AZURE_RESOURCE_MANAGER_URL: 'https://management.azure.com/',
    });
    expect(publicUrl).toBe('https://marshal.example.com');
    expect(azure.resourceManagerUrl).toBe('https://management.azure.com');
  });

  test.each([
    'postgres://me:secret@db.example.com:5432/marshal',
    'postgresql://db/marshal?sslmode=require',
    'postgres:///marshal?host=/var/run/postgresql',
  ])('of a database may be %s', (url) => {
    expect(problemsOf({ ...rightEnvironment, DATABASE_URL: url })).toBe('');
  });
});

describe('DATA_DIR', () => {
  test('is a folder, and may be one that is not there yet', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(about('DATA_DIR', file)).toBe(`${file} is a file; name a folder, or delete the file`);
    expect(about('DATA_DIR', join(folder, 'new'))).toBe('');
  });
});

describe('chaos.yaml', () => {
  test.each([
    ['is a folder', () => folder, 'is a folder; set CHAOS_CONFIG to the path of your chaos.yaml'],
    ['does not exist', () => join(folder, 'gone.yaml'), 'does not exist; set CHAOS_CONFIG'],
    ['is not UTF-8', () => writeLatin1(), 'is not text in UTF-8; save it as UTF-8'],
  ])('that %s', (_what, path, problem) => {
    expect(problemsOf({ ...rightEnvironment, CHAOS_CONFIG: path() })).toContain(problem);
  });

  const writeLatin1 = () => {
    const path = join(folder, 'latin1.yaml');
    writeFileSync(path, Buffer.from('# gr\u00fcn\n', 'latin1'));
    return path;
  };
});

describe('KUBECONFIG', () => {
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const kubeconfig = (name: string, more = '') => `apiVersion: v1
kind: Config
current-context: ${name}
contexts: [{ name: ${name}, context: { cluster: ${name}, user: ${name} } }]
clusters: [{ name: ${name}, cluster: { server: "https://${name}.example.com"${more} } }]
users: [{ name: ${name}, user: { token: sesame } }]
`;
  const withContext = (context: string) => {
    const path = join(folder, `${context}.yaml`);
    const shipped = readFileSync('chaos.yaml', 'utf8').replace(
      '    # context: my-context',
      `    context: ${context} #`,
    );
    writeFileSync(path, shipped);
    return { CHAOS_CONFIG: path };
  };

  test('may name several files, as for kubectl', () => {
    const [one, other] = [write('one', kubeconfig('one')), write('other', kubeconfig('other'))];
    expect(about('KUBECONFIG', `${one}:${other}`, withContext('other'))).toBe('');
    expect(about('KUBECONFIG', `${one}:${other}`)).toBe('');
    expect(about('KUBECONFIG', one, withContext('other'))).toBe(
      'has no context "other", which the cluster aks-lab of chaos.yaml needs; it has: one',
    );
  });

  test.each([
    ['gone', () => join(folder, 'gone'), /the file .*gone does not exist; correct the path/],
    [
      'gone, one of two',
      () => `${write('one', kubeconfig('one'))}:${join(folder, 'gone')}`,
      /gone does not exist/,
    ],
    ['no kubeconfig', () => write('none', '{{{'), /none can't be read as a kubeconfig/],
    [
      'empty',
      () => write('empty', ''),
      /empty can't be read as a kubeconfig|has no current context/,
    ],
    [
      'without a context',
      () => write('bare', 'apiVersion: v1\nkind: Config\n'),
      /has no current context/,
    ],
    [
      'with a certificate authority that is gone',
      () => write('ca', kubeconfig('one', ', certificate-authority: ca.pem')),
      /names the file .*ca\.pem in its context "one", and it does not exist/,
    ],
  ])('that is %s is refused', (_what, path, problem) => {
    const said = about('KUBECONFIG', path());
    expect(said).toMatch(problem);
    expect(said).not.toContain('sesame');
  });
});
