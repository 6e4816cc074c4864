import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Catalogue } from '../../src/domain/catalogue.ts';
import { toDigest, type BlastRadiusPod } from '../../src/domain/proposal.ts';
import type { ChaosError } from '../../src/domain/chaos-error.ts';
import type { DisruptionBudget } from '../../src/domain/disruption-budget.ts';
import type { Freeze } from '../../src/domain/freeze.ts';
import type { RunParameters } from '../../src/domain/command.ts';
import { listWarnings } from '../../src/cards/describe-proposal.ts';
import { foldRun, type Run } from '../../src/domain/run.ts';
import { proposeRun, type ProposeDeps } from '../../src/runs/propose-run.ts';
import { foldCharges } from '../support/fold-charges.ts';
import {
  approver,
  origin,
  proposer,
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleRule,
  sampleRun,
  sha256,
  startOfTime,
} from '../support/proposal.ts';
import { silentAnnouncer } from '../support/silent-announcer.ts';

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
  approvals: { rule: sampleRule([approver]), expiresAfterMs: 1_800_000, remindBeforeMs: 600_000 },
  limits: { protectedNamespaces: ['kube-system'] },
  conditions: { whenBusy: 'refuse', checks: [] },
};

let pods: readonly BlastRadiusPod[];
let budgets: readonly DisruptionBudget[];
let created: Run[];
let announced: Run[];
let frozen: Freeze | undefined;
/** What is wrong outside. */
let outside: string | undefined;
/** What has ended on the cluster. */
let ended: Run[];
/** Whether Azure has the experiment; rejects or never answers where a test wants it. */
let exists: () => Promise<boolean>;
beforeEach(() => {
  pods = sample.blastRadius.pods;
  budgets = [];
  created = [];
  announced = [];
  frozen = undefined;
  outside = undefined;
  ended = [];
  exists = () => Promise.resolve(true);
});

