import { describe, expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Run } from '../../src/domain/run.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import type { Intent } from '../../src/runs/ports/intent-log.ts';
import { createIntentReplay } from '../../src/runs/replay-intents.ts';
import { approver } from '../support/proposal.ts';
import { beginOf } from '../support/staged-fault.ts';
import { createMemoryIntents } from '../support/simulation/memory-intents.ts';
import { forbidden, loseWhere } from '../support/lossy-predictions.ts';
import { Stage } from '../support/stage.ts';

/** A guard that ended a fault is known to have done so, whatever happens between its request to Azure and its entry in the journal. */

const floor = { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 } as const;
const tolerance = { signal: 'availability', comparison: '>=', bound: 0.8 } as const;
const overrides: Partial<Proposal> = {
  guards: [floor],
  hypothesis: { title: 'Predictions survive', tolerances: [tolerance] },
};
const { signal } = new AbortController();

function approve(): Stage {
  const stage = new Stage(overrides);
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  return stage;
}

/** From 20 s of the fault on, everything fails until it is ended. While the database is away, it has no checkpoint either. */
function toDeps(stage: Stage): ConductDeps {
  const deps = stage.deps();
  const isLost = (dueAt: number) => {
    const sinceMs = dueAt - beginOf(stage);
    const endedAt = (stage.executions[0]?.cancelledAt ?? Infinity) + 1_000;
    return sinceMs >= 20_000 && sinceMs < 60_000 && dueAt < endedAt;
  };
  const save: typeof deps.checkpoints.save = (...given) =>
    isAway(stage)
      ? Promise.reject(new Error('The database does not answer.'))
      : deps.checkpoints.save(...given);
  return {
    ...deps,
    predictions: loseWhere(isLost, deps.predictions),
    checkpoints: { ...deps.checkpoints, save },
  };
}

function isAway({ now, storeDownFrom, storeDownUntil }: Stage): boolean {
  return now >= storeDownFrom && now < storeDownUntil;
}

/** Conducts a run until it has ended, again and again as its job is. */
async function conductToEnd(
  stage: Stage,
  change: (deps: ConductDeps) => ConductDeps,
): Promise<Run> {
  for (let count = 0; count < 3 && stage.run().phase !== 'ended'; count += 1) {
    await conductRun(stage.run().id, change(toDeps(stage)), signal).catch(() => undefined);
    if (stage.killed) stage.restart();
    // The job is taken again when the database is back.
    if (isAway(stage)) stage.now = stage.storeDownUntil + 1_000;
  }
  return stage.run();
}

const same = (deps: ConductDeps) => deps;

/** The database is away from shortly before the trip on. */
function takeDatabaseAway(stage: Stage, forMs: number): void {
  stage.onTick = (current) => {
    if (current.now < beginOf(current) + 24_000 || current.storeDownFrom < Infinity) return;
    current.storeDownFrom = current.now;
    current.storeDownUntil = current.now + forMs;
  };
}

/** Notes when Azure was first asked to end the fault. */
function noteAsked(stage: Stage) {
  const noted: { askedAt?: number } = {};
  const change = (deps: ConductDeps): ConductDeps => {
    const cancel: typeof deps.faults.cancel = (...given) => {
      noted.askedAt ??= stage.now;
      return deps.faults.cancel(...given);
    };
    return { ...deps, faults: { ...deps.faults, cancel } };
  };
  return { noted, change };
}

/** `isMeasured`: whether what failed before the guard tripped was not lost with the process or the database. */
function expectEndedByGuard(run: Run, askedAt: number | undefined, isMeasured = true): void {
  expect(run.end).toMatchObject({
    ending: 'aborted',
    verdict: isMeasured ? 'deviated' : 'inconclusive',
    why: expect.stringMatching(/^A guard ended the fault.*: availability was 4/),
  });
  expect(run.trip).toMatchObject({ guard: floor, at: askedAt });
  expect(run.cancelRequestedAt).toBe(askedAt);
}

