import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Freeze } from '../../src/domain/freeze.ts';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import type { ObjectId, RunId } from '../../src/domain/ids.ts';
import type { Person } from '../../src/domain/person.ts';
import { isActive, type Run } from '../../src/domain/run.ts';
import { ActiveRuns } from '../../src/runs/active-runs.ts';
import { decideApproval, type DecideDeps } from '../../src/runs/decide-approval.ts';
import { freeze, unfreeze, type FreezeDeps } from '../../src/runs/freeze.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { embeddedDatabase, serverDatabase } from '../support/databases.ts';
import {
  approver,
  bystander,
  origin,
  sampleProposal,
  sampleProposed,
  sampleRule,
  sha256,
  startOfTime,
} from '../support/proposal.ts';
import { silentAnnouncer } from '../support/silent-announcer.ts';
import { createTestIntents } from '../support/test-intents.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const via = { kind: 'command' } as const;
const nothing = { clusters: [], experiments: [] };
const clock = { now: () => startOfTime, sleep: () => Promise.resolve() };

describe.each([embeddedDatabase(), serverDatabase()])('a freeze, in $name', (database) => {
  let options: { dataDir: string; databaseUrl?: string };
  let store: Store;
  let shown: (Freeze | undefined)[];
  let told: string[];
  let members: ObjectId[];
  let count = 0;
  const open = () => openStore({ ...options, clock, sha256, log });

  beforeAll(async () => {
    options = await database.start();
    store = await open();
  });
  afterAll(async () => {
    await store.close();
    await database.stop();
  });
  beforeEach(async () => {
    shown = [];
    told = [];
    members = [];
    await store.freezes.unfreeze({ at: startOfTime, by: { name: 'the test' } });
  });

  const deps = (change: Partial<FreezeDeps> = {}): FreezeDeps & DecideDeps => ({
    runs: store.runs,
    freezes: store.freezes,
    announcer: {
      ...silentAnnouncer,
      runChanged: ({ id }) => void told.push(id),
      freezeChanged: (frozen) => void shown.push(frozen),
    },
    membership: { memberOf: () => Promise.resolve(members) },
    checks: { ask: () => Promise.resolve(undefined) },
    roster: { isMember: () => Promise.resolve(false) },
    catalogue: { ...nothing, approvals: { rule: sampleRule([approver]) } } as never,
    active: new ActiveRuns(),
    intents: createTestIntents(),
    faults: {
      cancel: () => Promise.resolve({ kind: 'accepted' }),
      cancelAll: () => Promise.resolve({ cancelled: ['one'], leftAlone: 0 }),
    } as never,
    clock,
    log,
    ...change,
  });

  async function propose(): Promise<Run> {
    count += 1;
    const cluster = { ...sampleProposal().cluster, name: `aks-${count}` };
    const id = `r-${String(count).padStart(6, '0')}` as RunId;
    const run = await store.runs.create(id, sampleProposed({ cluster }));
    if (!run) throw new Error('the id was taken');
    return run;
  }
  const approve = (run: Run, by: Person = approver) =>
    decideApproval({ runId: run.id, digest: run.digest, decision: 'approve', by, via }, deps());

  test('stops every run, keeps those that wait from being approved, and shows itself', async () => {
    const [running, waiting] = [await propose(), await propose()];
    await approve(running);
    const outcome = await freeze({ by: bystander, reason: 'incident', via }, deps());
    expect(outcome).toMatchObject({ kind: 'frozen', freeze: { by: { name: bystander.name } } });
    expect((await store.runs.find(running.id))?.stop?.by).toEqual(bystander);
    expect((await store.runs.find(waiting.id))?.phase).toBe('proposed');
    expect((await approve(waiting)).refusal).toBe('frozen');
    expect(shown).toMatchObject([{ reason: 'incident' }]);
    expect(told).toEqual(expect.arrayContaining([running.id, waiting.id]));
    await store.runs.transact(running.id, () => ({
      events: [{ type: 'ended', ending: 'stopped', verdict: null, why: '' }],
      outcome: undefined,
    }));
    await unfreeze({ by: approver, origin }, deps());
    expect((await approve(waiting)).run.phase).toBe('approved');
  });

  test('and twenty approvals at once: whatever was approved is being stopped, and nothing is after it', async () => {
    const runs = await Promise.all(Array.from({ length: 20 }, propose));
    const clicks = runs.map((run) => approve(run));
    await freeze({ by: bystander, via }, deps());
    const outcomes = await Promise.all(clicks);
    for (const [index, { refusal }] of outcomes.entries()) {
      const run = await store.runs.find(runs[index]!.id);
      if (refusal === undefined) expect(run?.stop).toBeDefined();
      else expect([refusal, run?.phase]).toEqual(['frozen', 'proposed']);
      expect(run && isActive(run) && !run.stop).toBe(false);
    }
  });

  test('is the first one, however often it is said', async () => {
    await freeze({ by: bystander, reason: 'first', via }, deps());
    const again = await freeze({ by: approver, reason: 'second', via }, deps());
    expect(again).toMatchObject({ freeze: { reason: 'first' } });
  });

  test('is ended by those who may approve, by name or by group, and by nobody else', async () => {
    await freeze({ by: { name: 'PagerDuty' }, via: { kind: 'tool' } }, deps());
    await expect(unfreeze({ by: bystander, origin }, deps())).rejects.toMatchObject({
      code: 'not-entitled',
    });
    expect(await store.freezes.current()).toBeDefined();
    const onCall = '99999999-0000-4000-8000-000000000001' as ObjectId;
    members = [onCall];
    const role = { name: 'on-call', people: [], groups: [{ id: onCall, name: 'On-call' }] };
    const rule = { ...sampleRule([]), roles: [role] };
    const catalogue = { ...nothing, approvals: { rule } } as never;
    expect(await unfreeze({ by: bystander, origin }, deps({ catalogue }))).toMatchObject({
      by: { name: 'PagerDuty' },
    });
    expect(await store.freezes.current()).toBeUndefined();
    expect(await unfreeze({ by: approver, origin }, deps())).toBeUndefined();
    expect(shown.at(-1)).toBeUndefined();
  });

  test('survives a restart', async () => {
    await freeze({ by: bystander, reason: 'incident', via }, deps());
    await store.close();
    store = await open();
    expect(await store.freezes.current()).toMatchObject({ reason: 'incident' });
    expect((await approve(await propose())).refusal).toBe('frozen');
  });

  test('without a database cancels all the same, and is remembered until it is recorded or lifted', async () => {
    const down = () =>
      Promise.reject(new ChaosError('store-unavailable', 'gone', { suggestion: 'wait' }));
    const without = deps({
      freezes: { current: down, freeze: down, freezeLate: down, unfreeze: down },
      runs: { ...store.runs, list: down },
    });
    expect(await freeze({ by: bystander, via }, without)).toEqual({
      kind: 'not-recorded',
      isKept: true,
      stopped: {
        kind: 'cancelled-blindly',
        stopped: [],
        refused: [],
        isKept: true,
        experiments: ['one'],
        leftAlone: 0,
      },
    });
    expect(without.active.unrecordedFreeze).toMatchObject({ by: { name: bystander.name } });
    await unfreeze(
      { by: approver, origin },
      {
        ...without,
        freezes: store.freezes,
        runs: store.runs,
      },
    );
    expect(without.active.unrecordedFreeze).toBeUndefined();
  });
});
