import { describe, expect, test } from '@jest/globals';
import type { Catalogue } from '../../src/domain/catalogue.ts';
import type { CancelOutcome } from '../../src/domain/cancel-outcome.ts';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import { ActiveRuns } from '../../src/runs/active-runs.ts';
import { freeze } from '../../src/runs/freeze.ts';
import type { CancelledAll } from '../../src/runs/ports/fault-gateway.ts';
import type { RunFilter, RunStore } from '../../src/runs/ports/run-store.ts';
import { stopRun, type StopDeps } from '../../src/runs/stop/stop-run.ts';
import { openToAll } from '../support/open-to-all.ts';
import { bystander, proposer, sampleCourse, sampleRun } from '../support/proposal.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const never = () => new Promise<never>(() => undefined);
const hangingStore = {
  create: never,
  transact: never,
  find: never,
  list: never,
  journal: never,
  count: never,
  charges: never,
  verify: never,
};

/** With its fault active, its baseline measured, or only proposed. */
const course = sampleCourse();
const faulty = (id: string): Run => ({
  ...sampleRun(course.slice(0, course.findIndex(({ type }) => type === 'fault-active') + 1)),
  id: id as RunId,
});
const waiting = (id: string): Run => ({ ...sampleRun([]), id: id as RunId });

/** A database with these runs, in which nothing is written. */
function storeOf(all: readonly Run[]): RunStore {
  return {
    ...hangingStore,
    find: (runId) => Promise.resolve(all.find(({ id }) => id === runId)),
    list: ({ phases, conversationId }: RunFilter = {}) =>
      Promise.resolve(
        all.filter(
          ({ phase, origin }) =>
            (phases?.includes(phase) ?? true) &&
            (conversationId === undefined || origin.conversationId === conversationId),
        ),
      ),
    transact: (runId, decide) => {
      const run = all.find(({ id }) => id === runId);
      if (!run) throw new Error('no such run');
      return Promise.resolve({ run, outcome: decide(run, { now: 0, activeRuns: [] }).outcome });
    },
  };
}

function stage({ runs, here = [] }: { runs: RunStore; here?: readonly Run[] }) {
  const cancelled: string[] = [];
  const told: string[] = [];
  const outcome: { value: CancelOutcome | 'hangs' } = { value: { kind: 'accepted' } };
  const active = new ActiveRuns();
  const signals = here.map((run) => active.enter(run));
  const deps: StopDeps = {
    ...openToAll,
    runs,
    active,
    clock: { now: () => 0 },
    faults: {
      cancel: ({ id }: Run) => {
        cancelled.push(id);
        return outcome.value === 'hangs' ? never() : Promise.resolve(outcome.value);
      },
      cancelAll: () => Promise.resolve({ cancelled: ['everything'], leftAlone: 2 }),
    } as never,
    announcer: {
      runChanged: () => undefined,
      progressed: () => undefined,
      remind: () => undefined,
      freezeChanged: () => undefined,
      stopDisallowed: () => undefined,
      cancelRefused: ({ id }, { problem }) => void told.push(`${id} ${problem}`),
      waits: () => undefined,
      cancelAccepted: ({ id }) => void told.push(`${id} accepted`),
    },
    log,
  };
  return { deps, cancelled, told, outcome, signals };
}

const { conversationId } = sampleRun([]).origin;
const bare = { by: bystander, via: { kind: 'command' }, all: false, conversationId } as const;