describe('a guard that ended the fault is recorded with its time', () => {
  test.each([0, 4_000, 40_000, 120_000])(
    'though the database takes no entry for %d ms around that',
    async (forMs) => {
      const stage = approve();
      if (forMs > 0) takeDatabaseAway(stage, forMs);
      const { noted, change } = noteAsked(stage);
      const run = await conductToEnd(stage, change);
      expectEndedByGuard(run, noted.askedAt, forMs < 15_000);
      expect(stage.count('guard-tripped')).toBe(1);
    },
  );

  test('though Azure takes 9 s to say how the execution stands, and its end is dated by it', async () => {
    const stage = approve();
    const { noted, change } = noteAsked(stage);
    const run = await conductToEnd(stage, (given) => {
      const deps = change(given);
      const read: typeof deps.faults.read = async (...asked) => {
        for (let waitedMs = 0; waitedMs < 9_000; waitedMs += 100) await deps.clock.sleep(100);
        return deps.faults.read(...asked);
      };
      return { ...deps, faults: { ...deps.faults, read } };
    });
    expectEndedByGuard(run, noted.askedAt);
    const entry = stage.journal.find(({ event }) => event.type === 'guard-tripped');
    expect((entry?.at ?? 0) - (noted.askedAt ?? 0)).toBeGreaterThan(1_000);
    // The fault was over a second after the request; Azure was heard to say so seconds later.
    expect(run.faultEndedBetween?.from).toBe(noted.askedAt);
  });

  test('though the process is killed before its entry', async () => {
    const stage = approve();
    const { noted, change } = noteAsked(stage);
    let isKilled = false;
    const kill = (deps: ConductDeps): ConductDeps => {
      const transact: typeof deps.runs.transact = async (...given) => {
        if (noted.askedAt !== undefined && !isKilled) {
          // What left the process with the request has arrived.
          await new Promise((resolve) => setImmediate(resolve));
          isKilled = true;
          stage.kill();
        }
        return deps.runs.transact(...given);
      };
      return { ...deps, runs: { ...deps.runs, transact } };
    };
    expectEndedByGuard(await conductToEnd(stage, (deps) => kill(change(deps))), noted.askedAt);
    expect(isKilled).toBe(true);
  });

  test('though the process is killed while the database is away', async () => {
    const stage = approve();
    takeDatabaseAway(stage, 60_000);
    const { noted, change } = noteAsked(stage);
    const away = stage.onTick;
    let isKilled = false;
    stage.onTick = (current) => {
      away(current);
      if (isKilled || current.now < (noted.askedAt ?? Infinity) + 3_000) return;
      isKilled = true;
      current.kill();
    };
    expectEndedByGuard(await conductToEnd(stage, change), noted.askedAt, false);
    expect(isKilled).toBe(true);
  });

  test('though its entry is written from the disk before the run goes on', async () => {
    const stage = approve();
    takeDatabaseAway(stage, 30_000);
    const { noted, change } = noteAsked(stage);
    const away = stage.onTick;
    stage.onTick = (current) => {
      away(current);
      if (current.now >= (noted.askedAt ?? Infinity) + 3_000) current.kill();
    };
    await conductRun(stage.run().id, change(toDeps(stage)), signal).catch(() => undefined);
    expect(stage.killed).toBe(true);
    stage.onTick = () => undefined;
    stage.restart();
    stage.now = stage.storeDownUntil + 1_000;
    const deps = toDeps(stage);
    const replay = createIntentReplay({ ...deps, freezes: undefined as never });
    await replay();
    expect(stage.run().trip?.at).toBe(noted.askedAt);
    const run = await conductToEnd(stage, change);
    expect(stage.count('guard-tripped')).toBe(1);
    expect(run.cancelRequestedAt).toBe(noted.askedAt);
    expect(run.faultEndedBetween?.from).toBe(noted.askedAt);
    await replay();
    expect(await stage.intents.list()).toEqual([]);
  });

  test('though somebody says stop before its entry', async () => {
    const stage = approve();
    takeDatabaseAway(stage, 6_000);
    const { noted, change } = noteAsked(stage);
    const away = stage.onTick;
    stage.onTick = (current) => {
      away(current);
      if (noted.askedAt === undefined || current.now < noted.askedAt + 2_000) return;
      const by = { id: 'somebody', tenantId: 'tenant', name: 'Somebody' } as never;
      current.active.stop(current.run().id, { by, via: { kind: 'command' }, at: current.now });
    };
    const run = await conductToEnd(stage, change);
    expect(run.stop?.by.name).toBe('Somebody');
    expectEndedByGuard(run, noted.askedAt);
  });
});

/** The names of files of the same time are in no order. */
function listOutOfOrder({ intents }: ConductDeps): ConductDeps['intents'] {
  const toTime = (intent: Intent) => (intent.kind === 'freeze' ? intent.freeze.at : intent.at);
  const list = async () =>
    (await intents.list()).toReversed().toSorted((one, other) => toTime(one) - toTime(other));
  return { ...intents, list };
}

