import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Catalogue } from '../../src/domain/catalogue.ts';
import { toDigest, type BlastRadiusPod } from '../../src/domain/proposal.ts';
import type { ChaosError } from '../../src/domain/chaos-error.ts';
import type { DisruptionBudget } from '../../src/domain/disruption-budget.ts';
import type { Freeze } from '../../src/domain/freeze.ts';
import type { RunParameters } from '../../src/domain/command.ts';
import { foldRun, type Run } from '../../src/domain/run.ts';
import { proposeRun, type ProposeDeps } from '../../src/runs/propose-run.ts';
import {
  approver,
  origin,
  proposer,
  sampleProposal,
  sampleRule,
  sha256,
  startOfTime,
} from '../support/proposal.ts';

const sample = sampleProposal();
const catalogue: Catalogue = {
  clusters: [sample.cluster],
  services: [sample.service],
  experiments: [
    {
      name: 'pod-failure',
      title: sample.title,
      service: 'diabetes',
      fault: sample.fault,
      hypothesis: sample.hypothesis,
      guards: sample.guards,
      baselineMs: 30_000,
      recoveryLimitMs: 120_000,
    },
  ],
  approvals: { rule: sampleRule([approver]), expiresAfterMs: 1_800_000 },
  limits: { protectedNamespaces: ['kube-system'] },
};

let pods: readonly BlastRadiusPod[];
let budgets: readonly DisruptionBudget[];
let created: Run[];
let announced: Run[];
let frozen: Freeze | undefined;
beforeEach(() => {
  pods = sample.blastRadius.pods;
  budgets = [];
  created = [];
  announced = [];
  frozen = undefined;
});

function deps(withoutReadinessProbe = false): ProposeDeps {
  const unused = () => Promise.reject(new Error('not part of proposing'));
  return {
    catalogue,
    cluster: {
      readPods: () => Promise.resolve({ pods, withoutReadinessProbe, budgets }),
      watch: () => neverCalled(),
      check: unused,
    },
    runs: {
      create: (runId, event) => {
        if (created.some(({ id }) => id === runId)) return Promise.resolve(undefined);
        const run = foldRun([{ runId, sequence: 1, at: startOfTime, event }]);
        created.push(run);
        return Promise.resolve(run);
      },
      transact: unused,
      find: (runId) => Promise.resolve(created.find(({ id }) => id === runId)),
      list: unused,
      journal: unused,
      verify: unused,
    },
    announcer: {
      runChanged: (run) => void announced.push(run),
      progressed: () => undefined,
      freezeChanged: () => undefined,
    },
    freezes: {
      current: () => Promise.resolve(frozen),
      freeze: unused,
      unfreeze: unused,
    },
    clock: { now: () => startOfTime, sleep: () => Promise.resolve() },
    entropy: { randomBytes: (count) => randomBytes(count), sha256 },
  };
}

function neverCalled(): never {
  throw new Error('this should not have happened');
}

const propose = (parameters = {}, change = deps()) =>
  proposeRun(
    { experiment: 'pod-failure', parameters: { tolerances: [], ...parameters }, proposer, origin },
    change,
  );

