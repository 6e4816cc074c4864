import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findAhead, findCoolDown, joinConditions } from '../../src/domain/conditions.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import {
  approver,
  sampleProposal,
  sampleProposed,
  sampleRun,
  startOfTime,
} from '../support/proposal.ts';

const none = { whenBusy: 'refuse', checks: [] } as const;
const check = { name: 'no incident', url: 'https://status.example/', status: 200 };

test('conditions add up: every check, the longer cool-down, what the last says of a busy cluster', () => {
  const joined = joinConditions(
    { ...none, coolDownMs: 60_000, checks: [check] },
    { whenBusy: 'queue', coolDownMs: 30_000, checks: [{ ...check, name: 'other' }] },
  );
  expect(joined).toEqual({
    whenBusy: 'queue',
    coolDownMs: 60_000,
    checks: [check, { ...check, name: 'other' }],
  });
  expect(joinConditions(none, {})).toEqual(none);
});

describe('a cool-down', () => {
  const hour = 3_600_000;
  const endedAt = startOfTime + 1_000;
  const ended = (change: Partial<NonNullable<Run['end']>>): Run => ({
    ...sampleRun(),
    phase: 'ended',
    end: { ending: 'completed', verdict: 'deviated', why: '', at: endedAt, ...change },
  });
  const find = (run: Run, now: number, cluster = 'aks') =>
    findCoolDown({ ...none, coolDownMs: hour }, { ended: [run], cluster, now });

  test('holds for its time after a run that deviated or was aborted, on its cluster', () => {
    const unmet = find(ended({}), endedAt + hour - 60_000);
    expect(unmet?.rule).toBe('aks is cooling down for 1h after run r-7k2mq4');
    expect(unmet?.suggestion).toContain('propose this in 60s');
    expect(find(ended({ ending: 'aborted', verdict: 'void' }), endedAt)).toBeDefined();
    expect(find(ended({}), endedAt + hour)).toBeUndefined();
    expect(find(ended({}), endedAt, 'other')).toBeUndefined();
    expect(find(ended({ verdict: 'held' }), endedAt)).toBeUndefined();
  });

  test('is none where none is set', () => {
    expect(
      findCoolDown(none, { ended: [ended({})], cluster: 'aks', now: endedAt }),
    ).toBeUndefined();
  });
});

test('of those that wait for a cluster exactly one is the next, whatever the order they are looked at in', () => {
  const waiting = (index: number, cluster: string, at: number): Run => ({
    ...sampleRun([], { cluster: { ...sampleProposal().cluster, name: cluster } }),
    id: `r-${index}` as RunId,
    phase: 'approved',
    approvals: [
      { by: approver, memberOf: [], digest: sampleProposed().digest, via: { kind: 'card' }, at },
    ],
  });
  const runs = fc
    .array(fc.tuple(fc.constantFrom('one', 'two'), fc.nat(3)), { minLength: 1, maxLength: 8 })
    .map((all) => all.map(([cluster, at], index) => waiting(index, cluster, at)));
  fc.assert(
    fc.property(runs, (all) => {
      for (const cluster of new Set(all.map(({ proposal }) => proposal.cluster.name))) {
        const next = all.filter(
          (run) => run.proposal.cluster.name === cluster && !findAhead(run, all),
        );
        expect(next).toHaveLength(1);
        expect(findAhead(next[0]!, all.toReversed())).toBeUndefined();
        const going = { ...waiting(99, cluster, 9), phase: 'observe' as const };
        expect(findAhead(next[0]!, [...all, going])).toBe(going.id);
      }
    }),
  );
});