test.each([0, 3_000])(
  'a guard whose request Azure refused after %d ms did not end a fault that ran its time, though only the disk knows of it',
  async (answerMs) => {
    const stage = approve();
    // From before the trip to well after the end of the fault.
    takeDatabaseAway(stage, 60_000);
    const { noted, change } = noteAsked(stage);
    const away = stage.onTick;
    let isKilled = false;
    stage.onTick = (current) => {
      away(current);
      if (isKilled || current.now < (noted.askedAt ?? Infinity) + 6_000) return;
      isKilled = true;
      current.kill();
    };
    const run = await conductToEnd(stage, (given) => {
      const deps = change(given);
      const cancel: typeof deps.faults.cancel = async () => {
        noted.askedAt ??= stage.now;
        // What is kept with the request is kept before the answer comes.
        await new Promise((resolve) => setTimeout(resolve, 20));
        const isOver = stage.now >= beginOf(stage) + stage.faultMs;
        await deps.clock.sleep(answerMs);
        return isOver ? { kind: 'accepted' } : forbidden;
      };
      return { ...deps, faults: { ...deps.faults, cancel }, intents: listOutOfOrder(deps) };
    });
    expect(isKilled).toBe(true);
    expect(run.execution?.state).toBe('succeeded');
    expect(run.trip?.at).toBe(noted.askedAt);
    expect(run.end?.ending).toBe('completed');
    expect(run.end?.why).toContain(
      'Azure accepted no request to end the fault in time, and it ran its whole',
    );
  },
);

test('a guard whose request Azure accepted after a refusal ended the fault, though only the disk knows of it', async () => {
  const stage = approve();
  takeDatabaseAway(stage, 60_000);
  const away = stage.onTick;
  const accepted: { at?: number } = {};
  let isKilled = false;
  stage.onTick = (current) => {
    away(current);
    if (isKilled || current.now < (accepted.at ?? Infinity) + 2_000) return;
    isKilled = true;
    current.kill();
  };
  let asked = 0;
  const run = await conductToEnd(stage, (given) => {
    const cancel: typeof given.faults.cancel = async (...which) => {
      asked += 1;
      // What is kept with the request is kept before the answer comes.
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (asked === 1) return forbidden;
      accepted.at ??= stage.now;
      return given.faults.cancel(...which);
    };
    return { ...given, faults: { ...given.faults, cancel }, intents: listOutOfOrder(given) };
  });
  expect(isKilled).toBe(true);
  expect(run.lateTrip).toBeUndefined();
  expect(run.end?.why).toMatch(/^A guard ended the fault/);
  expect(run.cancelRequestedAt).toBe(accepted.at);
});

test('a guard that tripped in a process that was cut off ends no fault that another one conducts', async () => {
  const stage = approve();
  stage.lossUnderFault = 0;
  let cutFrom = Infinity;
  const isCut = () => stage.now >= cutFrom;
  const refuse = () =>
    Promise.reject(new ChaosError('store-unavailable', 'Cut off.', { suggestion: 'Wait.' }));
  const deps = stage.deps();
  const { runs, checkpoints, claims, faults } = deps;
  const cut: ConductDeps = {
    ...deps,
    runs: {
      ...runs,
      find: (...given) => (isCut() ? refuse() : runs.find(...given)),
      transact: (...given) => (isCut() ? refuse() : runs.transact(...given)),
    },
    checkpoints: {
      ...checkpoints,
      save: (...given) => (isCut() ? refuse() : checkpoints.save(...given)),
    },
    claims: { ...claims, isNewest: (...given) => (isCut() ? refuse() : claims.isNewest(...given)) },
    faults: {
      ...faults,
      read: (...given) => (isCut() ? refuse() : faults.read(...given)),
      cancel: (...given) => (isCut() ? refuse() : faults.cancel(...given)),
    },
    predictions: loseWhere((dueAt) => dueAt >= cutFrom, deps.predictions),
  };
  const ending = new AbortController();
  stage.onTick = (current) => {
    if (current.now >= beginOf(current) + 10_000) cutFrom = Math.min(cutFrom, current.now);
    if (current.now >= cutFrom + 14_000) ending.abort();
  };
  await conductRun(stage.run().id, cut, ending.signal).catch(() => undefined);
  expect(await stage.intents.list()).toMatchObject([{ kind: 'trip' }]);
  // The other one has a disk of its own; the network of the first is back a moment later.
  const replay = createIntentReplay({ ...deps, freezes: undefined as never });
  const takenOverAt = stage.now;
  stage.onTick = ({ now }) => {
    if (now >= takenOverAt + 5_000) void replay();
  };
  await conductRun(stage.run().id, { ...stage.deps(), intents: createMemoryIntents() }, signal);
  expect(stage.run().trip).toBeUndefined();
  expect(stage.run().end?.ending).toBe('completed');
  expect(stage.count('azure cancel')).toBe(0);
});

