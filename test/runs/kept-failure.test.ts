import { describe, expect, test } from '@jest/globals';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Run } from '../../src/domain/run.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import { createIntentReplay } from '../../src/runs/replay-intents.ts';
import { approver } from '../support/proposal.ts';
import { beginOf } from '../support/staged-fault.ts';
import { Stage } from '../support/stage.ts';

/** The bot ends the fault of a run whose database is away for longer than 15 s, and says later that this was why. */

const { signal } = new AbortController();
const away = 'The database could not be reached for 15s while the run was conducted.';

function approve(overrides: Partial<Proposal> = {}): Stage {
  const stage = new Stage({ guards: [], ...overrides });
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  return stage;
}

/** The database is away for so long, from so long after the beginning of the fault on. */
function takeDatabaseAway(stage: Stage, afterMs: number, forMs: number): void {
  stage.onTick = (current) => {
    if (current.now < beginOf(current) + afterMs || current.storeDownFrom < Infinity) return;
    current.storeDownFrom = current.now;
    current.storeDownUntil = current.now + forMs;
  };
}

type Conduct = {
  /** What is done once the database is back. */
  readonly beforeEach?: (deps: ConductDeps) => Promise<void>;
  readonly change?: (deps: ConductDeps) => ConductDeps;
};

/** Conducts a run until it has ended, again and again as its job is. */
async function conductToEnd(
  stage: Stage,
  { beforeEach = () => Promise.resolve(), change = (deps) => deps }: Conduct = {},
): Promise<Run> {
  for (let count = 0; count < 3 && stage.run().phase !== 'ended'; count += 1) {
    await beforeEach(stage.deps());
    await conductRun(stage.run().id, change(stage.deps()), signal).catch(() => undefined);
    if (stage.killed) stage.restart();
    if (stage.now < stage.storeDownUntil) stage.now = stage.storeDownUntil + 1_000;
  }
  return stage.run();
}

const replay = (deps: ConductDeps) =>
  createIntentReplay({ ...deps, freezes: undefined as never })();

function expectEndedByUs(stage: Stage): void {
  const run = stage.run();
  const { cancelledAt } = stage.executions[0] ?? {};
  expect(run.end).toMatchObject({ ending: 'failed', verdict: 'inconclusive', why: away });
  expect(run.failure).toMatchObject({ message: away, askedAt: cancelledAt });
  expect(cancelledAt).toBeLessThan(stage.storeDownFrom + 20_000);
  expect(run.cancelRequestedAt).toBe(cancelledAt);
  expect(stage.count('failed')).toBe(1);
}

describe('a fault that is ended because the database is away was cancelled by nobody else', () => {
  test.each([25_000, 60_000, 600_000])('after %d ms', async (forMs) => {
    const stage = approve();
    takeDatabaseAway(stage, 20_000, forMs);
    await conductToEnd(stage);
    expectEndedByUs(stage);
  });

  test('also where it was written down before the run goes on', async () => {
    const stage = approve();
    takeDatabaseAway(stage, 20_000, 60_000);
    await conductToEnd(stage, { beforeEach: replay });
    expectEndedByUs(stage);
    expect(await stage.intents.list()).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'though the next process is killed at call %d after it has kept that for itself',
    async (call) => {
      const stage = approve();
      takeDatabaseAway(stage, 20_000, 60_000);
      let count = 0;
      let isKilled = false;
      stage.onCall = () => {
        if (isKilled || stage.epoch < 2 || (count += 1) <= call) return;
        isKilled = true;
        stage.kill();
      };
      await conductToEnd(stage);
      expect(isKilled).toBe(true);
      expectEndedByUs(stage);
    },
  );
});

test.each([{}, { rehearsal: true }] as const)(
  'a fault that was over when its end was asked for ran its time (%j)',
  async (overrides) => {
    const stage = approve(overrides);
    takeDatabaseAway(stage, 50_000, 40_000);
    const isAway = () => stage.now >= stage.storeDownFrom && stage.now < stage.storeDownUntil;
    let asked = 0;
    const run = await conductToEnd(stage, {
      beforeEach: replay,
      // Azure is away as well: nobody is told that the fault is over.
      change: (deps) => ({
        ...deps,
        faults: {
          ...deps.faults,
          read: (...given) =>
            isAway() ? Promise.reject(new Error('Azure is away.')) : deps.faults.read(...given),
          // As Azure answers where the execution is over.
          cancel: () => {
            asked += 1;
            return Promise.resolve({ kind: 'accepted' } as const);
          },
        },
      }),
    });
    expect(asked).toBeGreaterThan(0);
    expect(run.execution?.state).toBe('succeeded');
    expect(run.failure?.askedAt).toBeGreaterThan(run.faultEndedAt ?? Infinity);
    expect(run.end).toMatchObject({ ending: 'completed' });
    expect(run.end?.why).not.toMatch(/database|failed/);
  },
);

test('a fault that a person had stopped by then was stopped by that person', async () => {
  const stage = approve();
  takeDatabaseAway(stage, 20_000, 60_000);
  const goAway = stage.onTick;
  stage.onTick = (current) => {
    goAway(current);
    if (current.now < current.storeDownFrom + 2_000) return;
    current.active.stop(current.run().id, {
      by: approver,
      via: { kind: 'command' },
      at: current.storeDownFrom + 2_000,
    });
  };
  const run = await conductToEnd(stage, { beforeEach: replay });
  expect(run.end?.ending).toBe('stopped');
  expect(stage.count('failed')).toBe(0);
});

test('a fault is ended as soon where the clock is set back while the database is away', async () => {
  const stage = approve();
  takeDatabaseAway(stage, 20_000, 60_000);
  const run = await conductToEnd(stage, {
    change: (deps) => {
      const now = () => deps.clock.now() - (stage.now >= stage.storeDownFrom ? 3_600_000 : 0);
      return { ...deps, clock: { ...deps.clock, now } };
    },
  });
  expect(stage.executions[0]?.cancelledAt).toBeLessThan(stage.storeDownFrom + 20_000);
  expect(run.end?.ending).toBe('failed');
});
