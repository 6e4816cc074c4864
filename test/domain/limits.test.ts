import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { findGrowth, toBlastRadius } from '../../src/domain/blast-radius.ts';
import { findOverspent, type DisruptionBudget } from '../../src/domain/disruption-budget.ts';
import { faultModes, type PodFault } from '../../src/domain/fault.ts';
import { findBreach, joinLimits, type Limits } from '../../src/domain/limits.ts';
import { sampleProposal } from '../support/proposal.ts';

const { service } = sampleProposal();
const toPods = (readiness: readonly boolean[]) =>
  readiness.map((ready, index) => ({
    name: `pod-${index}`,
    uid: `${index}`,
    node: 'node',
    ready,
    imageIds: [],
  }));

const fault: fc.Arbitrary<PodFault> = fc.record({
  action: fc.constant('pod-kill' as const),
  mode: fc.constantFrom(...faultModes),
  value: fc.integer({ min: 1, max: 100 }),
  durationMs: fc.integer({ min: 10_000, max: 7_200_000 }),
});
const limits: fc.Arbitrary<Limits> = fc.record(
  {
    longestMs: fc.integer({ min: 10_000, max: 7_200_000 }),
    mostPods: fc.integer({ min: 1, max: 12 }),
    mostShare: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
    leaveReady: fc.integer({ min: 0, max: 5 }),
    namespaces: fc.subarray(['default', 'staging'], { minLength: 1 }),
    protectedNamespaces: fc.subarray(['default', 'kube-system']),
  },
  { requiredKeys: ['protectedNamespaces'] },
);
const readiness = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 });

/** Of up to three budgets, how many disruptions each allows and which pods it covers. */
const coverage = fc.array(
  fc.record({ allowed: fc.nat({ max: 4 }), covers: fc.array(fc.boolean(), { maxLength: 12 }) }),
  { maxLength: 3 },
);
type Coverage = typeof coverage extends fc.Arbitrary<infer Value> ? Value : never;

const toBudgets = (given: Coverage, pods: ReturnType<typeof toPods>): DisruptionBudget[] =>
  given.map(({ allowed, covers }, index) => ({
    name: `budget-${index}`,
    disruptionsAllowed: allowed,
    currentHealthy: allowed + 1,
    desiredHealthy: 1,
    expectedPods: allowed + 1,
    pods: pods.filter((_pod, at) => covers[at]).map(({ name, uid }) => ({ name, uid })),
  }));

const plan = (given: PodFault, ready: readonly boolean[], covered: Coverage = []) => {
  try {
    const pods = toPods(ready);
    const budgets = toBudgets(covered, pods);
    const matched = { pods, withoutReadinessProbe: false, budgets };
    const blastRadius = toBlastRadius(matched, { fault: given, service, readAt: 0 });
    return { fault: given, service, blastRadius };
  } catch {
    return undefined;
  }
};

