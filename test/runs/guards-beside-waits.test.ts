import { expect, test } from '@jest/globals';
import type { RunId } from '../../src/domain/ids.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import { approver } from '../support/proposal.ts';
import { beginOf } from '../support/staged-fault.ts';
import { forbidden, loseWhere } from '../support/lossy-predictions.ts';
import { Stage } from '../support/stage.ts';

/** Guards end a fault when they trip, whatever the run waits for then: here an answer of Azure that takes long, or a database that gives none. */

const tolerances = [{ signal: 'availability', comparison: '>=', bound: 0.95 }] as const;
/** At ten predictions a second two seconds of silence. */
const guards = [{ kind: 'consecutive-failures', count: 20 }] as const;
/** The guard, and how seldom results are known in the stage. */
const withinMs = 3_000;

function approve(): Stage {
  const stage = new Stage({ guards, hypothesis: { title: 'Predictions survive', tolerances } });
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  return stage;
}

/** Notes when Azure was first asked to end the fault, since its beginning, ms. */
function noteCancel(stage: Stage, faults: ConductDeps['faults']) {
  const noted: { cancelAfterMs?: number } = {};
  const cancel: typeof faults.cancel = (...given) => {
    noted.cancelAfterMs ??= stage.now - beginOf(stage);
    return faults.cancel(...given);
  };
  return { noted, faults: { ...faults, cancel } };
}

async function sleepInSteps(ms: number, { clock }: Pick<ConductDeps, 'clock'>): Promise<void> {
  for (let slept = 0; slept < ms; slept += 100) await clock.sleep(100);
}

const { signal } = new AbortController();

test.each(
  [2_500, 9_000].flatMap((readMs) =>
    [20_000, 22_000, 24_000, 26_000, 28_000].map((from) => [readMs, from] as const),
  ),
)(
  'a row of failures is heeded while Azure takes %d ms to say how the execution stands, also when it is over by then (%d ms)',
  async (readMs, from) => {
    const stage = approve();
    stage.lossUnderFault = 0;
    const deps = stage.deps();
    const { noted, faults } = noteCancel(stage, deps.faults);
    const read: typeof faults.read = async (...given) => {
      await sleepInSteps(readMs, deps);
      return deps.faults.read(...given);
    };
    const isLost = (dueAt: number) =>
      dueAt >= beginOf(stage) + from && dueAt < beginOf(stage) + from + 3_000;
    const predictions = loseWhere(isLost, deps.predictions);
    const given = { ...deps, faults: { ...faults, read }, predictions };
    await conductRun(stage.run().id, given, signal);
    expect(stage.run()).toMatchObject({
      end: { ending: 'aborted' },
      trip: { guard: guards[0] },
    });
    expect(noted.cancelAfterMs).toBeLessThanOrEqual(from + withinMs);
  },
);

test.each([30_000, 80_000])(
  'a fault that fails everything is ended and judged, though Azure names its execution only %d ms after the start',
  async (slowMs) => {
    const stage = approve();
    stage.lossUnderFault = 1;
    const deps = stage.deps();
    const { noted, faults } = noteCancel(stage, deps.faults);
    const start: typeof faults.start = async (...given) => {
      const executionId = await deps.faults.start(...given);
      await sleepInSteps(slowMs, deps);
      return executionId;
    };
    await conductRun(stage.run().id, { ...deps, faults: { ...faults, start } }, signal);
    expect(noted.cancelAfterMs).toBeLessThanOrEqual(withinMs);
    const run = stage.run();
    expect(run.end).toMatchObject({ ending: 'aborted' });
    const { sent = 0, good = 0 } = run.observed?.measurement.predictions ?? {};
    expect(sent - good).toBeGreaterThan(20);
  },
);

