import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { isApproved, toApprovedRun, type Approval } from '../../src/domain/approval.ts';
import {
  findMissing,
  findRoles,
  joinRules,
  listApprovers,
  listGroupIds,
  type ApprovalRule,
} from '../../src/domain/approval-rule.ts';
import type { Digest, ObjectId } from '../../src/domain/ids.ts';
import type { Person } from '../../src/domain/person.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { proposer, sampleRun, startOfTime, tenantId } from '../support/proposal.ts';

const toPerson = (name: string, change: Partial<Person> = {}): Person => ({
  id: name as ObjectId,
  tenantId,
  name,
  ...change,
});
const [ann, ben, cy] = ['ann', 'ben', 'cy'].map((name) => toPerson(name)) as [
  Person,
  Person,
  Person,
];
const onCall = 'g-on-call' as ObjectId;

const rule: ApprovalRule = {
  quorum: 2,
  roles: [
    { name: 'service owner', people: [ann, ben], groups: [] },
    { name: 'on-call', people: [ben], groups: [{ id: onCall, name: 'On-call' }] },
  ],
  startWithinMs: 900_000,
};
const by = (person: Person, memberOf: ObjectId[] = []) => ({ by: person, memberOf });

describe('what a rule asks for', () => {
  test.each([
    ['nobody yet', [], { people: 2, roles: ['service owner', 'on-call'] }],
    ['one of one role', [by(ann)], { people: 1, roles: ['on-call'] }],
    ['one of both roles, but not two people', [by(ben)], { people: 1, roles: [] }],
    ['two people of one role', [by(ann), by(ann)], { people: 1, roles: ['on-call'] }],
    ['a role each', [by(ann), by(cy, [onCall])], undefined],
    ['both roles and two people', [by(ann), by(ben)], undefined],
  ])('after %s', (_what, approvals, missing) => {
    expect(findMissing(rule, approvals)).toEqual(missing);
  });

  test('is more where the cluster or the experiment asks for more', () => {
    const plain: ApprovalRule = { quorum: 1, roles: [rule.roles[0]!], startWithinMs: 60_000 };
    expect(joinRules(plain, rule)).toEqual({ ...rule, startWithinMs: 60_000 });
    expect(joinRules(rule, plain)).toEqual({ ...rule, startWithinMs: 60_000 });
  });

  test('names people once, and the groups to look up', () => {
    expect(listApprovers(rule)).toEqual([ann, ben]);
    expect(listGroupIds(rule)).toEqual([onCall]);
  });
});

describe('whether a run is approved', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const groupIds = ['g1', 'g2', 'g3'] as ObjectId[];
  const anyRule: fc.Arbitrary<ApprovalRule> = fc.record({
    quorum: fc.integer({ min: 1, max: 4 }),
    roles: fc.array(
      fc.record({
        name: fc.constantFrom('owner', 'on-call', 'change board'),
        people: fc.subarray(names).map((subset) => subset.map((name) => toPerson(name))),
        groups: fc.subarray(groupIds).map((ids) => ids.map((id) => ({ id, name: id }))),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    startWithinMs: fc.constant(900_000),
  });
  const right = sampleRun().digest;
  const anyClick = fc.record({
    name: fc.constantFrom(...names, proposer.id),
    tenant: fc.constantFrom(tenantId, tenantId, tenantId, 'elsewhere'),
    memberOf: fc.subarray(groupIds),
    isRight: fc.boolean(),
  });

  const toApprovals = (
    clicks: readonly { name: string; tenant: string; memberOf: ObjectId[]; isRight: boolean }[],
    digest: Digest,
  ): Approval[] =>
    clicks.map(({ name, tenant, memberOf, isRight }, index) => ({
      by: toPerson(name, { tenantId: tenant }),
      memberOf,
      at: startOfTime + index,
      digest: isRight ? digest : ('f00' as Digest),
      via: { kind: 'card' },
    }));

  test('follows from counting the right approvals of the right people, and from nothing else', () => {
    fc.assert(
      fc.property(anyRule, fc.array(anyClick, { maxLength: 8 }), (approvalRule, clicks) => {
        const run = sampleRun([], { approvalRule });
        const approvals = toApprovals(clicks, run.digest);
        const valid = approvals.filter(
          (one) =>
            one.digest === run.digest &&
            one.by.id !== proposer.id &&
            one.by.tenantId === tenantId &&
            findRoles(approvalRule, one).length > 0,
        );
        const people = new Set(valid.map((one) => one.by.id));
        const isEnough =
          people.size >= approvalRule.quorum &&
          approvalRule.roles.every(({ name }) =>
            valid.some((one) => findRoles(approvalRule, one).some((role) => role.name === name)),
          );
        expect(isApproved(run, approvals)).toBe(isEnough);
      }),
      { numRuns: 2_000 },
    );
  });

  test('never turns back with one approval more, and comes with the approval that completes it', () => {
    fc.assert(
      fc.property(anyRule, fc.array(anyClick, { maxLength: 6 }), (approvalRule, clicks) => {
        const proposed = sampleRun([], { approvalRule });
        const events: RunEvent[] = [];
        for (const { at: _at, ...approval } of toApprovals(clicks, proposed.digest)) {
          const before = sampleRun(events, { approvalRule });
          if (before.phase === 'approved') break;
          events.push({ type: 'approved', ...approval });
          const after = sampleRun(events, { approvalRule });
          expect(after.phase === 'approved').toBe(isApproved(after, after.approvals));
          expect(toApprovedRun(after) !== undefined).toBe(after.phase === 'approved');
        }
      }),
    );
  });

  test('is no for the digest of something else', () => {
    const run = sampleRun([], { approvalRule: { ...rule, quorum: 1 } });
    const approvals = toApprovals(
      [{ name: 'ben', tenant: tenantId, memberOf: [], isRight: true }],
      right,
    );
    expect(isApproved(run, approvals)).toBe(false);
    expect(isApproved({ ...run, digest: right }, approvals)).toBe(true);
  });
});