describe('a stop of what this process conducts', () => {
  test('has told the conductor and left the cancel behind before the database is asked', () => {
    const run = faulty('r-1');
    const { deps, cancelled, signals } = stage({ runs: hangingStore, here: [run] });
    void stopRun(bare, deps);
    expect(cancelled).toEqual(['r-1']);
    expect(signals[0]?.aborted).toBe(true);
  });

  test('takes the runs of its conversation alone', () => {
    const other = { ...faulty('r-2'), origin: { conversationId: 'other', reference: {} } };
    const { deps, cancelled } = stage({ runs: hangingStore, here: [faulty('r-1'), other] });
    void stopRun(bare, deps);
    expect(cancelled).toEqual(['r-1']);
  });

  test('goes blind when the database hangs, after a second at most', async () => {
    const { deps, cancelled } = stage({ runs: hangingStore, here: [faulty('r-1')] });
    expect(await stopRun(bare, deps)).toEqual({
      kind: 'cancelled-blindly',
      stopped: ['r-1'],
      refused: [],
      isKept: true,
      experiments: ['everything'],
      leftAlone: 2,
    });
    expect(cancelled).toContain('r-1');
  });

  test('answers in time when neither the database nor Azure does', async () => {
    const { deps, outcome } = stage({ runs: hangingStore, here: [faulty('r-1')] });
    outcome.value = 'hangs';
    const faults = { ...deps.faults, cancelAll: never } as never;
    expect(await stopRun(bare, { ...deps, faults })).toEqual({
      kind: 'cancelled-blindly',
      stopped: [],
      refused: ['r-1'],
      isKept: true,
      experiments: undefined,
      later: expect.any(Promise),
    });
  });

  test('answers two people in time where nothing runs, and gives the answer of Azure later', async () => {
    const { deps } = stage({ runs: hangingStore });
    const elsewhere = Promise.withResolvers<CancelledAll>();
    const faults = { ...deps.faults, cancelAll: () => elsewhere.promise } as never;
    const stops = [1, 2].map(() => stopRun(bare, { ...deps, faults }));
    const outcomes = await Promise.all(stops);
    elsewhere.resolve({ cancelled: ['an-experiment'], leftAlone: 0 });
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ kind: 'cancelled-blindly', experiments: undefined });
      const later = outcome.kind === 'cancelled-blindly' ? await outcome.later : undefined;
      expect(later).toEqual({ experiments: ['an-experiment'], leftAlone: 0 });
    }
  });

  test.each([
    ['beside what was stopped here', [faulty('r-1')], ['r-1']],
    ['where nothing was stopped here', [], []],
  ])('tells why Azure could not end everything else, %s', async (_where, here, stopped) => {
    const { deps } = stage({ runs: hangingStore, here });
    const problem = new ChaosError('azure-throttled', 'Used up.', {
      suggestion: 'Use the portal.',
    });
    const faults = { ...deps.faults, cancelAll: () => Promise.reject(problem) } as never;
    expect(await stopRun(bare, { ...deps, faults })).toMatchObject({
      kind: 'cancelled-blindly',
      stopped,
      experiments: undefined,
      problem,
    });
  });

  test('waits for no answer of Azure longer than a person does', async () => {
    const run = faulty('r-1');
    const { deps, outcome } = stage({ runs: storeOf([run]), here: [run] });
    outcome.value = 'hangs';
    expect(await stopRun(bare, deps)).toMatchObject({ kind: 'stopping' });
  });

  test('is a freeze, too: also with a database that hangs', async () => {
    const { deps, cancelled, signals } = stage({ runs: hangingStore, here: [faulty('r-1')] });
    const frozen = freeze(
      { by: bystander, via: { kind: 'command' } },
      {
        ...deps,
        freezes: { current: never, freeze: never, freezeLate: never, unfreeze: never },
        clock: { now: () => 0, sleep: never },
      },
    );
    expect(cancelled).toEqual(['r-1']);
    expect(signals[0]?.aborted).toBe(true);
    expect(await frozen).toMatchObject({
      kind: 'not-recorded',
      stopped: { kind: 'cancelled-blindly' },
    });
  });
});

describe('a freeze that is recorded just before the database hangs', () => {
  test('says so, and that everything was cancelled', async () => {
    const { deps } = stage({ runs: hangingStore });
    const outcome = await freeze(
      { by: bystander, via: { kind: 'command' } },
      {
        ...deps,
        freezes: {
          current: never,
          freeze: (asked) => Promise.resolve(asked),
          freezeLate: never,
          unfreeze: never,
        },
        clock: { now: () => 0, sleep: never },
      },
    );
    expect(outcome).toMatchObject({ kind: 'frozen', stopped: { kind: 'cancelled-blindly' } });
  });
});

describe('a bare stop', () => {
  test('stops every run with a fault and leaves proposals alone', async () => {
    const runs = storeOf([faulty('r-1'), faulty('r-2'), waiting('r-3')]);
    const { deps, cancelled } = stage({ runs });
    const outcome = await stopRun(bare, deps);
    expect(cancelled).toEqual(['r-1', 'r-2']);
    expect(outcome).toMatchObject({
      kind: 'stopping',
      runs: [{ id: 'r-1' }, { id: 'r-2' }],
      waiting: [{ id: 'r-3', phase: 'proposed' }],
    });
  });

  test('cancels a run whose journal was cut back to its proposal', async () => {
    const alteration = { kind: 'journal', sequence: 2 } as const;
    const { deps, cancelled } = stage({ runs: storeOf([{ ...waiting('r-1'), alteration }]) });
    await stopRun(bare, deps);
    expect(cancelled).toEqual(['r-1']);
  });

  test('with nothing running names the proposals that wait', async () => {
    const { deps } = stage({ runs: storeOf([waiting('r-3')]) });
    expect(await stopRun(bare, deps)).toMatchObject({
      kind: 'nothing-to-stop',
      waiting: [{ id: 'r-3' }],
    });
  });
});

