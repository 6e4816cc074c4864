import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createCertificateAuthority } from '../../lab/tls/certificate-authority.ts';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import {
  startFront,
  type Front,
  type FrontAnswer,
  type Mishap,
} from '../support/composed/front.ts';
import { botId, tenantId } from '../support/composed/teams.ts';
import { resourceGroup, subscriptionId } from '../support/composed/world.ts';

const secrets = {
  SCORING_KEY: 'scoring-key-hunter2',
  STATUS_TOKEN: 'status-token-hunter2',
  FREEZE_TOKEN: 'freeze-token-hunter2-hunter2-hunter2',
  databasePassword: 'database-hunter2',
};
const groupId = '99999999-0000-4000-8000-000000000001';

let bot: ComposedBot;
/** What only some installations have, each behind a front of its own. */
let status: Front;
let stats: Front;
let storage: Front;
let identity: Front;
/** Takes connections and says nothing. */
let silentServer: Server;
let caPath: string;

beforeAll(async () => {
  status = await startFront({ answer: () => ({ status: 200, body: { open: 0 } }) });
  stats = await startFront({ answer: () => ({ status: 200, body: { length: 3 } }) });
  bot = await startComposedBot({
    env: { SCORING_KEY: secrets.SCORING_KEY, STATUS_TOKEN: secrets.STATUS_TOKEN },
    catalogue(catalogue) {
      catalogue['roles'] = { 'on-call': { groups: [{ id: groupId, name: 'Model on-call' }] } };
      catalogue.approvals = { quorum: 1, from: ['on-call'], expiresAfter: '30m' };
      catalogue['conditions'] = {
        checks: [
          {
            name: 'no open incident',
            url: status.url,
            headers: { authorization: 'Bearer ${STATUS_TOKEN}' },
            status: 200,
            json: { open: 0 },
          },
        ],
      };
      const { diabetes } = catalogue.services;
      // Long enough for a first prediction on a busy machine.
      Object.assign(diabetes!.scoring, { key: '${SCORING_KEY}', timeout: '30s' });
      Object.assign(catalogue.experiments['pod-failure']!, { guards: { lostSight: '2m' } });
      diabetes!['metrics'] = { queue: { http: { url: stats.url, path: '$.length' } } };
    },
  });
  const authority = await createCertificateAuthority('Storage');
  const listing =
    '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="journal"><Blobs/><NextMarker/></EnumerationResults>';
  storage = await startFront({
    answer: () => ({
      status: 200,
      body: listing,
      headers: { 'content-type': 'application/xml' },
    }),
    tls: await authority.issue(['127.0.0.1']),
  });
  identity = await startFront({ answer: ({ path }) => answerToken(path) });
  silentServer = createServer(() => undefined);
  silentServer.listen(0, '127.0.0.1');
  await once(silentServer, 'listening');
  caPath = join(bot.folder, 'ca.pem');
  await writeFile(caPath, [...tls.getCACertificates('default'), authority.caPem].join('\n'));
});

afterEach(() => {
  for (const front of allFronts()) front.heal();
});

afterAll(async () => {
  await bot.close();
  await Promise.all([status, stats, storage, identity].map((front) => front.close()));
  silentServer.close();
});

/** Of the real one, but for the storage, which is not among its audiences. */
async function answerToken(path: string): Promise<FrontAnswer> {
  const resource = new URL(path, 'http://identity').searchParams.get('resource');
  if (resource?.startsWith('https://storage.azure.com')) {
    const expiresOn = String(Math.floor(Date.now() / 1_000) + 3_600);
    const token = { access_token: 'eyJ0.storage', expires_on: expiresOn, token_type: 'Bearer' };
    return { status: 200, body: { ...token, resource } };
  }
  const { origin } = new URL(process.env['IDENTITY_ENDPOINT'] ?? '');
  const header = { 'x-identity-header': process.env['IDENTITY_HEADER'] ?? '' };
  const answer = await fetch(origin + path, { headers: header });
  return { status: answer.status, body: await answer.text() };
}

const allFronts = () => [
  bot.azure,
  bot.graph,
  bot.kubernetes,
  bot.scoring,
  status,
  stats,
  storage,
  identity,
];

function refuseEverywhere(mishap: Mishap): void {
  for (const front of allFronts()) if (front !== identity) front.refuse('', mishap);
}

type Checked = { readonly code: number | null; readonly said: string; line(name: string): string };

