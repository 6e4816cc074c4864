import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { toExpectation } from '../../../lab/cluster/disruption-controller.ts';
import type { PodDisruptionBudget } from '../../../lab/cluster/objects.ts';
import {
  type TestCluster,
  listReadyPods,
  pickPod,
  startTestCluster,
  waitFor,
} from './test-cluster.ts';

const selector = { matchLabels: { app: 'diabetes' } };

describe('what a disruption budget expects', () => {
  test.each([
    [{ minAvailable: 2 }, 5, 3, { expectedPods: 5, desiredHealthy: 2 }],
    [{ minAvailable: '50%' }, 5, 3, { expectedPods: 3, desiredHealthy: 2 }],
    [{ minAvailable: '100%' }, 3, 3, { expectedPods: 3, desiredHealthy: 3 }],
    [{ maxUnavailable: 1 }, 3, 3, { expectedPods: 3, desiredHealthy: 2 }],
    [{ maxUnavailable: '50%' }, 3, 3, { expectedPods: 3, desiredHealthy: 1 }],
    [{ maxUnavailable: '1%' }, 3, 3, { expectedPods: 3, desiredHealthy: 2 }],
    [{ maxUnavailable: 9 }, 3, 3, { expectedPods: 3, desiredHealthy: 0 }],
    [{}, 3, 3, { expectedPods: 0, desiredHealthy: 0 }],
  ])('of %j, for %i pods of a scale of %i', (spec, matched, scale, expected) => {
    expect(toExpectation({ spec }, { matched, scale })).toEqual(expected);
  });
});

describe('the status of a disruption budget', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster({ podNetwork: '127.47.0.0/16' });
    await waitFor('three ready pods', () => listReadyPods(cluster.api).length === 3);
  });
  afterEach(() => {
    for (const { metadata } of cluster.api.poddisruptionbudgets.list())
      cluster.api.poddisruptionbudgets.delete(metadata);
  });
  afterAll(() => cluster.close());

  const budget = { namespace: 'default', name: 'diabetes' };
  const create = (spec: PodDisruptionBudget['spec']) =>
    cluster.api.poddisruptionbudgets.create({
      metadata: budget,
      spec,
      status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
    });
  const settled = () =>
    waitFor('the status', () => {
      const { metadata, status } = cluster.api.poddisruptionbudgets.get(budget) ?? {};
      return status?.observedGeneration === metadata?.generation && status;
    });

  test('follows pods that fail and come back, and a changed spec', async () => {
    create({ minAvailable: 2, selector });
    expect(await settled()).toMatchObject({
      currentHealthy: 3,
      desiredHealthy: 2,
      disruptionsAllowed: 1,
      expectedPods: 3,
      conditions: [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }],
    });
    const { name } = pickPod(cluster.api).metadata;
    const restore = cluster.faults.failPod({ namespace: 'default', name });
    const spent = await waitFor('a spent budget', () => {
      const { status } = cluster.api.poddisruptionbudgets.get(budget) ?? {};
      return status?.disruptionsAllowed === 0 && status;
    });
    expect(spent).toMatchObject({
      currentHealthy: 2,
      conditions: [{ status: 'False', reason: 'InsufficientPods' }],
    });
    restore();
    await waitFor('three ready pods', () => listReadyPods(cluster.api).length === 3);
    cluster.api.poddisruptionbudgets.update(budget, ({ spec }) => {
      spec.minAvailable = '34%';
    });
    expect(await settled()).toMatchObject({ observedGeneration: 2, desiredHealthy: 2 });
  });

  test.each([
    ['everything in the namespace for an empty selector', {}, 3],
    ['nothing for a selector that matches nothing', { matchLabels: { app: 'other' } }, 0],
    [
      'what its expressions match',
      { matchExpressions: [{ key: 'app', operator: 'In', values: ['diabetes', 'other'] }] },
      3,
    ],
  ])('counts %s', async (_what, chosen, expectedPods) => {
    create({ maxUnavailable: 3, selector: chosen });
    expect(await settled()).toMatchObject({
      expectedPods,
      currentHealthy: expectedPods,
      disruptionsAllowed: expectedPods,
    });
  });

  test('counts nothing without a selector', async () => {
    create({ maxUnavailable: 3 });
    expect(await settled()).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 });
  });
});