describe('limits', () => {
  const onePod = { mode: 'one', action: 'pod-kill', durationMs: 60_000 } as const;
  const inNamespace = (namespace: string) => {
    const planned = plan(onePod, [true, true]);
    if (!planned) throw new Error('one pod of two can be planned');
    return { ...planned, service: { ...service, namespace } };
  };

  test.each([
    ['prod-*', 'prod-eu', true],
    ['prod-*', 'preprod', false],
    ['*-system', 'istio-system', true],
    ['monitoring', 'monitoring', true],
  ])('protect by %s the namespace %s: %s', (pattern, namespace, isProtected) => {
    const rules: Limits = { protectedNamespaces: [pattern] };
    const breach = findBreach(rules, inNamespace(namespace));
    expect(breach?.rule).toBe(isProtected ? `the namespace ${namespace} is protected` : undefined);
  });

  test('let through the namespaces that match the patterns of all, and of the cluster', () => {
    const all: Limits = { namespaces: ['team-*', 'models'], protectedNamespaces: [] };
    const cluster: Limits = { namespaces: ['*-test'], protectedNamespaces: [] };
    const rules = joinLimits(all, cluster);
    expect(findBreach(rules, inNamespace('team-a-test'))).toBeUndefined();
    expect(findBreach(rules, inNamespace('team-a'))?.rule).toBe(
      'the namespace team-a is not among team-* and *-test',
    );
    expect(findBreach(rules, inNamespace('models'))).toBeDefined();
  });

  test('let through only what keeps each of them', () => {
    fc.assert(
      fc.property(limits, fault, readiness, (given, planned, ready) => {
        const planning = plan(planned, ready);
        if (!planning || findBreach(given, planning)) return;
        const { hit, ready: count } = planning.blastRadius;
        expect(planned.durationMs).toBeLessThanOrEqual(given.longestMs ?? Infinity);
        expect(hit.most).toBeLessThanOrEqual(given.mostPods ?? Infinity);
        expect(hit.most).toBeLessThanOrEqual(
          given.mostShare === undefined ? Infinity : count * given.mostShare,
        );
        expect(Math.max(0, count - hit.most)).toBeGreaterThanOrEqual(given.leaveReady ?? 0);
        expect(given.namespaces ?? ['default']).toContain('default');
        expect(given.protectedNamespaces).not.toContain('default');
      }),
      { numRuns: 2_000 },
    );
  });

  test('of two that apply are kept both, in either order', () => {
    fc.assert(
      fc.property(limits, limits, fault, readiness, (one, other, planned, ready) => {
        const planning = plan(planned, ready);
        if (!planning) return;
        const either = findBreach(one, planning) ?? findBreach(other, planning);
        expect(findBreach(joinLimits(one, other), planning) === undefined).toBe(!either);
        expect(findBreach(joinLimits(other, one), planning) === undefined).toBe(!either);
      }),
      { numRuns: 2_000 },
    );
  });

  test('that leave no pod alone allow an outage, also where pods are not ready before', () => {
    const planning = plan({ action: 'pod-kill', mode: 'one', durationMs: 10_000 }, [false]);
    expect(
      planning && findBreach({ leaveReady: 0, protectedNamespaces: [] }, planning),
    ).toBeUndefined();
    expect(planning && findBreach({ leaveReady: 1, protectedNamespaces: [] }, planning)?.rule).toBe(
      '1 ready pod must remain, and 0 would',
    );
  });
});

