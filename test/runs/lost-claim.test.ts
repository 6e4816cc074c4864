import { describe, expect, test } from '@jest/globals';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { ActiveRuns } from '../../src/runs/active-runs.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { stopRun } from '../../src/runs/stop/stop-run.ts';
import { openToAll } from '../support/open-to-all.ts';
import { approver, proposer, sampleRun } from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

const { signal: never } = new AbortController();

/** A conductor whose run another process takes over, and everything that it does after that. */
class Loser {
  readonly stage = new Stage();
  /** Journal entries and calls to Azure, messages, and what was logged, since the run was taken over. */
  wire: readonly string[] = [];
  readonly told: string[] = [];
  readonly logged: string[] = [];
  #lostAt: number | undefined;
  #checkpoint: Stage['checkpoint'];

  constructor(change: Partial<Stage> = {}) {
    Object.assign(this.stage, change);
    const { digest } = this.stage.run();
    this.stage.append({
      type: 'approved',
      by: approver,
      memberOf: [],
      digest,
      via: { kind: 'card' },
    });
  }

  get isLost(): boolean {
    return this.#lostAt !== undefined;
  }

  /** Another process takes the run over, once. */
  lose(): void {
    if (this.isLost) return;
    this.stage.epoch += 1;
    this.release();
  }

  /** The queue gives its job to another worker, which has not taken the run over yet. */
  release(): void {
    this.#lostAt = this.stage.wire.length;
    this.#checkpoint = this.stage.checkpoint;
  }

  /** What a conductor works with, which loses the run right after the commit of this event. */
  deps(loseAt?: RunEvent['type']): ConductDeps {
    const deps = this.stage.deps();
    const tell = (what: string) => () => {
      if (this.isLost) this.told.push(what);
    };
    const log = (_fields: object, message: string) => {
      if (this.isLost) this.logged.push(message);
    };
    return {
      ...deps,
      announcer: {
        ...deps.announcer,
        runChanged: () => {
          tell('changed')();
          if (this.stage.wire.at(-1) === loseAt) this.lose();
        },
        progressed: tell('progressed'),
        cancelRefused: tell('refused'),
      },
      log: { info: log, warn: log, error: log },
    };
  }

