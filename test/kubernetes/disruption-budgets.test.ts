import { once } from 'node:events';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeKubeconfig } from '../../lab/kubernetes-api/kubeconfig.ts';
import type { PodDisruptionBudget } from '../../lab/kubernetes-api/resources.ts';
import { createCertificateAuthority } from '../../lab/tls/certificate-authority.ts';
import { createClusterSight } from '../../src/kubernetes/cluster-sight.ts';
import { addPod, startApiFixture, type ApiFixture } from '../lab/kubernetes-api/api-fixture.ts';
import { sampleProposal } from '../support/proposal.ts';

const { service, cluster } = sampleProposal();
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let fixture: ApiFixture;
let proxies: Server[];
beforeEach(async () => {
  fixture = await startApiFixture();
  proxies = [];
});
afterEach(async () => {
  for (const proxy of proxies) {
    proxy.close();
    proxy.closeAllConnections();
  }
  await fixture.close();
});

const sightOf = (kubeconfigPath = fixture.kubeconfigPath) =>
  createClusterSight({ kubeconfigPath, clock: { now: () => Date.now() }, log });

const counted = {
  currentHealthy: 2,
  desiredHealthy: 1,
  disruptionsAllowed: 1,
  expectedPods: 2,
  observedGeneration: 1,
};

function addBudget(
  name: string,
  selector: NonNullable<PodDisruptionBudget['spec']>['selector'],
  { namespace = 'default', status = counted } = {},
): void {
  fixture.store.create('poddisruptionbudgets', {
    metadata: { name, namespace },
    spec: { minAvailable: 1, ...(selector && { selector }) },
    status,
  });
}

const budgetsOf = async (sight = sightOf()) =>
  Object.fromEntries(
    (await sight.readPods(service, cluster)).budgets.map(({ name, pods }) => [
      name,
      pods.map((pod) => pod.name).toSorted(),
    ]),
  );

/** The API as it answers when requests for budgets are answered by `code` on the way. */
async function answerBudgetsWith(code: number): Promise<string> {
  const authority = await createCertificateAuthority('proxy');
  const proxy = createServer(await authority.issue(['127.0.0.1']), (incoming, outgoing) => {
    const { method, url = '', headers } = incoming;
    if (url.startsWith('/apis/policy/')) {
      const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code };
      outgoing.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(status));
      return;
    }
    const on = request(fixture.api.url + url, { method, headers, ca: fixture.caPem }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(on);
  });
  proxies.push(proxy);
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const path = `${fixture.folder}/proxied`;
  const url = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { caPem } = authority;
  await writeKubeconfig({ path, url, caPem, token: fixture.token, clusterName: 'lab' });
  return path;
}

describe('the disruption budgets of the pods', () => {
  test('are those of the namespace whose selector matches, each with the pods that it covers', async () => {
    addPod(fixture.store, {
      name: 'diabetes-canary',
      labels: { app: 'diabetes', track: 'canary' },
    });
    addPod(fixture.store, { name: 'other', labels: { app: 'other' } });
    const all = ['diabetes-a', 'diabetes-b', 'diabetes-canary'];
    addBudget('by-label', { matchLabels: { app: 'diabetes' } });
    addBudget('canary', { matchExpressions: [{ key: 'track', operator: 'Exists' }] });
    addBudget('everything', {});
    addBudget('nothing', undefined);
    addBudget('not-ours', { matchLabels: { app: 'other' } });
    addBudget('elsewhere', {}, { namespace: 'chaos-testing' });
    expect(await budgetsOf()).toEqual({
      'by-label': all,
      canary: ['diabetes-canary'],
      everything: all,
    });
  });

  test('tell how many pods they can spare, and by which count', async () => {
    addBudget('diabetes', {});
    const { pods, budgets } = await sightOf().readPods(service, cluster);
    const { observedGeneration: _generation, ...counts } = counted;
    const covered = pods.map(({ name, uid }) => ({ name, uid }));
    expect(budgets).toEqual([{ name: 'diabetes', ...counts, pods: covered }]);
  });

  test('spare none while they have not been counted since they were changed', async () => {
    addBudget('diabetes', {});
    fixture.store.update(
      'poddisruptionbudgets',
      { namespace: 'default', name: 'diabetes' },
      ({ spec }) => Object.assign(spec ?? {}, { minAvailable: 2 }),
    );
    const { budgets } = await sightOf().readPods(service, cluster);
    expect(budgets).toMatchObject([{ disruptionsAllowed: 0 }]);
  });

  test('are read however many there are', async () => {
    for (let index = 0; index < 620; index += 1) addBudget(`budget-${index}`, {});
    expect(Object.keys(await budgetsOf())).toHaveLength(620);
  });

  test('are none on a cluster that does not know them', async () => {
    addBudget('diabetes', {});
    const sight = sightOf(await answerBudgetsWith(404));
    expect(await budgetsOf(sight)).toEqual({});
    await sight.check(cluster, ['default']);
  });

  test('that may not be read are an error which names the permission, in the health check as well', async () => {
    const sight = sightOf(await answerBudgetsWith(403));
    const forbidden = {
      code: 'cluster-forbidden',
      suggestion: expect.stringContaining('list on poddisruptionbudgets.policy'),
    };
    await expect(sight.readPods(service, cluster)).rejects.toMatchObject(forbidden);
    await expect(sight.check(cluster, ['default'])).rejects.toMatchObject(forbidden);
  });
});