describe('a proposal', () => {
  test('freezes the experiment, the pods that match now and their digest', async () => {
    const run = await propose();
    expect(run.proposal.blastRadius).toMatchObject({
      ready: 3,
      hit: { least: 1, most: 1 },
      warnings: [],
    });
    expect(run.digest).toBe(toDigest(run.proposal, sha256));
    expect(run.proposal.expiresAt).toBe(startOfTime + 1_800_000);
    expect(announced).toEqual([run]);
  });

  test('takes what the proposer changes', async () => {
    const { proposal } = await propose({
      durationMs: 90_000,
      mode: 'fixed',
      value: 2,
      tolerances: [{ signal: 'availability', comparison: '>=', bound: 0.99 }],
      hypothesis: 'It holds',
    });
    expect(proposal.fault).toMatchObject({ durationMs: 90_000, mode: 'fixed', value: 2 });
    expect(proposal.hypothesis.title).toBe('It holds');
    expect(
      proposal.hypothesis.tolerances.filter(({ signal }) => signal === 'availability'),
    ).toEqual([{ signal: 'availability', comparison: '>=', bound: 0.99 }]);
    expect(proposal.blastRadius.hit).toEqual({ least: 2, most: 2 });
  });

  test('warns of what an approver should know', async () => {
    pods = sample.blastRadius.pods.map((pod, index) => ({ ...pod, ready: index > 0 }));
    const { proposal } = await propose({ mode: 'all', durationMs: 15_000 }, deps(true));
    expect(proposal.blastRadius.warnings.join('\n')).toMatch(
      /readiness probe[^]*outage[^]*1 of 3 pods are not ready[^]*short/,
    );
  });

  test('warns when fewer pods match than were asked for', async () => {
    const { proposal } = await propose({ mode: 'fixed', value: 9 });
    expect(proposal.blastRadius.hit).toEqual({ least: 3, most: 3 });
    expect(proposal.blastRadius.warnings).toContain('9 pods were asked for, but only 3 match.');
  });

  test.each([
    ['an unknown experiment', { experiment: 'pod-failur' }, {}, /did you mean `run pod-failure`/i],
    ['an unknown service', {}, { service: 'cancer' }, /There are: diabetes/],
    ['a fault that is too short', {}, { durationMs: 1_000 }, /at least 10s/],
    ['a mode without its value', {}, { mode: 'fixed' }, /needs a value/],
    ['a percentage of nothing', {}, { mode: 'fixed-percent', value: 0 }, /at least 1/],
  ])('is not made of %s', async (_what, request, parameters, message) => {
    const proposed = proposeRun(
      {
        experiment: 'pod-failure',
        parameters: { tolerances: [], ...parameters } as RunParameters,
        proposer,
        origin,
        ...request,
      },
      deps(),
    );
    const error = await proposed.then(
      () => neverCalled(),
      (thrown: { message: string; suggestion: string }) => `${thrown.message} ${thrown.suggestion}`,
    );
    expect(error).toMatch(message);
    expect(created).toEqual([]);
  });

  test('asks for what the cluster and the experiment ask for beyond the rule for all', async () => {
    const [cluster] = catalogue.clusters;
    const [experiment] = catalogue.experiments;
    if (!cluster || !experiment) throw new Error('a catalogue without them');
    const stricter = {
      ...catalogue,
      clusters: [{ ...cluster, approvalRule: { ...sampleRule([]), quorum: 2, roles: [] } }],
      experiments: [{ ...experiment, approvalRule: sampleRule([approver], { startWithinMs: 1 }) }],
    };
    const { proposal } = await propose({}, { ...deps(), catalogue: stricter });
    expect(proposal.approvalRule).toEqual(sampleRule([approver], { quorum: 2, startWithinMs: 1 }));
    expect(proposal.cluster).toEqual(cluster);
  });

  test('is made once of a request that is delivered again, at once or later', async () => {
    const request = {
      experiment: 'pod-failure',
      parameters: { tolerances: [] },
      proposer,
      origin: { ...origin, requestKey: '19:chaos f:1' },
    };
    const atOnce = await Promise.all([1, 2, 3].map(() => proposeRun(request, deps())));
    const later = await proposeRun(request, deps());
    expect(new Set([...atOnce, later].map(({ id }) => id)).size).toBe(1);
    expect(created).toHaveLength(1);
    expect(announced).toHaveLength(1);
    const other = { ...origin, requestKey: '19:chaos f:2' };
    expect((await proposeRun({ ...request, origin: other }, deps())).id).not.toBe(later.id);
  });

  test('gets another id when its own is taken by another', async () => {
    const request = {
      experiment: 'pod-failure',
      parameters: { tolerances: [] },
      proposer,
      origin: { ...origin, requestKey: '19:chaos f:1' },
    };
    const first = await proposeRun(request, deps());
    created = [{ ...first, origin }];
    expect((await proposeRun(request, deps())).id).not.toBe(first.id);
  });

  test.each([
    ['all', { longestMs: 30_000 }, /30s at most, not 60s.*duration=30s or less/],
    ['the cluster', { mostPods: 1, longestMs: 60_000 }, /^$/],
    ['the experiment', { leaveReady: 3 }, /3 ready pods must be left alone, and 2 would be/],
    ['all', { namespaces: ['staging'] }, /namespace default is not among staging/],
    ['the cluster', { protectedNamespaces: ['default'] }, /namespace default is protected/],
    ['the experiment', { mostShare: 0.2 }, /20 % of the ready pods.*1 of 3 would be/],
  ] as const)('is not made against a limit of %s: %j', async (whose, limit, problem) => {
    const limits = { protectedNamespaces: [], ...limit };
    const [cluster] = catalogue.clusters;
    const [experiment] = catalogue.experiments;
    if (!cluster || !experiment) throw new Error('a catalogue without them');
    const limited: Catalogue = {
      ...catalogue,
      ...(whose === 'all' ? { limits } : {}),
      clusters: [whose === 'the cluster' ? { ...cluster, limits } : cluster],
      experiments: [whose === 'the experiment' ? { ...experiment, limits } : experiment],
    };
    const said = await propose({}, { ...deps(), catalogue: limited }).then(
      () => '',
      (thrown: ChaosError) => `${thrown.code} ${thrown.message} ${thrown.suggestion}`,
    );
    expect(said).toMatch(problem);
    if (said !== '') expect(said).toMatch(/^policy-refused/);
    expect(created).toHaveLength(said === '' ? 1 : 0);
  });

  test('is not made against a disruption budget, and says what would let it pass', async () => {
    const budget = {
      name: 'diabetes',
      disruptionsAllowed: 1,
      currentHealthy: 3,
      desiredHealthy: 2,
      expectedPods: 3,
      pods,
    };
    budgets = [budget];
    const kept = await propose();
    expect(kept.proposal.blastRadius.budgets).toEqual([budget]);
    budgets = [{ ...budget, currentHealthy: 2, disruptionsAllowed: 0 }];
    await expect(propose()).rejects.toMatchObject({
      code: 'policy-refused',
      message:
        'The policy refuses this: the disruption budget diabetes allows 0 pods to be disrupted now, and 1 may be hit.',
      suggestion: 'It would pass with 3 healthy pods; there are 2 of 3.',
    });
    expect(created).toEqual([kept]);
  });

  test('is another one for other disruption budgets: they are part of what is approved', async () => {
    const digests = [];
    for (const disruptionsAllowed of [1, 2]) {
      budgets = [
        {
          name: 'diabetes',
          disruptionsAllowed,
          currentHealthy: 3,
          desiredHealthy: 1,
          expectedPods: 3,
          pods,
        },
      ];
      const { proposal } = await propose();
      digests.push(toDigest(proposal, sha256));
    }
    expect(new Set(digests).size).toBe(2);
  });

  test('is not made when it is no time for runs, and says when it is', async () => {
    const calendar = {
      zone: 'UTC',
      closures: [{ from: '2026-11-23', to: '2026-11-24', reason: 'Change freeze' }],
    };
    await expect(
      propose({}, { ...deps(), catalogue: { ...catalogue, calendar } }),
    ).rejects.toMatchObject({
      code: 'policy-refused',
      message: 'The policy refuses this: Change freeze (2026-11-23 to 2026-11-24).',
      suggestion: 'Propose it again from 2026-11-25 00:00 UTC on.',
    });
    expect(created).toEqual([]);
  });

  test('is not made while everything is frozen', async () => {
    frozen = { at: startOfTime, by: { name: 'PagerDuty' }, reason: 'incident 4711' };
    await expect(propose()).rejects.toMatchObject({
      code: 'frozen',
      message: 'Everything is frozen by PagerDuty: incident 4711.',
    });
    expect(created).toEqual([]);
  });

  test('is not made when no pod matches', async () => {
    pods = [];
    await expect(propose()).rejects.toMatchObject({ code: 'no-pods-matched' });
  });
});
