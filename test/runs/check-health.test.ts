import { describe, expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import { checkHealth } from '../../src/runs/check-health.ts';
import { sampleProposal } from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

const { service, cluster, approvalRule, limits, conditions } = sampleProposal();

async function checkCluster(check: () => Promise<readonly string[]>) {
  const { faults, predictions, cluster: sight } = new Stage().deps();
  // A limit that does not run out while the checks do.
  const clock = { now: () => 0, sleep: () => new Promise<void>(() => undefined) };
  const { checks } = await checkHealth({
    catalogue: {
      clusters: [cluster],
      services: [service],
      experiments: [],
      approvals: { rule: approvalRule, expiresAfterMs: 60_000, remindBeforeMs: 1_000 },
      limits,
      conditions,
    },
    clock,
    faults,
    predictions,
    cluster: { ...sight, check },
    checkStore: () => Promise.resolve(),
  });
  return checks.find(({ name }) => name === 'cluster aks');
}

describe('the health of a cluster', () => {
  test('is good with a remark where only something is missing that runs do without', async () => {
    expect(await checkCluster(() => Promise.resolve([]))).toMatchObject({
      ok: true,
      detail: 'answered in 0 ms',
    });
    expect(
      await checkCluster(() => Promise.resolve(['Nodes are not seen.', 'Nor is rotation.'])),
    ).toMatchObject({
      ok: true,
      detail: 'answered in 0 ms. Nodes are not seen. Nor is rotation.',
    });
  });

  test('is bad where pods cannot be read, with what to do', async () => {
    const forbidden = new ChaosError('cluster-forbidden', 'The bot may not read pods there.', {
      suggestion: 'Give its account list.',
    });
    expect(await checkCluster(() => Promise.reject(forbidden))).toMatchObject({
      ok: false,
      detail: 'The bot may not read pods there. Give its account list.',
    });
  });
});
