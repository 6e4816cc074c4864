import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { findRefusal, toApprovedRun } from '../../src/domain/approval.ts';
import type { Digest, ObjectId } from '../../src/domain/ids.ts';
import { toDigest } from '../../src/domain/proposal.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { applyEntry, foldRun, follows, mayHaveFault, type Run } from '../../src/domain/run.ts';
import {
  approver,
  bystander,
  proposer,
  sampleCourse,
  sampleProposal,
  sampleProposed,
  sampleRule,
  sampleRun,
  sha256,
  startOfTime,
} from '../support/proposal.ts';

const ended: RunEvent = { type: 'ended', ending: 'completed', verdict: 'held', why: 'because' };

describe('a run', () => {
  test('goes from proposal to end by its events alone', () => {
    const run = sampleRun([...sampleCourse(), ended]);
    expect(run.phase).toBe('ended');
    expect(run.end).toMatchObject({ ending: 'completed', verdict: 'held' });
    expect(run.approvals[0]?.by).toEqual(approver);
  });

  test('takes no step twice, out of order or after its end', () => {
    const run = sampleRun([...sampleCourse(), ended]);
    const entry = { runId: run.id, sequence: run.version + 1, at: startOfTime, event: ended };
    expect(() => applyEntry(run, entry)).toThrow('cannot follow');
    expect(() => applyEntry(sampleRun(), { ...entry, sequence: 7 })).toThrow('does not follow');
    expect(() => foldRun([])).toThrow('begins with the proposal');
  });

  test.each([
    ['when they happened', -3_000, -3_000],
    ['when they were written, in journals without their times', undefined, 0],
    ['when they were written, by a clock that was set back since', 60_000, 0],
  ])('dates the trip of a guard and the request to end the fault by %s', (_what, ms, datedMs) => {
    const guard = { kind: 'consecutive-failures', count: 20 } as const;
    const trip = { guard, reason: '20 predictions in a row failed' };
    const course = sampleCourse();
    const upToFault = course.slice(0, course.findIndex(({ type }) => type === 'fault-active') + 1);
    const at = startOfTime + 600_000;
    const happened = ms === undefined ? undefined : at + ms;
    const events: RunEvent[] = [
      { type: 'guard-tripped', trip: happened === undefined ? trip : { ...trip, at: happened } },
      {
        type: 'cancel-requested',
        because: trip.reason,
        ...(happened === undefined ? {} : { askedAt: happened }),
      },
    ];
    const run = events.reduce<Run>(
      (before, event) =>
        applyEntry(before, { runId: before.id, sequence: before.version + 1, at, event }),
      sampleRun(upToFault),
    );
    expect([run.trip?.at, run.cancelRequestedAt]).toEqual([at + datedMs, at + datedMs]);
  });

  test('whatever the order of events, a start is asked for at most once, and only after approval and a steady baseline', () => {
    const pool = [...sampleCourse(), ended, sampleProposed(), { type: 'expired' } as const];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pool), { maxLength: 60 }), (events) => {
        let run: Run = sampleRun();
        const taken: string[] = [];
        for (const event of events.filter((candidate) => follows(run, candidate))) {
          if (!follows(run, event)) continue;
          run = applyEntry(run, {
            runId: run.id,
            sequence: run.version + 1,
            at: startOfTime,
            event,
          });
          taken.push(event.type);
        }
        const starts = taken.filter((type) => type === 'start-requested').length;
        expect(starts).toBeLessThanOrEqual(1);
        if (starts === 1) {
          const before = taken.slice(0, taken.indexOf('start-requested'));
          expect(before).toEqual(expect.arrayContaining(['approved', 'baseline-judged']));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is not started on a baseline that was not steady', () => {
    const unsteady = sampleCourse()
      .slice(0, 3)
      .map((event) => (event.type === 'baseline-judged' ? { ...event, steady: false } : event));
    expect(follows(sampleRun(unsteady), { type: 'start-requested' })).toBe(false);
  });

  test('may have a fault from the moment a start is asked for until it is confirmed gone', () => {
    const course = sampleCourse();
    const upTo = (type: RunEvent['type']) =>
      sampleRun(course.slice(0, course.findIndex((event) => event.type === type) + 1));
    expect(mayHaveFault(upTo('experiment-prepared'))).toBe(false);
    expect(mayHaveFault(upTo('start-requested'))).toBe(true);
    expect(mayHaveFault(upTo('observed'))).toBe(true);
    expect(mayHaveFault(upTo('fault-ended'))).toBe(false);
  });
});

describe('an approval', () => {
  const decision = 'approve';
  const memberOf: ObjectId[] = [];
  const { digest } = sampleProposed();
  const at = startOfTime + 1_000;

  test('is given by an approver who is not the proposer, in time, for exactly the digest', () => {
    const run = sampleRun();
    const everyone = { approvalRule: sampleRule([approver, proposer]) };
    const own = sampleRun([], everyone);
    expect(findRefusal(run, { decision, memberOf, by: approver, digest, at })).toBeUndefined();
    expect(findRefusal(run, { decision, memberOf, by: bystander, digest, at })).toBe(
      'not-approver',
    );
    expect(findRefusal(own, { decision, memberOf, by: proposer, digest: own.digest, at })).toBe(
      'self-approval',
    );
    expect(
      findRefusal(run, { decision, memberOf, by: approver, digest: 'f00' as Digest, at }),
    ).toBe('other-digest');
    expect(
      findRefusal(run, { decision, memberOf, by: approver, digest, at: run.proposal.expiresAt }),
    ).toBe('expired');
    expect(
      findRefusal(run, {
        decision,
        memberOf,
        by: { ...approver, tenantId: 'elsewhere' },
        digest,
        at,
      }),
    ).toBe('not-approver');
    expect(
      findRefusal(sampleRun(sampleCourse()), { decision, memberOf, by: approver, digest, at }),
    ).toBe('already-decided');
  });

  test('makes a run startable only for its own digest and by somebody else', () => {
    const [approval, ...rest] = sampleCourse();
    expect(toApprovedRun(sampleRun([approval!, ...rest]))).toBeDefined();
    expect(toApprovedRun(sampleRun())).toBeUndefined();
    const forged = { ...approval, digest: 'f00' } as RunEvent;
    const own = { ...approval, by: proposer } as RunEvent;
    expect(toApprovedRun(sampleRun([forged]))).toBeUndefined();
    expect(toApprovedRun(sampleRun([own]))).toBeUndefined();
  });

  test('covers every field of the proposal', () => {
    const proposal = sampleProposal();
    const before = toDigest(proposal, sha256);
    const changes = [
      { fault: { ...proposal.fault, durationMs: 61_000 } },
      { fault: { ...proposal.fault, mode: 'all' as const } },
      { guards: proposal.guards.slice(1) },
      {
        hypothesis: { ...proposal.hypothesis, tolerances: proposal.hypothesis.tolerances.slice(1) },
      },
      { cluster: { ...proposal.cluster, resourceId: `${proposal.cluster.resourceId}x` } },
      { service: { ...proposal.service, selector: { app: 'other' } } },
      { blastRadius: { ...proposal.blastRadius, pods: proposal.blastRadius.pods.slice(1) } },
      { approvalRule: sampleRule([bystander]) },
      { approvalRule: sampleRule([approver], { quorum: 2 }) },
      { proposer: bystander },
      { expiresAt: proposal.expiresAt + 1 },
    ];
    for (const change of changes)
      expect(toDigest({ ...proposal, ...change }, sha256)).not.toBe(before);
  });
});
