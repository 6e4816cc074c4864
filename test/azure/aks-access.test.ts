import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { createAksAccess } from '../../src/azure/aks-access.ts';
import { createClusterSight } from '../../src/kubernetes/cluster-sight.ts';
import { createCertificateAuthority } from '../../lab/tls/certificate-authority.ts';
import { startApiFixture, type ApiFixture } from '../lab/kubernetes-api/api-fixture.ts';
import { sampleProposal } from '../support/proposal.ts';

type KubeconfigDocument = {
  users: { name: string; user: { token?: string; exec?: object } }[];
};

const serverId = '6dae42f8-4368-4678-94ff-3960e28e3630';
const { service, cluster: sample } = sampleProposal();
const cluster = { ...sample, connect: 'azure' as const };
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let fixture: ApiFixture;
let azure: Server;
let url: string;
let asked: { url: string; authorization: string }[];
let scopes: string[];
let status: number;
/** What the cluster's kubeconfig says of signing in. */
let user: object;
/** The token that the cluster takes, and how long one of ours is good. */
let clusterToken: string;
let lifetimeMs: number;

beforeAll(async () => {
  fixture = await startApiFixture();
  const document = parse(await readFile(fixture.kubeconfigPath, 'utf8')) as KubeconfigDocument;
  clusterToken = document.users[0]?.user.token ?? '';
  const authority = await createCertificateAuthority('Local Azure');
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), authority.caPem]);
  azure = createServer(await authority.issue(['127.0.0.1']), ({ url: path, headers }, response) => {
    asked.push({ url: path ?? '', authorization: headers.authorization ?? '' });
    const users = document.users.map(({ name }) => ({ name, user }));
    const kubeconfig = stringify({ ...document, users });
    const value = Buffer.from(kubeconfig).toString('base64');
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kubeconfigs: [{ name: 'clusterUser', value }] }));
  }).listen(0, '127.0.0.1');
  await once(azure, 'listening');
  url = `https://127.0.0.1:${(azure.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  azure.closeAllConnections();
  azure.close();
  await fixture.close();
});
beforeEach(() => {
  asked = [];
  scopes = [];
  status = 200;
  lifetimeMs = 3_600_000;
  const args = ['get-token', '--environment', 'AzurePublicCloud', '--server-id', serverId];
  const apiVersion = 'client.authentication.k8s.io/v1beta1';
  user = { exec: { apiVersion, command: 'kubelogin', args, env: null } };
});

const sightOf = () => {
  const credential = {
    getToken: (scope: string | string[]) => {
      scopes.push(String(scope));
      const token = String(scope) === `${serverId}/.default` ? clusterToken : 'for Azure';
      return Promise.resolve({ token, expiresOnTimestamp: Date.now() + lifetimeMs });
    },
  };
  const access = createAksAccess({ resourceManagerUrl: url, credential });
  return createClusterSight({ access, clock: { now: () => Date.now() }, log });
};

describe('a cluster that Azure tells the way into', () => {
  test('is read with the identity of the bot, and nothing but that', async () => {
    const { pods } = await sightOf().readPods(service, cluster);
    expect(pods.map(({ name }) => name).toSorted()).toEqual(['diabetes-a', 'diabetes-b']);
    expect(asked).toEqual([
      {
        url: `${cluster.resourceId}/listClusterUserCredential?api-version=2025-10-01&format=exec`,
        authorization: 'Bearer for Azure',
      },
    ]);
    expect(scopes).toEqual(['https://management.azure.com/.default', `${serverId}/.default`]);
  });

  test('is watched, too, and a token is used as long as it is good', async () => {
    const sight = sightOf();
    const watch = sight.watch(service, cluster, 10_000);
    for (let waited = 0; watch.view().confirmedAt === 0 && waited < 200; waited += 1)
      await delay(20);
    expect(watch.view().pods).toHaveLength(2);
    await watch.close();
    await sight.readPods(service, cluster);
    expect(scopes.filter((scope) => scope.startsWith(serverId))).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });

  test('gets a new token before the old one has expired', async () => {
    lifetimeMs = 60_000;
    const sight = sightOf();
    await sight.readPods(service, cluster);
    await sight.readPods(service, cluster);
    expect(scopes.filter((scope) => scope.startsWith(serverId))).toHaveLength(2);
  });

  test('is entered with the credential of the kubeconfig where there is no Entra', async () => {
    user = { token: clusterToken };
    const { pods } = await sightOf().readPods(service, cluster);
    expect(pods).toHaveLength(2);
    expect(scopes).toEqual(['https://management.azure.com/.default']);
  });

  test('is refused clearly, and asked for again the next time', async () => {
    const sight = sightOf();
    status = 403;
    await expect(sight.readPods(service, cluster)).rejects.toMatchObject({
      code: 'cluster-forbidden',
      suggestion: expect.stringContaining('Cluster User Role'),
    });
    status = 404;
    await expect(sight.readPods(service, cluster)).rejects.toMatchObject({
      code: 'cluster-unreachable',
    });
    status = 200;
    expect((await sight.readPods(service, cluster)).pods).toHaveLength(2);
  });
});