  async conduct(deps: ConductDeps, released?: AbortSignal): Promise<void> {
    await conductRun(this.stage.run().id, deps, never, released);
    this.wire = this.stage.wire.slice(this.#lostAt);
  }

  /** What it did since the run was taken over. */
  after() {
    const { isLost, wire, told, logged, stage } = this;
    return {
      isLost,
      wire,
      // The tick in which the run is taken over may still show what it measured.
      told: told.join().replace(/^progressed$/, ''),
      logged,
      hasCheckpoint: stage.checkpoint !== this.#checkpoint,
      active: stage.active.list(),
    };
  }
}

/** A conductor that ended without doing anything any more. */
const quiet = {
  isLost: true,
  wire: [],
  told: '',
  logged: ['Another process has taken over this run; this one no longer conducts it.'],
  hasCheckpoint: false,
  active: [],
};

/** Loses the run in the middle of a phase, as soon as something has been committed. */
function loseAfter(loser: Loser, type: RunEvent['type'], ticks: number): void {
  let left = ticks;
  loser.stage.onTick = ({ wire }) => {
    if (wire.includes(type) && (left -= 1) === 0) loser.lose();
  };
}

describe('a conductor whose run was taken over does nothing more', () => {
  test.each([
    ['the baseline begins', 'baseline-started'],
    ['the baseline was judged', 'baseline-judged'],
    ['the start was asked for', 'start-requested'],
    ['the fault was started', 'started'],
    ['the fault is active', 'fault-active'],
    ['the fault was seen', 'fault-seen'],
    ['the fault is over', 'fault-ended'],
    ['the recovery was judged', 'recovery-judged'],
  ] as const)('right after %s', async (_when, type) => {
    const loser = new Loser();
    await loser.conduct(loser.deps(type));
    expect(loser.after()).toEqual(quiet);
  });

  test.each([
    ['the baseline', 'baseline-started'],
    ['the preparation of the fault', 'started'],
    ['the fault', 'fault-active'],
    ['the recovery', 'fault-ended'],
  ] as const)('in the middle of %s', async (_where, type) => {
    const loser = new Loser(type === 'started' ? { preparingMs: 30_000 } : {});
    loseAfter(loser, type, 3);
    await loser.conduct(loser.deps());
    expect(loser.after()).toEqual(quiet);
  });

  test('right before it would cancel the fault', async () => {
    const loser = new Loser();
    loser.stage.onTick = (stage) => {
      if (stage.wire.includes('fault-active')) stage.clusterSilentFrom = 0;
    };
    const deps = loser.deps();
    const cancel: typeof deps.faults.cancel = (...given) => {
      loser.lose();
      return deps.faults.cancel(...given);
    };
    await loser.conduct({ ...deps, faults: { ...deps.faults, cancel } });
    expect(loser.after()).toEqual(quiet);
  });

  test('after it has cancelled the fault', async () => {
    const loser = new Loser();
    loser.stage.onTick = (stage) => {
      if (stage.wire.includes('fault-active')) stage.clusterSilentFrom = 0;
    };
    await loser.conduct(loser.deps('cancel-requested'));
    expect(loser.after()).toEqual(quiet);
  });

  test('when its job was given to another worker', async () => {
    const loser = new Loser();
    const released = new AbortController();
    loser.stage.onTick = ({ wire }) => {
      if (!wire.includes('fault-active') || loser.isLost) return;
      loser.release();
      released.abort();
    };
    await loser.conduct(loser.deps(), released.signal);
    expect(loser.after()).toEqual(quiet);
  });
});

describe('a conductor that stood still', () => {
  /** Stands still for 40 s under the fault, as after SIGSTOP, in which nothing is observed. */
  function standStill(stage: Stage, meanwhile: () => void): void {
    let isDone = false;
    stage.onTick = ({ wire }) => {
      if (isDone || !wire.includes('fault-active')) return;
      isDone = true;
      stage.now += 40_000;
      meanwhile();
    };
  }

  test('does nothing after it woke when another process has taken over', async () => {
    const loser = new Loser();
    standStill(loser.stage, () => loser.lose());
    await loser.conduct(loser.deps());
    expect(loser.after()).toEqual(quiet);
  });

  test('waits for the database to say whether it still conducts the run', async () => {
    const loser = new Loser();
    const { stage } = loser;
    standStill(stage, () => {
      loser.lose();
      stage.storeDownFrom = stage.now;
      stage.storeDownUntil = stage.now + 5_000;
      // Observing has stopped as well: a guard would end the fault.
      stage.clusterSilentFrom = 0;
    });
    await loser.conduct(loser.deps());
    expect(loser.after()).toEqual(quiet);
  });

  test('ends the fault when the database stays silent', async () => {
    const { stage, ...loser } = new Loser();
    standStill(stage, () => (stage.storeDownFrom = stage.now));
    const conducted = conductRun(stage.run().id, stage.deps(), never);
    await expect(conducted).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(stage.count('azure cancel')).toBe(1);
    expect(loser.told).toEqual([]);
  });

  test('ends the fault when the database does not say who conducts the run', async () => {
    const { stage } = new Loser();
    const deps = stage.deps();
    const state = { isSilent: false };
    standStill(stage, () => (state.isSilent = true));
    const isNewest: typeof deps.claims.isNewest = (claim) =>
      state.isSilent ? Promise.reject(new Error('denied')) : deps.claims.isNewest(claim);
    const claims = { ...deps.claims, isNewest };
    const conducted = conductRun(stage.run().id, { ...deps, claims }, never);
    await expect(conducted).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(stage.count('azure cancel')).toBe(1);
  });

  test('goes on with a run that it still conducts', async () => {
    const { stage } = new Loser();
    standStill(stage, () => undefined);
    await conductRun(stage.run().id, stage.deps(), never);
    expect(stage.run().phase).toBe('ended');
  });
});

describe('a start that was sent although the run was taken over', () => {
  /** Stands still between the database's word and the request; meanwhile another process may do this to the run. */
  async function startLate(meanwhile: (stage: Stage) => void) {
    const loser = new Loser();
    const { stage } = loser;
    const deps = loser.deps();
    const start: typeof deps.faults.start = (run, calledOff, requireMay) =>
      deps.faults.start(run, calledOff, async () => {
        await requireMay?.();
        loser.lose();
        meanwhile(stage);
      });
    await loser.conduct({ ...deps, faults: { ...deps.faults, start } });
    return loser;
  }
  const failed = { type: 'failed', message: 'No execution came of it.', suggestion: '' } as const;
  const ended = { type: 'ended', ending: 'failed', verdict: null, why: '' } as const;

  test('ends its fault when the run has ended without it', async () => {
    const { wire, stage } = await startLate((stage) => stage.append(failed, ended));
    expect(wire).toEqual(['failed', 'ended', 'azure start', 'azure cancel']);
    expect(stage.active.list()).toEqual([]);
  });

  test('asks until Azure accepts the end of its fault', async () => {
    const { wire } = await startLate((stage) => {
      stage.append(failed, ended);
      stage.cancelFailsTimes = 2;
    });
    expect(wire.filter((call) => call === 'azure cancel')).toHaveLength(3);
  });

  test('ends its fault when the run ends without it a while later', async () => {
    const { wire } = await startLate((stage) => {
      let left = 5;
      stage.onTick = () => (left -= 1) === 0 && stage.append(failed, ended);
    });
    expect(wire).toEqual(['azure start', 'failed', 'ended', 'azure cancel']);
  });

  test('leaves its fault to the process that has found it', async () => {
    const { wire } = await startLate((stage) => {
      let left = 5;
      stage.onTick = () => {
        const [execution] = stage.executions;
        if (execution && (left -= 1) === 0)
          stage.append({ type: 'started', executionId: execution.id });
      };
    });
    expect(wire).toEqual(['azure start', 'started']);
  });
});

describe('what is not bound to a claim', () => {
  test('a person stops a run whose conductor has lost it', async () => {
    const loser = new Loser();
    const { stage } = loser;
    await loser.conduct(loser.deps('fault-active'));
    await stopRun(
      { by: proposer, via: { kind: 'command' }, all: true, conversationId: 'any' },
      { ...openToAll, ...stage.deps() },
    );
    expect(stage.count('azure cancel')).toBe(1);
    expect(stage.wire.at(-1)).toBe('stop-requested');
  });

  test('a conductor that has lost a run leaves it to one that has taken it over in the same process', () => {
    const active = new ActiveRuns();
    const run = sampleRun();
    const before = active.enter(run);
    const after = active.enter(run);
    active.leave(run.id, before);
    expect(active.list()).toEqual([run]);
    active.leave(run.id, after);
    expect(active.list()).toEqual([]);
  });
});

test('nothing is started while the database does not say who conducts the run', async () => {
  const { stage } = new Loser();
  const deps = stage.deps();
  const announcer = {
    ...deps.announcer,
    runChanged: () => {
      if (stage.wire.at(-1) !== 'start-requested') return;
      stage.storeDownFrom = stage.now;
    },
  };
  const conducted = conductRun(stage.run().id, { ...deps, announcer }, never);
  await expect(conducted).rejects.toMatchObject({ code: 'store-unavailable' });
  expect(stage.count('azure start')).toBe(0);
});
