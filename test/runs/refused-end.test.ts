import { describe, expect, test } from '@jest/globals';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import { describeTrip } from '../../src/domain/describe-trip.ts';
import { describeFutileEnd, findEndedBy } from '../../src/domain/ended-early.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Run } from '../../src/domain/run.ts';
import { toGuardFacts } from '../../src/reports/to-guard-facts.ts';
import { describeDecision } from '../../src/reports/tripped.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import { approver, sampleCourse, sampleRun } from '../support/proposal.ts';
import { beginOf } from '../support/staged-fault.ts';
import { forbidden, loseWhere } from '../support/lossy-predictions.ts';
import { Stage } from '../support/stage.ts';

/** A fault runs its time when Azure refuses to end it, whoever asked. */

const floor = { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 } as const;
const { signal } = new AbortController();
const unanswered = {
  kind: 'refused',
  refusal: { problem: 'azure-unreachable', sentence: '', suggestion: '' },
} as const;

function approve(bound: number): Stage {
  const tolerance = { signal: 'availability', comparison: '>=', bound } as const;
  const overrides: Partial<Proposal> = {
    guards: [floor],
    hypothesis: { title: 'Predictions survive', tolerances: [tolerance] },
  };
  const stage = new Stage(overrides);
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  return stage;
}

/** Everything fails from 20 s to 30 s of the fault; Azure refuses each cancel that `isRefused` is true of. */
function toDeps(stage: Stage, isRefused = () => true, isLossy = true): ConductDeps {
  const deps = stage.deps();
  const isLost = (dueAt: number) => {
    const sinceMs = dueAt - beginOf(stage);
    const endedAt = (stage.executions[0]?.cancelledAt ?? Infinity) + 1_000;
    return isLossy && sinceMs >= 20_000 && sinceMs < 30_000 && dueAt < endedAt;
  };
  const cancel: typeof deps.faults.cancel = (...given) =>
    isRefused() ? Promise.resolve(forbidden) : deps.faults.cancel(...given);
  return {
    ...deps,
    predictions: loseWhere(isLost, deps.predictions),
    faults: { ...deps.faults, cancel },
  };
}

async function conduct(stage: Stage, deps = toDeps(stage)): Promise<Run> {
  await conductRun(stage.run().id, deps, signal);
  return stage.run();
}

const decisionsOf = (run: Run) =>
  toGuardFacts(run, { span: {} } as never).map((facts) => describeDecision(facts));

describe('a fault that Azure would not end when a guard tripped', () => {
  test.each([
    [0.6, 'held'],
    [0.9, 'deviated'],
  ] as const)(
    'is judged as one that ran its time, with a bound of %d: %s',
    async (bound, verdict) => {
      const run = await conduct(approve(bound));
      expect(run).toMatchObject({ trip: { guard: floor }, refusedCancel: { status: 403 } });
      expect(findEndedBy(run)).toBeUndefined();
      expect(run.end).toMatchObject({ ending: 'completed', verdict });
      expect(run.end?.why).toMatch(
        /A guard tripped, but Azure did not accept to end the fault, which ran its whole time: availability was 4/,
      );
      expect(run.end?.why).not.toMatch(/A guard ended/);
    },
  );

  test('is the first thing to look into, on the card and in the report', async () => {
    const run = await conduct(approve(0.6));
    expect(toNextSteps(run)[0]).toMatch(/^Find out why Azure did not end the fault/);
    expect(decisionsOf(run)).toEqual(['ended nothing']);
    expect(JSON.stringify(renderSummaryCard(run))).toMatch(/UTC; Azure did not end the fault/);
  });

  test('was not ended by it where Azure accepts only when nothing runs any more', async () => {
    const stage = approve(0.6);
    const endsAt = () => beginOf(stage) + stage.faultMs;
    const deps = toDeps(stage);
    const cancel: typeof deps.faults.cancel = () =>
      Promise.resolve(stage.now <= endsAt() ? forbidden : { kind: 'accepted' });
    // Azure does not say for some seconds that it is over.
    const read: typeof deps.faults.read = async (...given) => {
      if (stage.now >= endsAt() && stage.now < endsAt() + 3_000) throw new Error('No answer.');
      const report = await deps.faults.read(...given);
      return report.state === 'succeeded' ? { ...report, stoppedAt: endsAt() } : report;
    };
    const run = await conduct(stage, { ...deps, faults: { ...deps.faults, cancel, read } });
    expect(run.cancelRequestedAt).toBeGreaterThan(run.faultEndedAt ?? Infinity);
    expect(findEndedBy(run)).toBeUndefined();
    expect(run.end).toMatchObject({
      ending: 'completed',
      why: expect.stringMatching(/Azure did not accept to end the fault, which ran its whole time/),
    });
    expect(decisionsOf(run)).toEqual(['ended nothing']);
  });

  test('was ended by it where Azure accepts at last', async () => {
    const stage = approve(0.6);
    let asked = 0;
    const run = await conduct(
      stage,
      toDeps(stage, () => (asked += 1) < 5),
    );
    expect(run.end).toMatchObject({
      ending: 'aborted',
      why: expect.stringMatching(/^A guard ended/),
    });
    expect(decisionsOf(run)).toEqual(['ended the fault']);
  });
});