test.each(['started', 'fault-active'] as const)(
  'a guard ends the fault while the database hangs with the entry %s',
  async (hangsAt: RunEvent['type']) => {
    const stage = approve();
    stage.lossUnderFault = 1;
    const deps = stage.deps();
    const { noted, faults } = noteCancel(stage, deps.faults);
    let isHung = false;
    const unlessHung = <Value>(call: () => Promise<Value>): Promise<Value> =>
      isHung ? new Promise<never>(() => undefined) : call();
    const transact: typeof deps.runs.transact = (id, decide) =>
      unlessHung(() =>
        deps.runs.transact(id, (run, state) => {
          const decision = decide(run, state);
          isHung = decision.events.some(({ type }) => type === hangsAt);
          return decision;
        }),
      ).then((committed) => unlessHung(() => Promise.resolve(committed)));
    const find: typeof deps.runs.find = (id) => unlessHung(() => deps.runs.find(id));
    const save: typeof deps.checkpoints.save = (...given) =>
      unlessHung(() => deps.checkpoints.save(...given));
    const given = {
      ...deps,
      faults,
      runs: { ...deps.runs, find, transact },
      checkpoints: { ...deps.checkpoints, save },
    };
    void conductRun(stage.run().id, given, signal).catch(() => undefined);
    for (let turn = 0; turn < 500 && noted.cancelAfterMs === undefined; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      // The world goes on while the conductor waits.
      if (isHung) await deps.clock.sleep(100);
    }
    expect(isHung).toBe(true);
    expect(noted.cancelAfterMs).toBeLessThanOrEqual(withinMs);
  },
);

test('a start that is not sent yet is called off by a guard', async () => {
  const stage = approve();
  const deps = stage.deps();
  const start: typeof deps.faults.start = async (run, calledOff) => {
    // As while Azure does not answer what is asked before each start.
    for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 1_000) {
      if (calledOff?.aborted) return 'called-off';
      await deps.clock.sleep(1_000);
    }
    return deps.faults.start(run, calledOff);
  };
  const isLost = (dueAt: number) => dueAt >= (stage.run().startRequestedAt ?? Infinity);
  const predictions = loseWhere(isLost, deps.predictions);
  const given = { ...deps, faults: { ...deps.faults, start }, predictions };
  await conductRun(stage.run().id, given, signal);
  expect(stage.executions).toEqual([]);
  expect(stage.run().end).toMatchObject({
    ending: 'not-steady',
    verdict: null,
    why: '20 predictions in a row failed, so nothing was injected.',
  });
});

test('the end of a fault is asked for each second while its start is in doubt and the database is away, until Azure takes it', async () => {
  const stage = approve();
  stage.lossUnderFault = 0;
  const deps = stage.deps();
  const cancels: number[] = [];
  const cancel: typeof deps.faults.cancel = (...given) => {
    cancels.push(stage.now - beginOf(stage));
    return deps.faults.cancel(...given);
  };
  const start: typeof deps.faults.start = async (...given) => {
    const executionId = await deps.faults.start(...given);
    stage.storeDownFrom = stage.now;
    stage.storeDownUntil = stage.now + 70_000;
    stage.cancelFailsTimes = 3;
    await sleepInSteps(80_000, deps);
    return executionId;
  };
  const predictions = loseWhere((dueAt) => dueAt >= beginOf(stage) + 20_000, deps.predictions);
  const given = { ...deps, faults: { ...deps.faults, start, cancel }, predictions };
  await conductRun(stage.run().id, given, signal).catch(() => undefined);
  // The journal has been out of reach for 15 s by then; three requests fail.
  const early = cancels.filter((afterMs) => afterMs < 30_000);
  expect(early.length).toBeGreaterThan(3);
  expect(stage.faultActive).toBe(false);
});

test('a start that a guard called off is said to be ended by it although that could not be written at once', async () => {
  const stage = approve();
  const deps = stage.deps();
  const start: typeof deps.faults.start = async (run, calledOff) => {
    for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 1_000) {
      if (calledOff?.aborted) return 'called-off';
      await deps.clock.sleep(1_000);
    }
    return deps.faults.start(run, calledOff);
  };
  const predictions = loseWhere(
    (dueAt) => dueAt >= (stage.run().startRequestedAt ?? Infinity),
    deps.predictions,
  );
  let failed = 0;
  const transact: typeof deps.runs.transact = (id, decide, ...more) =>
    deps.runs.transact(
      id,
      (run, state) => {
        const decision = decide(run, state);
        const isTrip = decision.events.some(({ type }) => type === 'guard-tripped');
        if (isTrip && (failed += 1) === 1)
          throw new ChaosError('store-unavailable', 'away', { suggestion: 'wait' });
        return decision;
      },
      ...more,
    );
  const runs = { ...deps.runs, transact };
  const given = { ...deps, runs, faults: { ...deps.faults, start }, predictions };
  await conductRun(stage.run().id, given, signal);
  const { end, trip } = stage.run();
  expect(failed).toBeGreaterThan(0);
  expect(end).toMatchObject({ ending: 'not-steady' });
  expect(end?.why).toContain('nothing was injected');
  expect(trip).toMatchObject({ guard: guards[0] });
});

