import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { ObjectId, RunId } from '../../src/domain/ids.ts';
import type { Person } from '../../src/domain/person.ts';
import type { Origin } from '../../src/domain/run-event.ts';
import type { Run } from '../../src/domain/run.ts';
import { ActiveRuns } from '../../src/runs/active-runs.ts';
import { decideApproval } from '../../src/runs/decide-approval.ts';
import { expireProposals } from '../../src/runs/expire-proposals.ts';
import { isItsTurn } from '../../src/runs/take-turns.ts';
import { stopRun } from '../../src/runs/stop/stop-run.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { openToAll } from '../support/open-to-all.ts';
import { embeddedDatabase } from '../support/databases.ts';
import {
  approver,
  bystander,
  proposer,
  sampleProposal,
  sampleProposed,
  sampleRule,
  sha256,
  startOfTime,
} from '../support/proposal.ts';
import { silentAnnouncer } from '../support/silent-announcer.ts';

const database = embeddedDatabase();
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const via = { kind: 'card' } as const;

let store: Store;
let now: number;
let announced: string[];
let count = 0;
/** Who is in which groups; undefined when the directory does not answer. */
let members: Map<ObjectId, ObjectId[]> | undefined;
/** Who is in the channel; undefined when Teams does not answer. */
let inChannel: Set<ObjectId> | undefined;
/** What is wrong outside. */
let outside: string | undefined;

beforeAll(async () => {
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  now = startOfTime;
  store = await openStore({ ...(await database.start()), clock, sha256, log });
});
afterAll(async () => {
  await store.close();
  await database.stop();
});
beforeEach(() => {
  now = startOfTime;
  announced = [];
  members = new Map();
  inChannel = new Set();
  outside = undefined;
});

const unknownMembership = () =>
  Promise.reject(
    new ChaosError('membership-unknown', 'Nobody could say.', { suggestion: 'Try again.' }),
  );

const deps = () => ({
  ...openToAll,
  runs: store.runs,
  announcer: {
    ...silentAnnouncer,
    runChanged: (run: Run) => void announced.push(`${run.id} ${run.phase}`),
  },
  clock: { now: () => now, sleep: () => Promise.resolve() },
  active: new ActiveRuns(),
  membership: {
    memberOf: ({ id }: Person) =>
      members ? Promise.resolve(members.get(id) ?? []) : unknownMembership(),
  },
  roster: {
    isMember: (_origin: Origin, { id }: Person) =>
      inChannel ? Promise.resolve(inChannel.has(id)) : unknownMembership(),
  },
  checks: { ask: () => Promise.resolve(outside) },
  faults: {
    cancel: () => Promise.reject(new Error('There is no fault.')),
    cancelAll: () => Promise.resolve({ cancelled: [], leftAlone: 0 }),
  } as never,
  log,
});

const people = Array.from({ length: 6 }, (_, index) => ({
  ...approver,
  id: `44444444-0000-4000-8000-00000000000${index}` as ObjectId,
  name: `Approver ${index}`,
}));
const onCall = '99999999-0000-4000-8000-000000000001' as ObjectId;

/** A proposal on a cluster of its own, so that tests do not get in each other's way. */
async function propose(clusterName?: string, more: Partial<Proposal> = {}): Promise<Run> {
  count += 1;
  const id = `r-${String(count).padStart(6, '0')}` as RunId;
  const name = clusterName ?? `aks-${count}`;
  const cluster = { ...sampleProposal().cluster, name };
  const run = await store.runs.create(id, sampleProposed({ cluster, ...more }));
  if (!run) throw new Error('the id was taken');
  return run;
}

const decide = (run: Run, decision: 'approve' | 'reject', by: Person = approver) =>
  decideApproval({ runId: run.id, digest: run.digest, decision, by, via }, deps());

const typesOf = async (run: Run) =>
  (await store.runs.journal(run.id)).map(({ event }) => event.type);