/** Runs `npm start -- --check --live` as its own process. */
async function checkLive(
  change: Readonly<Record<string, string>> = {},
  flags: readonly string[] = ['--within=60s'],
): Promise<Checked> {
  const child = spawn(process.execPath, ['src/main.ts', '--check', '--live', ...flags], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: bot.folder,
      NODE_EXTRA_CA_CERTS: caPath,
      IDENTITY_ENDPOINT: `${identity.url}/msi/token`,
      IDENTITY_HEADER: process.env['IDENTITY_HEADER'] ?? '',
      BOT_ID: botId,
      BOT_TYPE: 'UserAssignedMSI',
      BOT_TENANT_ID: tenantId,
      PUBLIC_URL: 'https://chaos.example.com',
      CHAOS_CONFIG: join(bot.folder, 'chaos.yaml'),
      DATA_DIR: join(bot.folder, 'fresh'),
      AZURE_SUBSCRIPTION_ID: subscriptionId,
      AZURE_RESOURCE_GROUP: resourceGroup,
      AZURE_RESOURCE_MANAGER_URL: bot.azure.url,
      MICROSOFT_GRAPH_URL: bot.graph.url,
      JOURNAL_CONTAINER_URL: `${storage.url}/account/journal`,
      KUBECONFIG: bot.kubeconfigPath,
      SCORING_URI: `${bot.scoring.url}/score`,
      SCORING_KEY: secrets.SCORING_KEY,
      STATUS_TOKEN: secrets.STATUS_TOKEN,
      FREEZE_TOKEN: secrets.FREEZE_TOKEN,
      ...change,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  const said = `${out}${err}`;
  for (const secret of Object.values(secrets)) expect(said).not.toContain(secret);
  expect(said).not.toMatch(/eyJ[\w-]+\./);
  const lines = said.split('\n');
  return {
    code: child.exitCode,
    said,
    line(name) {
      const at = lines.findIndex((line) => /^[✔✖] /.test(line) && line.slice(2).startsWith(name));
      if (at === -1) throw new Error(`There is no line "${name}" in:\n${said}`);
      return lines.slice(at, lines[at]!.startsWith('✖') ? at + 2 : at + 1).join('\n');
    },
  };
}

const names = [
  'PUBLIC_URL',
  'DATA_DIR',
  'database',
  'Bot Framework',
  'Azure token',
  'Chaos Studio target aks',
  'permissions on aks',
  'experiment identities',
  `experiments in ${resourceGroup}`,
  'cluster aks',
  'scoring diabetes',
  'metric queue of diabetes',
  'check "no open incident"',
  'Microsoft Graph',
  'copy of the journal',
];

describe('npm start -- --check --live', () => {
  test('says that everything works, with what could be better, and changes nothing', async () => {
    const checked = await checkLive();
    expect(checked.said).toContain(`All ${names.length} work.`);
    for (const name of names) expect(checked.line(name)).toMatch(/^✔/);
    expect(checked.line('experiment identities')).toContain('experiments prepare pod-failure');
    expect(checked.line('database')).toContain('created at the first start');
    expect(checked.code).toBe(0);
    const changing = [bot.azure, storage].flatMap((front) =>
      front.find(/^(PUT|POST|DELETE|PATCH) /),
    );
    expect(changing).toEqual([]);
  });

  test('works while the bot runs on the same data', async () => {
    const checked = await checkLive({ DATA_DIR: join(bot.folder, 'data') });
    expect(checked.line('database')).toMatch(/^✔ database +answered in \d+ ms\. \S/);
    expect(checked.code).toBe(0);
  });

  test('says of each dependency that refuses what repairs it', async () => {
    const error = { code: 'AuthorizationFailed', message: 'May not.' };
    refuseEverywhere({ status: 403, body: { error } });
    const checked = await checkLive({
      PUBLIC_URL: 'http://chaos.example.com',
      // Nobody can write there, root neither.
      DATA_DIR: '/proc',
      DATABASE_URL: `postgres://bot:${secrets.databasePassword}@127.0.0.1:1/chaos`,
    });
    const repairs: Readonly<Record<string, RegExp>> = {
      PUBLIC_URL: /not https.*\n.*→ Set PUBLIC_URL/,
      DATA_DIR: /cannot be written to.*\n.*→ .*chmod 700/,
      database: /does not answer.*\n.*→ .*pg_isready/,
      'Chaos Studio target aks': /403 AuthorizationFailed.*\n.*→ .*role/,
      'permissions on aks': /✔.*could not be asked/,
      'experiment identities':
        /403 AuthorizationFailed.*\n.*→ .*Chaos Studio Experiment Contributor/,
      [`experiments in ${resourceGroup}`]: /403.*\n.*→ .*Chaos Studio Experiment Contributor/,
      'cluster aks': /may not read.*\n.*→ Give its account list/,
      'scoring diabetes': /client-error.*\n.*→ .*scoring\.key/,
      'metric queue of diabetes': /answered 403.*\n.*→ .*chaos\.yaml/,
      'check "no open incident"': /answered 403, not 200.*\n.*→ .*chaos\.yaml/,
      'Microsoft Graph': /\(403\).*\n.*→ .*az rest --method post .*appRoleAssignments/,
      'copy of the journal': /cannot be used.*\n.*→ .*role/,
    };
    for (const [name, repair] of Object.entries(repairs))
      expect(checked.line(name)).toMatch(repair);
    for (const name of ['Bot Framework', 'Azure token']) expect(checked.line(name)).toMatch(/^✔/);
    expect(checked.said).toContain(`12 of ${names.length} do not work.`);
    expect(checked.code).toBe(1);
  });

  test('waits for nobody: each dependency that hangs is told after 10 s, all at once', async () => {
    refuseEverywhere('hang');
    const { port } = silentServer.address() as AddressInfo;
    const DATABASE_URL = `postgres://bot:${secrets.databasePassword}@127.0.0.1:${port}/chaos`;
    const checked = await checkLive({ DATABASE_URL }, []);
    expect(checked.said).toContain('for 10 s at most');
    const broken = names.filter(
      (name) => !['PUBLIC_URL', 'DATA_DIR', 'Bot Framework', 'Azure token'].includes(name),
    );
    for (const name of broken) expect(checked.line(name)).toMatch(/^✖ .*\n +→ \S/);
    expect(checked.said).toContain(`${broken.length} of ${names.length} do not work.`);
    expect(checked.code).toBe(1);
  });

  test.each<[string, Mishap]>([
    ['refuses', { status: 400, body: { statusCode: 400, message: 'Identity not found' } }],
    ['hangs', 'hang'],
  ])('says which identity is missing when the managed identity %s', async (_, mishap) => {
    identity.refuse('', mishap);
    const checked = await checkLive({}, mishap === 'hang' ? [] : ['--within=60s']);
    expect(checked.line('Azure token')).toMatch(/^✖ .*\n.*→ .*managed identity/i);
    expect(checked.line('Bot Framework')).toMatch(/^✖ .*\n.*→ .*managed identity/i);
    expect(checked.line('scoring diabetes')).toMatch(/^✔/);
    expect(checked.code).toBe(1);
  });

  test('names the target and the capability that Chaos Studio lacks, with the az command that adds it', async () => {
    bot.azure.refuse(/targets\/[^/]+\?/, {
      status: 404,
      body: { error: { code: 'ResourceNotFound', message: 'Not found.' } },
    });
    expect((await checkLive()).line('Chaos Studio target aks')).toMatch(
      /no target.*\n.*az rest --method put --url ".*\/targets\/Microsoft-AzureKubernetesServiceChaosMesh\?/,
    );
    bot.azure.heal();
    bot.azure.refuse(/\/capabilities\?/, { status: 200, body: { value: [] } });
    expect((await checkLive()).line('Chaos Studio target aks')).toMatch(
      /lacks the capability PodChaos-2\.2.*\n.*az rest --method put .*capabilities\/PodChaos-2\.2\?/,
    );
  });

  test('asks the cluster also for what a look does not try, and names the kubectl commands', async () => {
    bot.kubernetes.refuse('selfsubjectaccessreviews', {
      status: 201,
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {},
        status: { allowed: false },
      },
    });
    const checked = await checkLive();
    expect(checked.line('cluster aks')).toMatch(/^✔/);
    expect(checked.line('permissions on aks')).toMatch(
      /may not list pods in default, watch pods in default.*\n.*kubectl create role chaos-marshal-pods --namespace default --verb=list,watch --resource=pods/,
    );
    expect(checked.code).toBe(1);
  });

  test('refuses a limit that is no duration', async () => {
    const checked = await checkLive({}, ['--within=soon']);
    expect(checked.said).toContain('"soon" is not a duration.\nWrite it with its unit');
    expect(checked.code).toBe(1);
  });

  test('tells a model that answers wrong from a service that does not answer', async () => {
    bot.scoring.refuse('', { status: 200, body: [7] });
    expect((await checkLive()).line('scoring diabetes')).toMatch(
      /drifted.*\n.*→ The model has changed/,
    );
  });
});
