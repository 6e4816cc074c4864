import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PodDisruptionBudget } from '../../lab/kubernetes-api/resources.ts';
import { createClusterSight } from '../../src/kubernetes/cluster-sight.ts';
import { addPod, startApiFixture, type ApiFixture } from '../lab/kubernetes-api/api-fixture.ts';
import { startKubernetesProxy } from '../support/kubernetes-proxy.ts';
import { noClusterAccess } from '../support/no-cluster-access.ts';
import { sampleProposal } from '../support/proposal.ts';

const { service, cluster } = sampleProposal();
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let fixture: ApiFixture;
beforeEach(async () => {
  fixture = await startApiFixture();
});
afterEach(async () => {
  await fixture.close();
});

const sightOf = (kubeconfigPath = fixture.kubeconfigPath) =>
  createClusterSight({
    kubeconfigPath,
    access: noClusterAccess,
    clock: { now: () => Date.now() },
    log,
  });

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
    const proxy = await startKubernetesProxy(fixture, ({ group }) =>
      group === 'policy' ? 404 : undefined,
    );
    const sight = sightOf(proxy.kubeconfigPath);
    expect(await budgetsOf(sight)).toEqual({});
    await sight.check(cluster, ['default']);
    proxy.close();
  });
});