function deps(withoutReadinessProbe = false): ProposeDeps {
  const unused = () => Promise.reject(new Error('not part of proposing'));
  return {
    catalogue,
    cluster: {
      readPods: () => Promise.resolve({ pods, withoutReadinessProbe, budgets }),
      readWantedPods: () => Promise.reject(new Error('not part of proposing')),
      readFaultRecords: () => Promise.reject(new Error('not part of proposing')),
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
      list: () => Promise.resolve(ended),
      count: unused,
      charges: (filter) => Promise.resolve(foldCharges(ended, filter)),
      journal: unused,
      verify: unused,
    },
    announcer: {
      ...silentAnnouncer,
      runChanged: (run) => void announced.push(run),
    },
    freezes: {
      current: () => Promise.resolve(frozen),
      freeze: unused,
      freezeLate: () => Promise.reject(new Error('unused')),
      unfreeze: unused,
    },
    clock: { now: () => startOfTime, sleep: () => Promise.resolve() },
    entropy: { randomBytes: (count) => randomBytes(count), sha256 },
    membership: { memberOf: unused },
    roster: { isMember: unused },
    checks: { ask: () => Promise.resolve(outside) },
    faults: { exists: () => exists() },
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
  test('remarks that Azure has no such experiment yet, so that its identity has no roles', async () => {
    exists = () => Promise.resolve(false);
    const clock = { now: () => startOfTime, sleep: () => new Promise<void>(() => undefined) };
    const { proposal } = await propose({}, { ...deps(), clock });
    expect(proposal.identityMissing).toBe(true);
    expect(listWarnings(proposal).join(' ')).toContain('experiments prepare pod-failure');
  });

  test.each<[string, () => Promise<boolean>]>([
    ['when it exists', () => Promise.resolve(true)],
    ['while Azure cannot be asked', () => Promise.reject(new Error('no answer'))],
    ['while Azure does not answer', () => new Promise(() => undefined)],
  ])('remarks nothing on the identity %s', async (_, asked) => {
    exists = asked;
    const { proposal } = await propose();
    expect(proposal).not.toHaveProperty('identityMissing');
  });

  test('remarks nothing on an identity that exists apart from the experiment', async () => {
    exists = () => Promise.resolve(false);
    const clusters = [{ ...sample.cluster, experimentIdentityId: '/subscriptions/s/identity' }];
    const changed = { ...deps(), catalogue: { ...catalogue, clusters } };
    expect((await propose({}, changed)).proposal).not.toHaveProperty('identityMissing');
  });

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

  test('states what was spent of the error budget, and is refused when too little would be left', async () => {
    const objective = { availability: 0.999, overMs: 2_592_000_000, leave: 0.5 };
    const services = [{ ...sample.service, objective }];
    const change = { ...deps(), catalogue: { ...catalogue, services } };
    const spent = (sent: number): Run => {
      const run = sampleRun(sampleCourse({ during: sampleMeasurement({ sent, good: 0 }) }));
      const end = { ending: 'completed', verdict: 'held', why: '', at: startOfTime } as const;
      return { ...run, proposal: sampleProposal({ service: services[0] }), phase: 'ended', end };
    };
    expect((await propose({}, change)).proposal.budgetSpentMs).toBe(0);
    ended = [spent(1_000)];
    expect((await propose({}, change)).proposal.budgetSpentMs).toBe(100_000);
    ended = [spent(20_000)];
    await expect(propose({}, change)).rejects.toMatchObject({
      code: 'policy-refused',
      message: expect.stringMatching(/50% of the error budget of diabetes .* must be left/),
      suggestion: expect.stringMatching(/^It would pass from 2026-12-23 09:00 UTC on/),
    });
    expect((await propose()).proposal).not.toHaveProperty('budgetSpentMs');
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

  test('takes a baseline of another length, within bounds', async () => {
    expect((await propose({ baselineMs: 120_000 })).proposal.baselineMs).toBe(120_000);
    expect((await propose()).proposal.baselineMs).toBe(sample.baselineMs);
    await expect(propose({ baselineMs: 7_200_000 })).rejects.toMatchObject({
      code: 'parameter-invalid',
      message: "A baseline of 2h can't be measured: it must last 5s to 1h.",
    });
  });

  test('warns of what an approver should know', async () => {
    pods = sample.blastRadius.pods.map((pod, index) => ({ ...pod, ready: index > 0 }));
    const { proposal } = await propose({ mode: 'all', durationMs: 15_000 }, deps(true));
    expect(proposal.blastRadius.warnings.join('\n')).toMatch(
      /readiness probe[^]*outage[^]*1 of 3 pods are not ready/,
    );
  });

  test('warns when fewer pods match than were asked for', async () => {
    const { proposal } = await propose({ mode: 'fixed', value: 9 });
    expect(proposal.blastRadius.hit).toEqual({ least: 3, most: 3 });
    expect(proposal.blastRadius.warnings).toContain('9 pods were asked for, but only 3 match.');
  });

  test.each([
    ['an unknown experiment', { experiment: 'pod-failur' }, {}, /did you mean `run pod-failure`/i],
    ['an unknown service', {}, { service: 'cancer' }, /Services: diabetes/],
    ['a fault that is too short', {}, { durationMs: 1_000 }, /at least 10s/],
    ['a mode without its value', {}, { mode: 'fixed' }, /needs a value/],
    ['a percentage of nothing', {}, { mode: 'fixed-percent', value: 0 }, /at least 1/],
    [
      'a percentage as a number of pods',
      {},
      { mode: 'fixed', value: 50, valueUnit: 'percent' },
      /`mode=fixed value=5` or `mode=fixed-percent value=50%`/,
    ],
    [
      "a value that the template's mode has no use for",
      {},
      { value: 50, valueUnit: 'percent' },
      /mode=one takes no value \(the mode of pod-failure in chaos.yaml\).*`mode=fixed value=5`/,
    ],
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

  test('finds the experiment in any case', async () => {
    const upper = catalogue.experiments.map((one) => ({ ...one, name: 'Pod-Failure' }));
    const named = { ...deps(), catalogue: { ...catalogue, experiments: upper } };
    const request = { parameters: { tolerances: [] }, proposer, origin };
    for (const experiment of ['Pod-Failure', 'pod-failure', 'POD-FAILURE'])
      expect(await proposeRun({ ...request, experiment }, named)).toMatchObject({
        proposal: { experiment: 'Pod-Failure' },
      });
  });

  test.each([
    [{ timeoutMs: 10_000 }, /guard lostSight must be at least 11s/],
    [{ timeoutMs: 60_000 }, /guard availabilityFloor looks over 10s, but the timeout of .* is 60s/],
    [{ ratePerSecond: 0.1 }, /guard (lostSight|availabilityFloor)/],
  ])('is not made against a target that its guards cannot watch: %j', async (pace, message) => {
    const { scoring } = sample.service;
    const slow = { ...sample.service, name: 'slow', scoring: { ...scoring, ...pace } };
    const services = [sample.service, slow];
    const change = { ...deps(), catalogue: { ...catalogue, services } };
    await expect(propose({ service: 'slow' }, change)).rejects.toMatchObject({
      code: 'parameter-invalid',
      message: expect.stringMatching(message),
    });
    expect(await propose({ service: 'diabetes' }, change)).toBeDefined();
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
    ['the experiment', { leaveReady: 3 }, /3 ready pods must remain, and 2 would/],
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

describe('the policy', () => {
  const strict: Catalogue = {
    ...catalogue,
    calendar: {
      zone: 'UTC',
      closures: [{ from: '2026-11-23', to: '2026-11-23', reason: 'Change freeze' }],
    },
    conditions: {
      whenBusy: 'queue',
      coolDownMs: 3_600_000,
      checks: [{ name: 'no open incident', url: 'https://status.example', status: 200 }],
    },
    breakGlass: sampleRule([approver], { quorum: 2 }),
  };
  const open = { ...strict, calendar: { zone: 'UTC', closures: [] } };
  const refusal = (change: Catalogue, parameters = {}) =>
    propose(parameters, { ...deps(), catalogue: change }).then(
      () => neverCalled(),
      ({ code, message, suggestion }: ChaosError) => `${code}: ${message} ${suggestion}`,
    );

  test('refuses what its conditions refuse, and says which and until when', async () => {
    outside = 'open is 2';
    expect(await refusal(open)).toBe(
      'policy-refused: The policy refuses this: pre-check "no open incident" failed: open is 2. Propose it when that is over.',
    );
    outside = undefined;
    const at = startOfTime - 1_800_000;
    const end = { ending: 'completed', verdict: 'deviated', why: '', at } as const;
    ended = [{ ...sampleRun(), phase: 'ended', end }];
    expect(await refusal(open)).toMatch(
      /aks is cooling down for .* after run r-.*propose this in 30m/,
    );
    expect(created).toEqual([]);
  });

  test('makes its conditions part of what is approved', async () => {
    const { proposal } = await propose({}, { ...deps(), catalogue: open });
    expect(proposal.conditions).toEqual(open.conditions);
  });

  test('gives way to break-glass, for approvals of a rule of its own, and never to more than that', async () => {
    outside = 'open is 2';
    const { proposal } = await propose(
      { breakGlass: 'Verifying a fix' },
      { ...deps(), catalogue: strict },
    );
    expect(proposal).toMatchObject({
      breakGlass: 'Verifying a fix',
      approvalRule: strict.breakGlass,
      conditions: { whenBusy: 'queue', checks: [] },
      limits: strict.limits,
    });
    expect(proposal.calendar).toBeUndefined();
    const longest = { ...strict, limits: { ...strict.limits, longestMs: 10_000 } };
    expect(await refusal(longest, { breakGlass: 'Verifying a fix' })).toMatch(/policy-refused/);
    frozen = { at: startOfTime, by: { name: 'PagerDuty' } };
    expect(await refusal(strict, { breakGlass: 'Verifying a fix' })).toMatch(/frozen/);
  });

  test('knows no break-glass unless it is set up', async () => {
    const { breakGlass: _none, ...without } = strict;
    expect(await refusal(without, { breakGlass: 'I want to' })).toMatch(/no break-glass here/);
  });
});