test('a fault that a guard ended while the database was away is no other fault than approved', async () => {
  const stage = approve();
  takeDatabaseAway(stage, 6_000);
  const run = await conductToEnd(stage, (deps) => {
    const read: typeof deps.faults.read = async (...given) => {
      const report = await deps.faults.read(...given);
      const stoppedAt = (stage.executions[0]?.cancelledAt ?? 0) + 1_000;
      const isOver = report.state === 'cancelled';
      return { ...report, startedAt: beginOf(stage), ...(isOver ? { stoppedAt } : {}) };
    };
    return { ...deps, faults: { ...deps.faults, read } };
  });
  expect(run.injection?.mismatches).toEqual([]);
  expect(run.end?.why).not.toContain('not as approved');
});

test('a result of which the answer of the database was lost is not recorded twice', async () => {
  const stage = approve();
  let isLost = false;
  const run = await conductToEnd(stage, (deps) => {
    const transact: typeof deps.runs.transact = async (...given) => {
      const before = stage.count('observed');
      const committed = await deps.runs.transact(...given);
      if (isLost || stage.count('observed') === before) return committed;
      isLost = true;
      throw new ChaosError('store-unavailable', 'The answer was lost.', { suggestion: 'Wait.' });
    };
    return { ...deps, runs: { ...deps.runs, transact } };
  });
  expect(isLost).toBe(true);
  expect(run.failure).toBeUndefined();
  expect(run.end).toMatchObject({ ending: 'aborted', verdict: 'deviated' });
  expect(stage.count('observed')).toBe(1);
});

test('what Azure accepts after a refusal was asked when it accepted it', async () => {
  const stage = approve();
  stage.cancelFailsTimes = 8;
  const { noted, change } = noteAsked(stage);
  const run = await conductToEnd(stage, change);
  const { cancelledAt = 0 } = stage.executions[0] ?? {};
  expect(cancelledAt - (noted.askedAt ?? 0)).toBeGreaterThan(5_000);
  expect(run.trip?.at).toBe(noted.askedAt);
  expect(run.cancelRequestedAt).toBe(cancelledAt);
});

test.each([0, 8_000])(
  'a guard whose request Azure refused tripped under the fault, also where the database was away to its end, and the next request waits for %d ms',
  async (pauseMs) => {
    const stage = approve();
    stage.onTick = (current) => {
      if (current.now < beginOf(current) + 53_000 || current.storeDownFrom < Infinity) return;
      current.storeDownFrom = current.now;
      current.storeDownUntil = current.now + 11_000;
    };
    let nextAt = 0;
    const run = await conductToEnd(stage, (deps) => {
      const refusal = {
        problem: 'azure-forbidden',
        status: 403,
        sentence: '',
        suggestion: '',
      } as const;
      const cancel: typeof deps.faults.cancel = () => {
        if (stage.now < nextAt) return Promise.resolve({ kind: 'waiting' });
        nextAt = stage.now + pauseMs;
        return Promise.resolve({ kind: 'refused', refusal });
      };
      // Everything fails from 48 s on.
      const start: typeof deps.predictions.start = (service, options) =>
        stage.deps().predictions.start(service, {
          ...options,
          onResults: ({ results, knownUntil }) => {
            const judged = results.map((result) => {
              if (result.kind !== 'measured') return result;
              const sinceMs = result.dueAt - beginOf(stage);
              const isLost = sinceMs >= 48_000 && sinceMs < 60_000;
              return { ...result, outcome: isLost ? ('refused' as const) : ('good' as const) };
            });
            options.onResults({ results: judged, knownUntil });
          },
        });
      return {
        ...deps,
        predictions: { ...deps.predictions, start },
        faults: { ...deps.faults, cancel },
      };
    });
    expect(run.trip?.at).toBeLessThan(beginOf(stage) + 60_000);
    expect([run.lateTrip, run.cancelRequestedAt]).toEqual([undefined, undefined]);
    expect(run.refusedCancel?.problem).toBe('azure-forbidden');
  },
);

test('of a guard that tripped nothing is left on the disk where the database took the entry', async () => {
  const stage = approve();
  await conductToEnd(stage, same);
  expect(stage.run().trip).toBeDefined();
  expect(await stage.intents.list()).toEqual([]);
});
