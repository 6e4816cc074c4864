import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { findGrowth, toBlastRadius } from '../../src/domain/blast-radius.ts';
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

const plan = (given: PodFault, ready: readonly boolean[]) => {
  try {
    const matched = { pods: toPods(ready), withoutReadinessProbe: false };
    const blastRadius = toBlastRadius(matched, { fault: given, service, readAt: 0 });
    return { fault: given, service, blastRadius };
  } catch {
    return undefined;
  }
};

describe('limits', () => {
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
        expect(count - hit.most).toBeGreaterThanOrEqual(given.leaveReady ?? -Infinity);
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