describe('a fault that Azure would not end, and that somebody cancelled there', () => {
  /** Somebody cancels it in the portal at 32 s. */
  const cancelThere = (stage: Stage) => {
    const [execution] = stage.executions;
    if (execution && stage.now >= beginOf(stage) + 32_000) execution.cancelledAt ??= stage.now;
  };

  test('was not ended by the guard that had tripped, and is as approved', async () => {
    const stage = approve(0.6);
    stage.onTick = cancelThere;
    const run = await conduct(stage);
    expect(run).toMatchObject({ trip: { guard: floor }, execution: { state: 'cancelled' } });
    expect(findEndedBy(run)).toBe('elsewhere');
    expect(run.end?.ending).toBe('stopped');
    expect(run.end?.why).toMatch(
      /A guard tripped, but Azure did not accept to end the fault, and somebody cancelled its execution there: availability was/,
    );
    expect(run.injection?.mismatches).toEqual([]);
    expect(decisionsOf(run)).toEqual(['ended nothing']);
    expect(toNextSteps(run)[0]).toMatch(/^Find out why Azure did not end the fault/);
  });

  test('may have been ended by the guard where Azure had left its first request unanswered', async () => {
    const stage = approve(0.6);
    stage.onTick = cancelThere;
    const deps = toDeps(stage);
    let asked = 0;
    const cancel: typeof deps.faults.cancel = () =>
      Promise.resolve((asked += 1) === 1 ? unanswered : forbidden);
    const run = await conduct(stage, { ...deps, faults: { ...deps.faults, cancel } });
    expect(run).toMatchObject({ refusedCancel: { status: 403 }, cancelHeardBefore: true });
    expect(findEndedBy(run)).toBe('guard');
  });
});

test('a fault that a person stopped in vain, and somebody cancelled there, was not stopped here', async () => {
  const stage = approve(0.6);
  stage.onTick = (current) => {
    const sinceMs = current.now - beginOf(current);
    const [execution] = current.executions;
    if (execution && sinceMs >= 32_000) execution.cancelledAt ??= current.now;
    if (sinceMs >= 20_000 && !current.run().stop)
      current.append({ type: 'stop-requested', by: approver, via: { kind: 'command' } });
  };
  const run = await conduct(
    stage,
    toDeps(stage, () => true, false),
  );
  expect(findEndedBy(run)).toBe('elsewhere');
  expect(run.end?.why).toMatch(
    /^The execution was cancelled in Azure before .* The run was stopped/,
  );
  expect(run.end?.why).not.toContain('Stopped after');
});

