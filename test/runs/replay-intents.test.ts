import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import type { Run } from '../../src/domain/run.ts';
import { ActiveRuns } from '../../src/runs/active-runs.ts';
import type { IntentLog, StopIntent, TripIntent } from '../../src/runs/ports/intent-log.ts';
import { createIntentReplay, type ReplayIntentsDeps } from '../../src/runs/replay-intents.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { embeddedDatabase, serverDatabase } from '../support/databases.ts';
import {
  approver,
  bystander,
  sampleCourse,
  sampleProposal,
  sampleProposed,
  sha256,
  startOfTime,
} from '../support/proposal.ts';
import { silentAnnouncer } from '../support/silent-announcer.ts';
import { createTestIntents } from '../support/test-intents.ts';

const via = { kind: 'command' } as const;

describe.each([embeddedDatabase(), serverDatabase()])('after $name was away', (database) => {
  let store: Store;
  let now = startOfTime;
  let logged: string[];
  let intents: IntentLog;
  let count = 0;

  beforeAll(async () => {
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const options = await database.start();
    store = await openStore({ ...options, clock: { now: () => now }, sha256, log });
  });
  afterAll(async () => {
    await store.close();
    await database.stop();
  });
  beforeEach(() => {
    now += 3_600_000;
    logged = [];
    intents = createTestIntents();
  });

  const deps = (change: Partial<ReplayIntentsDeps> = {}): ReplayIntentsDeps => {
    const write = (_fields: object, message: string) => void logged.push(message);
    return {
      runs: store.runs,
      freezes: store.freezes,
      claims: store.claims,
      intents,
      announcer: silentAnnouncer,
      active: new ActiveRuns(),
      log: { info: write, warn: write, error: write },
      ...change,
    };
  };
  const replay = (change: Partial<ReplayIntentsDeps> = {}) => createIntentReplay(deps(change))();

  /** A run of which this much happened, a second apart. */
  async function conduct(until?: RunEvent['type']): Promise<Run> {
    count += 1;
    const id = `r-${String(count).padStart(6, '0')}` as RunId;
    const cluster = { ...sampleProposal().cluster, name: `aks-${count}` };
    const proposed = sampleProposed({ cluster });
    const created = await store.runs.create(id, proposed);
    if (!created || until === undefined) return created as Run;
    const course = sampleCourse();
    const events = course.slice(0, course.findIndex(({ type }) => type === until) + 1);
    for (const event of events) {
      now += 1_000;
      const own = event.type === 'approved' ? { ...event, digest: proposed.digest } : event;
      await append(id, own);
    }
    return (await store.runs.find(id)) as Run;
  }
  const append = (id: RunId, ...events: RunEvent[]) =>
    store.runs.transact(id, () => ({ events, outcome: undefined }));
  const stop = (runIds: readonly RunId[], change: Partial<StopIntent> = {}): StopIntent => ({
    kind: 'stop',
    at: now,
    by: bystander,
    via,
    scope: 'named',
    runIds,
    ...change,
  });
  const typesOf = async (id: RunId) =>
    (await store.runs.journal(id)).map(({ event }) => event.type);
  const stopsOf = async (id: RunId) =>
    (await typesOf(id)).filter((type) => type === 'stop-requested').length;
  const end: RunEvent = { type: 'ended', ending: 'stopped', verdict: null, why: 'Over.' };

  test('a stop gets into the journal with its real time, and is forgotten outside of it', async () => {
    const { id } = await conduct('fault-active');
    const saidAt = now;
    await intents.append(stop([id]));
    now += 60_000;
    await replay();
    expect((await store.runs.find(id))?.stop).toEqual({
      by: bystander,
      at: saidAt,
      recordedLate: true,
    });
    expect((await store.runs.journal(id)).at(-1)).toMatchObject({
      at: now,
      event: { type: 'stop-requested', saidAt },
    });
    expect(await intents.list()).toEqual([]);
    expect((await store.runs.verify()).problem).toBeUndefined();
  });

  const toTrip = (runId: RunId): TripIntent => {
    const guard = { kind: 'consecutive-failures', count: 20 } as const;
    const trip = { guard, reason: '20 predictions in a row failed', at: now };
    return { kind: 'trip', at: now, runId, trip, endAskedAt: now };
  };

  test('a guard that tripped gets into the journal once, with its real time, before its run is judged', async () => {
    const { id } = await conduct('fault-active');
    const intent = toTrip(id);
    await intents.append(intent);
    now += 60_000;
    const killed = { ...intents, settle: () => Promise.resolve() };
    await Promise.all([replay({ intents: killed }), replay()]);
    expect(await store.runs.find(id)).toMatchObject({ phase: 'observe', trip: intent.trip });
    expect((await typesOf(id)).filter((type) => type === 'guard-tripped')).toHaveLength(1);
    // Whoever conducts the run dates the request to Azure by it.
    expect(await intents.list()).toHaveLength(1);
    const { trip, endAskedAt } = intent;
    await append(id, { type: 'cancel-requested', because: trip.reason, askedAt: endAskedAt });
    await replay();
    expect((await typesOf(id)).filter((type) => type === 'guard-tripped')).toHaveLength(1);
    expect(await intents.list()).toEqual([]);
  });

  test('what a process kept that was cut off is left out while another one conducts the run', async () => {
    const { id } = await conduct('fault-active');
    const { epoch } = await store.claims.take(id);
    await intents.append({ ...toTrip(id), epoch });
    await intents.append({
      kind: 'failure',
      at: now,
      runId: id,
      epoch,
      message: 'The database could not be reached.',
      suggestion: 'Look.',
    });
    await store.claims.take(id);
    await replay();
    const run = await store.runs.find(id);
    expect([run?.trip, run?.failure]).toEqual([undefined, undefined]);
    // Its process may conduct the run again, and goes by it then.
    expect(await intents.list()).toHaveLength(2);
    await append(id, { type: 'failed', message: 'Something else.', suggestion: 'Look.' });
    await append(id, { type: 'ended', ending: 'failed', verdict: null, why: 'Something else.' });
    await replay();
    expect(await intents.list()).toEqual([]);
  });

  test.each(['fault-ended', 'stopped'] as const)(
    'a guard that tripped is left out where something else had ended the fault (%s)',
    async (what) => {
      const { id } = await conduct(what === 'stopped' ? 'fault-active' : what);
      if (what === 'stopped') await append(id, { type: 'stop-requested', by: bystander, via });
      now += 1_000;
      await intents.append(toTrip(id));
      await replay();
      expect(await typesOf(id)).not.toContain('guard-tripped');
      expect(await intents.list()).toEqual([]);
    },
  );

  test('nothing is entered twice when the process is killed before it could forget, or two do it at once', async () => {
    const { id } = await conduct('fault-active');
    await intents.append(stop([id]));
    await intents.append({ kind: 'freeze', freeze: { at: now, by: { name: 'PagerDuty' } } });
    const killed = { ...intents, settle: () => Promise.resolve() };
    await Promise.all([replay({ intents: killed }), replay({ intents: killed })]);
    expect(await store.freezes.current()).toMatchObject({ at: now, recordedLate: true });
    now += 1_000;
    await store.freezes.unfreeze({ at: now, by: { name: approver.name, id: approver.id } });
    await replay();
    expect(await stopsOf(id)).toBe(1);
    expect(await store.freezes.current()).toBeUndefined();
    expect(await intents.list()).toEqual([]);
  });

  test('a stop of everything takes what was approved by then, and leaves proposals and later runs alone', async () => {
    const [early, waiting, recovering] = [
      await conduct('baseline-started'),
      await conduct(),
      await conduct('fault-ended'),
    ];
    now += 1_000;
    const at = now;
    const later = await conduct('baseline-started');
    await intents.append(stop([], { scope: 'everything', at }));
    await replay();
    const stops = [early, waiting, recovering, later].map(({ id }) => stopsOf(id));
    expect(await Promise.all(stops)).toEqual([1, 0, 0, 0]);
    for (const { id } of [early, later, recovering]) await append(id, end);
  });

  test('a stop that was said before the end of a fault counts, also when that was recorded first', async () => {
    const { id, faultActiveAt } = await conduct('fault-ended');
    await intents.append(stop([id], { at: faultActiveAt ?? 0 }));
    await replay();
    expect((await store.runs.find(id))?.stop).toMatchObject({ at: faultActiveAt });
  });

  test('a stop that was said after the end of a fault is recorded as that, with its time', async () => {
    const { id } = await conduct('fault-ended');
    now += 1_000;
    const said = now;
    await intents.append(stop([id]));
    now += 60_000;
    await replay();
    const run = await store.runs.find(id);
    expect(run).toMatchObject({ phase: 'recover', lateStop: { by: bystander, at: said } });
    expect(run).not.toHaveProperty('stop');
  });

  test('nothing follows the end of a run; that is logged', async () => {
    const { id } = await conduct('fault-active');
    await intents.append(stop([id, 'r-999999' as RunId]));
    await append(id, end);
    await replay();
    expect((await typesOf(id)).at(-1)).toBe('ended');
    expect(logged).toEqual(
      expect.arrayContaining([
        expect.stringContaining('changes nothing now'),
        expect.stringContaining('names no run'),
      ]),
    );
    expect(await intents.list()).toEqual([]);
    expect((await store.runs.verify()).problem).toBeUndefined();
  });

  test('while it is still away everything is kept, and one thing that fails keeps nothing else', async () => {
    const { id } = await conduct('fault-active');
    await intents.append(stop([id]));
    const fail = (code: 'store-unavailable' | 'unexpected') => () =>
      Promise.reject(new ChaosError(code, 'No.', { suggestion: 'Wait.' }));
    const away = { ...store.runs, find: fail('store-unavailable') };
    await expect(replay({ runs: away })).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(await intents.list()).toHaveLength(1);
    await intents.append({ kind: 'freeze', freeze: { at: now + 1, by: { name: 'PagerDuty' } } });
    await replay({ runs: { ...store.runs, find: fail('unexpected') } });
    expect(await intents.list()).toMatchObject([{ kind: 'stop' }]);
    expect(await store.freezes.current()).toMatchObject({ at: now + 1 });
    await store.freezes.unfreeze({ at: now + 2, by: { name: 'the test' } });
  });

  test('a freeze that an approver has lifted since does not come back', async () => {
    const at = now;
    await store.freezes.freeze({ at: at + 1, by: { name: 'another' } });
    await store.freezes.unfreeze({ at: at + 2, by: { name: 'the test' } });
    await intents.append({ kind: 'freeze', freeze: { at, by: { name: 'PagerDuty' } } });
    await replay();
    expect(await store.freezes.current()).toBeUndefined();
    expect(await intents.list()).toEqual([]);
  });
});