/** A start that takes a minute and a half before it is sent, or after that; meanwhile the database is away for long. */
async function startSlowly(isSent: boolean): Promise<Stage> {
  const stage = approve();
  stage.lossUnderFault = 0;
  const deps = stage.deps();
  const start: typeof deps.faults.start = async (...given) => {
    const executionId = isSent ? await deps.faults.start(...given) : undefined;
    [stage.storeDownFrom, stage.storeDownUntil] = [stage.now + 5_000, stage.now + 70_000];
    await sleepInSteps(90_000, deps);
    return executionId ?? deps.faults.start(...given);
  };
  await conductRun(stage.run().id, { ...deps, faults: { ...deps.faults, start } }, signal);
  return stage;
}

test('a fault that is ended because the database is away while it starts was cancelled by nobody else', async () => {
  const stage = await startSlowly(true);
  const away = 'The database could not be reached for 15s while the run was conducted.';
  expect(stage.run().end).toMatchObject({ ending: 'failed', why: away });
  const asked = stage.journal.find(({ event }) => event.type === 'cancel-requested');
  expect(asked?.event).toMatchObject({ because: away });
});

test('a start that is called off because the database is away was stopped by nobody', async () => {
  const stage = await startSlowly(false);
  expect(stage.count('azure start')).toBe(0);
  expect(stage.run().end).toMatchObject({
    ending: 'failed',
    verdict: null,
    why: 'The database could not be reached for 15s while the run was conducted. Nothing was injected.',
  });
});

test.each([
  ['while the start is in doubt', 0, 5_000, 70_000],
  ['after a guard', 1, 5_000, 13_000],
])(
  'people who were told that Azure refused to end the fault are told when it accepts, also where the database has neither: %s',
  async (_what, loss, fromMs, untilMs) => {
    const stage = approve();
    stage.lossUnderFault = loss;
    const deps = stage.deps();
    const start: typeof deps.faults.start = async (...given) => {
      const executionId = await deps.faults.start(...given);
      [stage.storeDownFrom, stage.storeDownUntil] = [stage.now + fromMs, stage.now + untilMs];
      if (loss === 0) await sleepInSteps(90_000, deps);
      return executionId;
    };
    let refusedUntil = Infinity;
    const cancel: typeof deps.faults.cancel = (...given) => {
      if (refusedUntil === Infinity) refusedUntil = stage.now + 3_000;
      const isRefused = stage.now < refusedUntil;
      return isRefused ? Promise.resolve(forbidden) : deps.faults.cancel(...given);
    };
    const told: string[] = [];
    const announcer = {
      ...deps.announcer,
      cancelRefused: () => void told.push('refused'),
      cancelAccepted: () => void told.push('accepted'),
    };
    const faults = { ...deps.faults, start, cancel };
    await conductRun(stage.run().id, { ...deps, announcer, faults }, signal);
    expect(told).toEqual(['refused', 'accepted']);
  },
);

test.each([
  ['one start', 1, 10, 25],
  ['three starts', 3, 1, 10],
])(
  '%s in doubt leaves room for the cancels of other runs',
  async (_what, many, atLeast, atMost) => {
    const stage = approve();
    stage.lossUnderFault = 1;
    const deps = stage.deps();
    for (let other = 1; other < many; other += 1)
      stage.active.enter({ ...stage.run(), id: `r-other${other}` as RunId, startRequestedAt: 0 });
    let sent = 0;
    const cancel: typeof deps.faults.cancel = (...given) => {
      sent += 1;
      return deps.faults.cancel(...given);
    };
    const start: typeof deps.faults.start = async (...given) => {
      const executionId = await deps.faults.start(...given);
      await sleepInSteps(80_000, deps);
      return executionId;
    };
    const given = { ...deps, faults: { ...deps.faults, start, cancel } };
    await conductRun(stage.run().id, given, signal);
    expect(sent).toBeGreaterThan(atLeast);
    // Azure takes a hundred in five minutes, and eighty of them are for repeats.
    expect(sent).toBeLessThan(atMost);
  },
);