test('a fault that the bot gave up, and that Azure would not end, is said to have run its time', () => {
  const done = sampleRun(sampleCourse());
  const { execution, faultEndedAt = 0 } = done;
  if (!execution) throw new TypeError('The fault has not ended.');
  const failure = { message: 'The database was away.', suggestion: 'Look.' };
  const askedFor = (askedAt: number): Run => ({
    ...done,
    execution: { ...execution, state: 'succeeded' },
    failure: { ...failure, askedAt },
  });
  const run = askedFor(faultEndedAt - 5_000);
  expect(describeFutileEnd(run)).toBe(
    'The bot gave up, but Azure accepted no request to end the fault in time, and it ran its whole time.',
  );
  expect(toNextSteps(run)[0]).toMatch(/^Find out why Azure accepted no request/);
  expect(describeFutileEnd(askedFor(faultEndedAt + 5_000))).toBeUndefined();
});

test('a person who stopped a run is advised, whatever a guard saw later', () => {
  const done = sampleRun(sampleCourse());
  const { faultEndedAt = 0, execution } = done;
  if (!execution) throw new TypeError('The fault has not ended.');
  const lateTrip = { guard: floor, reason: 'availability was 0%', at: faultEndedAt + 3_000 };
  const run: Run = {
    ...done,
    execution: { ...execution, state: 'cancelled' },
    stop: { by: approver, at: faultEndedAt - 5_000 },
    cancelRequestedAt: faultEndedAt - 5_000,
    lateTrip,
    end: { ending: 'stopped', verdict: 'inconclusive', why: 'Stopped.', at: faultEndedAt },
  };
  expect(findEndedBy(run)).toBe('person');
  expect(toNextSteps(run).join(' ')).toContain('Resolve the reason for the stop');
  expect(toNextSteps(run).join(' ')).not.toContain('what the guard saw');
});

test('a guard that trips while pods carry a fault whose execution is over is not said to come after it', () => {
  const done = sampleRun(sampleCourse());
  const { faultEndedAt = 0, execution } = done;
  if (!execution) throw new TypeError('The fault has not ended.');
  const trip = { guard: floor, reason: 'availability was 0%', at: faultEndedAt - 5_000 };
  const run: Run = {
    ...done,
    execution: { ...execution, state: 'succeeded', stoppedAt: faultEndedAt - 20_000 },
    trip,
  };
  expect(describeFutileEnd(run)).toContain('while pods still carried it');
  expect(describeTrip(run, trip)).toContain('after its execution was over');
});

test('a fault that Azure would not end for a person is not said to be stopped', async () => {
  const stage = approve(0.6);
  let isAsked = false;
  stage.onTick = (current) => {
    if (isAsked || current.now < beginOf(current) + 20_000) return;
    isAsked = true;
    current.append({ type: 'stop-requested', by: approver, via: { kind: 'command' } });
  };
  const run = await conduct(
    stage,
    toDeps(stage, () => true, false),
  );
  expect(run.end?.ending).toBe('completed');
  expect(run.end?.why).toMatch(
    /The run was stopped, but Azure did not accept to end the fault, which ran its whole time\.$/,
  );
  expect(toNextSteps(run)[0]).toMatch(/^Find out why Azure did not end the fault/);
});

test('a stop is refused only where Azure did so, and before its execution was over', () => {
  const done = sampleRun(sampleCourse());
  const { execution, faultEndedAt: stoppedAt = 0 } = done;
  if (!execution) throw new TypeError('The fault has not ended.');
  const refused = { problem: 'azure-forbidden', status: 403, at: stoppedAt } as const;
  const stop = (at: number, refusedCancel?: typeof refused): Run => ({
    ...done,
    stop: { by: approver, at },
    execution: { ...execution, stoppedAt },
    // Pods carried the fault for some seconds more.
    faultEndedAt: stoppedAt + 10_000,
    ...(refusedCancel ? { refusedCancel } : {}),
  });
  expect(describeFutileEnd(stop(stoppedAt - 5_000, refused))).toMatch(/Azure did not accept to/);
  expect(describeFutileEnd(stop(stoppedAt + 5_000, refused))).toBeUndefined();
  expect(describeFutileEnd(stop(stoppedAt - 5_000))).toBeUndefined();
});