describe('disruption budgets', () => {
  test('are kept by whatever is let through, whichever of the pods are hit', () => {
    fc.assert(
      fc.property(fault, readiness, coverage, fc.infiniteStream(fc.nat()), (...given) => {
        const [planned, ready, covered, random] = given;
        const planning = plan(planned, ready, covered);
        if (!planning || findBreach({ protectedNamespaces: [] }, planning)) return;
        const { pods, hit, budgets = [] } = planning.blastRadius;
        const shuffled = pods
          .map(({ uid }) => ({ uid, rank: random.next().value ?? 0 }))
          .toSorted((left, right) => left.rank - right.rank);
        const chosen = new Set(shuffled.slice(0, hit.most).map(({ uid }) => uid));
        for (const budget of budgets) {
          const lost = budget.pods.filter(({ uid }) => chosen.has(uid)).length;
          expect(lost).toBeLessThanOrEqual(budget.disruptionsAllowed);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('refuse nothing that no choice of pods could overspend', () => {
    fc.assert(
      fc.property(fault, readiness, coverage, (planned, ready, covered) => {
        const planning = plan(planned, ready, covered);
        if (!planning) return;
        const { hit, budgets = [] } = planning.blastRadius;
        const spared = budgets.every(
          ({ pods, disruptionsAllowed: allowed }) => Math.min(hit.most, pods.length) <= allowed,
        );
        expect(findOverspent(planning.blastRadius) === undefined).toBe(spared);
      }),
      { numRuns: 2_000 },
    );
  });

  const budget = {
    name: 'diabetes',
    disruptionsAllowed: 0,
    currentHealthy: 2,
    desiredHealthy: 2,
    expectedPods: 3,
    pods: toPods([true, true, false]),
  };
  test.each([
    [
      'wait, where enough pods should come back',
      budget,
      1,
      'the disruption budget diabetes allows 0 pods to be disrupted now, and 1 may be hit',
      'It would pass with 3 healthy pods; there are 2 of 3.',
    ],
    [
      'ask for fewer, where some may be disrupted',
      { ...budget, disruptionsAllowed: 1, currentHealthy: 3 },
      2,
      'the disruption budget diabetes allows 1 pod to be disrupted now, and 2 may be hit',
      'Ask for mode=one. It must keep 2 of 3 pods: scale the service up, or let the budget spare more.',
    ],
    [
      'change the service or the budget, where it never allows any',
      { ...budget, currentHealthy: 3, desiredHealthy: 3 },
      1,
      'the disruption budget diabetes allows 0 pods to be disrupted now, and 1 may be hit',
      'It must keep 3 of 3 pods: scale the service up, or let the budget spare more.',
    ],
  ])('say to %s', (_what, given, most, ...said) => {
    const { rule, suggestion } = findOverspent({ hit: { most }, budgets: [given] }) ?? {};
    expect([rule, suggestion]).toEqual(said);
  });
});

describe('a percentage', () => {
  const share = (mode: 'fixed-percent' | 'random-max-percent', value: number): PodFault => ({
    action: 'pod-kill',
    mode,
    value,
    durationMs: 60_000,
  });
  const read = (given: PodFault, ready: readonly boolean[]) =>
    toBlastRadius(
      { pods: toPods(ready), withoutReadinessProbe: false, budgets: [] },
      { fault: given, service, readAt: 0 },
    );

  test.each(['fixed-percent', 'random-max-percent'] as const)(
    'never hits fewer pods at most than it is of them, and says when it is none whole, or all: %s',
    (mode) => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 100 }),
          fc.integer({ min: 1, max: 50 }),
          (value, n) => {
            const { hit, warnings } = read(share(mode, value), Array<boolean>(n).fill(true));
            expect(hit.most).toBeGreaterThanOrEqual((n * value) / 100);
            expect(hit.most).toBeLessThan((n * value) / 100 + 1);
            const said = warnings.join(' ');
            expect(said.includes('all of them')).toBe(hit.most === n);
            expect(said.includes('less than one pod')).toBe(hit.most < n && n * value < 100);
          },
        ),
      );
    },
  );

  test('is told as what it has become', () => {
    const outage = 'Every ready pod may be hit: expect an outage.';
    const warn = (value: number, pods: number) =>
      read(share('fixed-percent', value), Array<boolean>(pods).fill(true)).warnings;
    expect(warn(100, 2)).toEqual([outage, '100% of the pods is all of them.']);
    expect(warn(67, 3)).toEqual([outage, '67% of 3 pods rounds up to all of them.']);
    expect(warn(5, 3)).toEqual(['5% of 3 pods is less than one pod and rounds up to 1.']);
    expect(warn(50, 2)).toEqual([]);
    expect(read(share('random-max-percent', 50), [true, true]).warnings).toEqual([
      'How many are hit is drawn at random: it may be no pod at all.',
    ]);
  });
});

describe('what has grown since the approval', () => {
  test('is never nothing when more pods are hit or fewer are left', () => {
    fc.assert(
      fc.property(fault, readiness, readiness, (planned, before, after) => {
        const [approved, now] = [plan(planned, before), plan(planned, after)];
        if (!approved || !now) return;
        const growth = findGrowth(approved.blastRadius, now.blastRadius);
        const left = ({ ready, hit }: typeof now.blastRadius) => Math.max(0, ready - hit.most);
        const isWorse =
          now.blastRadius.hit.most > approved.blastRadius.hit.most ||
          left(now.blastRadius) < left(approved.blastRadius);
        expect(growth !== undefined).toBe(isWorse);
      }),
    );
  });
});
