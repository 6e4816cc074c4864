import { describe, expect, test } from '@jest/globals';
import type { ScoringService } from '../../src/domain/catalogue.ts';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import type { PredictionMeasurement } from '../../src/domain/measurement.ts';
import type { MetricReading } from '../../src/domain/metric.ts';
import { checkHealth, type HealthDeps } from '../../src/runs/check-health.ts';
import { sampleProposal } from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

const { service, cluster, approvalRule, limits, conditions } = sampleProposal();

async function check(
  change: Partial<HealthDeps>,
  { services = [service], name }: { services?: readonly ScoringService[]; name: string },
) {
  const { faults, predictions, metrics, cluster: sight } = new Stage().deps();
  // A limit that does not run out while the checks do.
  const clock = { now: () => 0, sleep: () => new Promise<void>(() => undefined) };
  const { checks } = await checkHealth({
    catalogue: {
      clusters: [cluster],
      services,
      experiments: [],
      approvals: { rule: approvalRule, expiresAfterMs: 60_000, remindBeforeMs: 1_000 },
      limits,
      conditions,
    },
    clock,
    faults,
    predictions,
    metrics,
    cluster: sight,
    checkStore: () => Promise.resolve(),
    ...change,
  });
  return checks.find((one) => one.name === name);
}

describe('the health of a cluster', () => {
  const checkCluster = (attempt: () => Promise<readonly string[]>) =>
    check({ cluster: { ...new Stage().deps().cluster, check: attempt } }, { name: 'cluster aks' });

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

describe('the health of a scoring service', () => {
  const nothing = { sent: 0, good: 0, failures: {}, latency: null, within: [] };
  const checkScoring = (measured: Partial<PredictionMeasurement>) => {
    const probeOnce = () => Promise.resolve({ ...nothing, ...measured });
    const predictions = { ...new Stage().deps().predictions, probeOnce };
    return check({ predictions }, { name: `scoring ${service.name}` });
  };

  test.each([
    [{ sent: 1, failures: { refused: 1 } }, /^A prediction failed \(refused\)\. Check `scoring/],
    [{ unmeasured: { 'no-token': 1 } }, /: the bot had no access token\. Give the identity/],
    [{ unmeasured: { 'no-connection': 1 } }, /could not open a connection\. Check .* the name/],
    [{ unmeasured: { paused: 1 } }, /: the bot was paused\. Ask again/],
  ])('is bad where one prediction shows %j, with what to do', async (measured, detail) => {
    const told = await checkScoring(measured);
    expect(told).toMatchObject({ ok: false, detail: expect.stringMatching(detail) });
  });

  test('is good where it is good', async () => {
    expect(await checkScoring({ sent: 1, good: 1 })).toMatchObject({ ok: true });
  });
});

test('each metric is read once, and one without a value is told with the reason', async () => {
  const source = { kind: 'http', url: 'https://stats.example', path: '$.served' } as const;
  const services = [{ ...service, metrics: [{ name: 'users', everyMs: 5_000, source }] }];
  const checkMetric = (reading: MetricReading) => {
    const metrics = { ...new Stage().deps().metrics, readOnce: () => Promise.resolve(reading) };
    return check({ metrics }, { services, name: `metric users of ${service.name}` });
  };
  expect(await checkMetric({ value: 1 })).toMatchObject({ ok: true });
  expect(await checkMetric({ problem: 'it answered 503' })).toMatchObject({
    ok: false,
    detail: expect.stringMatching(
      /^It could not be read: it answered 503\. Check .* chaos\.yaml\.$/,
    ),
  });
});