describe('a stop by names', () => {
  const named = (...runIds: string[]) => ({ ...bare, runIds: runIds as RunId[] });

  test('stops each of them, and names those that are of no run', async () => {
    const { deps, cancelled } = stage({ runs: storeOf([faulty('r-1'), faulty('r-2')]) });
    const outcome = await stopRun(named('r-1', 'r-2', 'r-9'), deps);
    expect(cancelled).toEqual(['r-1', 'r-2']);
    expect(outcome).toMatchObject({ kind: 'stopping', unknown: ['r-9'] });
  });

  test('that are of no run at all is an error', async () => {
    const { deps } = stage({ runs: storeOf([]) });
    await expect(stopRun(named('r-9'), deps)).rejects.toMatchObject({ code: 'run-not-found' });
  });

  test('that can be neither recorded nor cancelled is an error', async () => {
    const run = faulty('r-1');
    const { deps, outcome } = stage({ runs: { ...storeOf([run]), transact: never } });
    outcome.value = {
      kind: 'refused',
      refusal: { problem: 'azure-forbidden', status: 403, sentence: '', suggestion: '' },
    };
    await expect(stopRun({ ...named('r-1'), by: proposer }, deps)).rejects.toBeInstanceOf(
      ChaosError,
    );
  });
});

describe('a stop of everything by somebody who may not withdraw', () => {
  const rule = { scope: 'all', roles: ['on-call'] } as const;
  const all = { ...bare, all: true };

  test('tells what was stopped, and that the proposal still waits', async () => {
    const { deps, cancelled } = stage({ runs: storeOf([faulty('r-1'), waiting('r-2')]) });
    const judge = () => Promise.resolve(rule);
    const outcome = await stopRun(all, { ...deps, judge });
    expect(cancelled).toEqual(['r-1']);
    expect(outcome).toMatchObject({
      kind: 'stopping',
      runs: [{ id: 'r-1' }],
      waiting: [{ id: 'r-2' }],
    });
  });

  test('is refused when there are only proposals', async () => {
    const { deps } = stage({ runs: storeOf([waiting('r-2')]) });
    const stopped = stopRun(all, { ...deps, judge: () => Promise.resolve(rule) });
    await expect(stopped).rejects.toMatchObject({ code: 'not-entitled' });
  });
});

describe('a stop that Azure refuses', () => {
  const refusal = { problem: 'azure-forbidden', status: 403, sentence: 'No.', suggestion: '' };
  const refused = { kind: 'refused', refusal } as CancelOutcome;

  test('is told at once, also by a replica that does not conduct the run', async () => {
    const { deps, told, outcome } = stage({ runs: storeOf([faulty('r-1')]) });
    outcome.value = refused;
    const stopped = await stopRun(bare, deps);
    expect(told).toEqual(['r-1 azure-forbidden']);
    expect(stopped).toMatchObject({ refused: [{ runId: 'r-1', refusal }] });
  });

  test('is told without Azure’s words to somebody who may not see the run', async () => {
    const lead = { name: 'lead', people: [], groups: [{ id: 'leads', name: 'Leads' }] };
    const catalogue = { ...openToAll.catalogue, access: { see: [lead] } } as unknown as Catalogue;
    const { deps, outcome } = stage({ runs: storeOf([faulty('r-1')]) });
    const sentence = 'No rights on chaos-marshal-pod-failure-diabetes.';
    outcome.value = { kind: 'refused', refusal: { ...refusal, sentence } } as CancelOutcome;
    const stopped = await stopRun(bare, { ...deps, catalogue });
    expect(stopped).toMatchObject({ hidden: ['r-1'], refused: [{ runId: 'r-1' }] });
    expect(JSON.stringify(stopped)).not.toContain('chaos-marshal');
  });

  test('is told with a database that hangs', async () => {
    const { deps, told, outcome } = stage({ runs: hangingStore, here: [faulty('r-1')] });
    outcome.value = refused;
    await stopRun(bare, deps);
    expect(told).toContain('r-1 azure-forbidden');
  });

  test('is told when Azure accepts in the end', async () => {
    const run = { ...faulty('r-1'), refusedCancel: { problem: 'azure-forbidden', at: 0 } as const };
    const { deps, told } = stage({ runs: storeOf([run]) });
    await stopRun(bare, deps);
    expect(told).toEqual(['r-1 accepted']);
  });
});