describe('a decision', () => {
  test('is an approval, a rejection, or an explanation', async () => {
    const approved = await propose();
    expect((await decide(approved, 'approve', proposer)).refusal).toBe('self-approval');
    expect((await decide(approved, 'reject', bystander)).refusal).toBe('not-approver');
    expect((await decide(approved, 'approve')).run.phase).toBe('approved');
    expect((await decide(approved, 'reject')).refusal).toBe('already-decided');
    const rejected = await propose();
    expect((await decide(rejected, 'reject')).run.end?.ending).toBe('rejected');
    expect((await decide(rejected, 'approve')).refusal).toBe('already-decided');
    expect(await typesOf(rejected)).toEqual(['proposed', 'rejected', 'ended']);
  });

  test('is no approval when too little of the error budget would be left, and says why', async () => {
    const objective = { availability: 0.999, overMs: 2_592_000_000, leave: 0.99 };
    const run = await propose(undefined, { service: { ...sampleProposal().service, objective } });
    expect((await decide(run, 'approve', bystander)).refusal).toBe('not-approver');
    await expect(decide(run, 'approve')).rejects.toMatchObject({
      code: 'policy-refused',
      message: expect.stringMatching(/99% of the error budget of diabetes/),
    });
    expect(await typesOf(run)).toEqual(['proposed']);
    expect((await decide(run, 'reject')).run.end?.ending).toBe('rejected');
  });

  test.each([1, 2, 3, 4, 5])('is made once, of twenty clicks at once (%i)', async () => {
    const run = await propose();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => decide(run, index % 2 === 0 ? 'approve' : 'reject')),
    );
    expect(outcomes.filter(({ refusal }) => refusal === undefined)).toHaveLength(1);
    const types = await typesOf(run);
    expect(types.filter((type) => type === 'approved' || type === 'rejected')).toHaveLength(1);
  });

  test('of a quorum is complete with the last one that is needed, and makes one job', async () => {
    for (let round = 0; round < 5; round += 1) {
      const run = await propose(undefined, { approvalRule: sampleRule(people, { quorum: 3 }) });
      const outcomes = await Promise.all(
        [...people, ...people].map((person) => decide(run, 'approve', person)),
      );
      const after = await store.runs.find(run.id);
      expect(after?.phase).toBe('approved');
      expect(after?.approvals).toHaveLength(3);
      expect(outcomes.filter(({ refusal }) => refusal === undefined)).toHaveLength(3);
      expect(await typesOf(run)).toEqual(['proposed', 'approved', 'approved', 'approved']);
      expect(announced.filter((said) => said === `${run.id} approved`)).toHaveLength(1);
    }
  });

  test('of the same person counts once', async () => {
    const run = await propose(undefined, { approvalRule: sampleRule(people, { quorum: 2 }) });
    expect((await decide(run, 'approve', people[0])).run.phase).toBe('proposed');
    expect((await decide(run, 'approve', people[0])).refusal).toBe('already-approved');
    expect((await decide(run, 'reject', people[0])).run.end?.ending).toBe('rejected');
  });

  test('needs each role, by name or by group as the directory says at the click', async () => {
    const [owner, other] = people;
    if (!owner || !other) throw new Error('two people');
    const approvalRule = {
      quorum: 1,
      roles: [
        { name: 'service owner', people: [owner], groups: [] },
        { name: 'on-call', people: [], groups: [{ id: onCall, name: 'On-call' }] },
      ],
      startWithinMs: 900_000,
    };
    const run = await propose(undefined, { approvalRule });
    expect((await decide(run, 'approve', other)).refusal).toBe('not-approver');
    expect((await decide(run, 'approve', owner)).run.phase).toBe('proposed');
    members = new Map([[other.id, [onCall]]]);
    expect((await decide(run, 'approve', other)).run.phase).toBe('approved');
    const last = (await store.runs.journal(run.id)).at(-1)?.event;
    expect(last).toMatchObject({ type: 'approved', memberOf: [onCall] });
  });

  test('is none when the directory cannot say who somebody is', async () => {
    const approvalRule = sampleRule(people);
    const groups = [{ id: onCall, name: 'On-call' }];
    const role = { name: 'on-call', people: [approver], groups };
    const run = await propose(undefined, { approvalRule: { ...approvalRule, roles: [role] } });
    members = undefined;
    await expect(decide(run, 'approve')).rejects.toMatchObject({ code: 'membership-unknown' });
    expect(await typesOf(run)).toEqual(['proposed']);
  });

  test('is for members of the channel where they may approve, as Teams says at the click', async () => {
    const role = { name: 'team', people: [], groups: [], channelMembers: true as const };
    const run = await propose(undefined, { approvalRule: { ...sampleRule([]), roles: [role] } });
    expect((await decide(run, 'approve', bystander)).refusal).toBe('not-approver');
    inChannel = undefined;
    await expect(decide(run, 'approve')).rejects.toMatchObject({ code: 'membership-unknown' });
    inChannel = new Set([approver.id, proposer.id]);
    expect((await decide(run, 'approve', proposer)).refusal).toBe('self-approval');
    expect((await decide(run, 'approve')).run.phase).toBe('approved');
    const last = (await store.runs.journal(run.id)).at(-1)?.event;
    expect(last).toMatchObject({ type: 'approved', inChannel: true });
  });

  test('is no approval outside of the hours, and a rejection all the same', async () => {
    const closures = [{ from: '2026-11-23', to: '2026-11-23', reason: 'Change freeze' }];
    const run = await propose(undefined, { calendar: { zone: 'UTC', closures } });
    expect((await decide(run, 'approve')).refusal).toBe('closed');
    expect((await decide(run, 'reject')).run.end?.ending).toBe('rejected');
  });

  test('comes too late after the expiry, which it then records', async () => {
    const run = await propose();
    now = run.proposal.expiresAt;
    const { refusal, run: after } = await decide(run, 'approve');
    expect(refusal).toBe('expired');
    expect(after.end?.ending).toBe('expired');
    expect(await typesOf(run)).toEqual(['proposed', 'expired', 'ended']);
  });

  test('lets one run at a time have a cluster, and a rejection always', async () => {
    const [first, second, third] = await Promise.all(
      ['shared', 'shared', 'shared'].map((name) => propose(name)),
    );
    if (!first || !second || !third) throw new Error('three were proposed');
    expect((await decide(first, 'approve')).refusal).toBeUndefined();
    expect((await decide(second, 'approve')).refusal).toBe('run-active');
    expect((await decide(third, 'reject')).refusal).toBeUndefined();
  });

  test('waits where the policy lets it, and its turn comes in the order of approvals', async () => {
    const conditions = { whenBusy: 'queue', checks: [] } as const;
    const [first, second, third] = await Promise.all(
      ['line', 'line', 'line'].map((name) => propose(name, { conditions })),
    );
    if (!first || !second || !third) throw new Error('three were proposed');
    for (const run of [first, third, second]) {
      now += 1_000;
      expect((await decide(run, 'approve')).run.phase).toBe('approved');
    }
    const read = async (run: Run) => (await store.runs.find(run.id))!;
    expect((await read(first)).queuedBehind).toBeUndefined();
    expect((await read(third)).queuedBehind).toBeDefined();
    const turns = async () =>
      Promise.all([first, third, second].map(async (run) => isItsTurn(await read(run), deps())));
    expect(await turns()).toEqual([true, false, false]);
    const over = { type: 'ended', ending: 'stopped', verdict: null, why: '' } as const;
    await store.runs.transact(first.id, () => ({ events: [over], outcome: undefined }));
    expect((await turns()).slice(1)).toEqual([true, false]);
    // Whoever waited too long is put to work once more, to end.
    now += third.proposal.approvalRule.startWithinMs + 1_000;
    expect((await turns()).slice(1)).toEqual([true, true]);
  });

  test('is no approval while a condition is not met, and a rejection all the same', async () => {
    const checks = [{ name: 'no open incident', url: 'https://status.example', status: 200 }];
    const run = await propose(undefined, { conditions: { whenBusy: 'refuse', checks } });
    outside = 'open is 2';
    await expect(decide(run, 'approve')).rejects.toMatchObject({ code: 'policy-refused' });
    // Whoever may not approve is told that, not what is wrong outside.
    expect((await decide(run, 'approve', bystander)).refusal).toBe('not-approver');
    expect(await typesOf(run)).toEqual(['proposed']);
    expect((await decide(run, 'reject')).run.end?.ending).toBe('rejected');
  });

  test('and a stop at once: whoever was first, nothing runs on', async () => {
    for (let round = 0; round < 10; round += 1) {
      const run = await propose();
      const request = { by: bystander, via, all: false, runIds: [run.id], conversationId: 'any' };
      const [decided] = await Promise.all([decide(run, 'approve'), stopRun(request, deps())]);
      const after = await store.runs.find(run.id);
      const isApproved = decided.refusal === undefined;
      expect(after?.stop?.by).toEqual(bystander);
      expect(after?.end?.ending).toBe(isApproved ? undefined : 'stopped');
    }
  });
});

describe('a proposal', () => {
  test('that nobody decides on expires, once, and no other does', async () => {
    const old = await propose();
    const approved = await propose();
    await decide(approved, 'approve');
    now = old.proposal.expiresAt - 1;
    await expireProposals(deps());
    expect((await store.runs.find(old.id))?.phase).toBe('proposed');
    now += 1;
    announced = [];
    await Promise.all([expireProposals(deps()), expireProposals(deps())]);
    expect((await store.runs.find(old.id))?.end?.ending).toBe('expired');
    expect((await store.runs.find(approved.id))?.phase).toBe('approved');
    expect(announced.filter((line) => line.startsWith(old.id))).toEqual([`${old.id} ended`]);
  });
});
