import { expect, test } from '@jest/globals';
import type { MeasuredPrediction, PredictionResult } from '../../src/domain/prediction-result.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Run } from '../../src/domain/run.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import { RunGuards } from '../../src/runs/run-guards.ts';
import { toGuardFacts } from '../../src/reports/to-guard-facts.ts';
import { approver } from '../support/proposal.ts';
import { beginOf } from '../support/staged-fault.ts';
import { Stage } from '../support/stage.ts';

/** The condition of a guard may be met when the fault is over: by time-outs of what was due before, or where somebody else had ended it. */

const guards = [{ kind: 'consecutive-failures', count: 20 }] as const;
const tolerance = { signal: 'availability', comparison: '>=', bound: 0.9 } as const;
const hypothesis = { title: 'Predictions survive', tolerances: [tolerance] };
const timeoutMs = 5_000;
const { signal } = new AbortController();

function approve(overrides: Partial<Proposal> = {}): Stage {
  const stage = new Stage({ guards, hypothesis, ...overrides });
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  return stage;
}

/** Predictions whose answer is known `afterMs` after they were due; at once of those due from `quickSince` on. */
function delay(
  { predictions }: ConductDeps,
  isLost: (dueAt: number) => boolean,
  afterMs: number,
  quickSince = () => Infinity,
): ConductDeps['predictions'] {
  const judge = (result: MeasuredPrediction): MeasuredPrediction => {
    const outcome = isLost(result.dueAt) ? 'timeout' : 'good';
    const isQuick = result.dueAt >= quickSince();
    return { ...result, endedAt: result.dueAt + (isQuick ? 8 : Math.max(8, afterMs)), outcome };
  };
  return {
    ...predictions,
    start: (service, options) => {
      let waiting: PredictionResult[] = [];
      return predictions.start(service, {
        ...options,
        onResults: ({ results, knownUntil }) => {
          const until = knownUntil - afterMs;
          const all = [...waiting, ...results];
          const isKnown = (result: PredictionResult) =>
            result.kind === 'measured' && (result.dueAt < until || result.dueAt >= quickSince());
          waiting = all.filter((result) => !isKnown(result));
          const known = all.filter(isKnown).map((one) => judge(one as MeasuredPrediction));
          options.onResults({ knownUntil: until, results: known });
        },
      });
    },
  };
}

/** A whole fault in which predictions are lost from and until these times since its beginning. */
async function conductLossy(
  { from, until }: { readonly from: number; readonly until: number },
  overrides: Partial<Proposal> = {},
) {
  const stage = approve(overrides);
  const deps = stage.deps();
  let told = 0;
  const cancel: typeof deps.faults.cancel = () => {
    stage.wire.push('azure cancel');
    const refusal = {
      problem: 'azure-conflict',
      status: 409,
      sentence: '',
      suggestion: '',
    } as const;
    return Promise.resolve({ kind: 'refused', refusal });
  };
  const isLost = (dueAt: number) =>
    dueAt >= beginOf(stage) + from && dueAt < beginOf(stage) + until;
  await conductRun(
    stage.run().id,
    {
      ...deps,
      announcer: { ...deps.announcer, cancelRefused: () => (told += 1) },
      faults: { ...deps.faults, cancel },
      predictions: delay(deps, isLost, timeoutMs, () => beginOf(stage) + 60_000),
    },
    signal,
  );
  return { stage, run: stage.run(), told };
}

const late =
  /The condition of a guard was met by what became known only after the fault had ended: .*\.$/;

test.each([
  ['a row of failures', {}, 57_500, /25 predictions in a row failed/],
  [
    'a floor',
    { guards: [{ kind: 'availability-floor', floor: 0.75, windowMs: 10_000 }] },
    57_000,
    /availability was 7\d\.\d\d% over the last 10s/,
  ],
] as const)(
  '%s that is known only after the end is recorded in words',
  async (_what, overrides, from, why) => {
    const { run, stage, told } = await conductLossy({ from, until: 60_000 }, overrides);
    expect(stage.count('azure cancel')).toBe(0);
    expect(told).toBe(0);
    expect([run.trip, run.cancelRequestedAt]).toEqual([undefined, undefined]);
    expect(run.lateTrip?.reason).toMatch(why);
    expect(run.lateTrip?.at).toBeGreaterThan(run.faultEndedAt ?? Infinity);
    expect(run.end).toMatchObject({ ending: 'completed', verdict: 'held' });
    expect(run.end?.why).toMatch(late);
    expect(run.end?.why).toMatch(why);
  },
);

test('what fails after the end of the fault meets no condition of a guard', async () => {
  const { run, stage } = await conductLossy({ from: 60_000, until: 64_000 });
  expect(stage.count('azure cancel')).toBe(0);
  expect([run.trip, run.lateTrip, run.end?.verdict]).toEqual([undefined, undefined, 'held']);
});

test('what a checkpoint has from after the end of the fault meets no condition after a restart', () => {
  const stage = approve();
  const toSecond = (at: number) => ({ at, sent: 10, good: at < 60_000 ? 10 : 0 });
  const seconds = Array.from({ length: 70 }, (_, index) => toSecond(index * 1_000));
  const sight = { now: 70_000, predictionsAt: 70_000, podsAt: 70_000 };
  const findTrip = (endedAt: number) => {
    const watch = new RunGuards(stage.run(), undefined);
    watch.end(endedAt);
    watch.arm(0, seconds);
    return watch.findTrip(sight, { at: 70_000, knownUntil: 70_000 });
  };
  expect(findTrip(Infinity)).toBeDefined();
  expect(findTrip(60_000)).toBeUndefined();
});

test('sight that is lost after the end of the fault meets no condition of a guard', async () => {
  const stage = approve({ guards: [{ kind: 'lost-sight', afterMs: 3_000 }] });
  const deps = stage.deps();
  // Pods are not seen any more while the last predictions are waited for.
  stage.onTick = (current) => {
    const goneAt = beginOf(current) + 60_000;
    const isSilent = current.now >= goneAt && current.run().phase === 'observe';
    current.clusterSilentFrom = isSilent ? goneAt : Infinity;
  };
  const predictions = delay(deps, () => false, timeoutMs);
  await conductRun(stage.run().id, { ...deps, predictions }, signal);
  const { trip, lateTrip, end } = stage.run();
  expect([trip, lateTrip, end?.ending]).toEqual([undefined, undefined, 'completed']);
});

test.each(['cancelled', 'failed'] as const)(
  'a guard that trips after Azure recorded the end of an execution that %s ended nothing',
  async (state) => {
    const stage = approve();
    stage.lossUnderFault = 0;
    const deps = stage.deps();
    stage.onTick = ({ executions: [execution], now }) => {
      if (execution && now >= beginOf(stage) + 20_000) execution.cancelledAt ??= now;
    };
    const stoppedAt = () => (stage.executions[0]?.cancelledAt ?? 0) + 1_000;
    const read: typeof deps.faults.read = async (...given) => {
      for (let waitedMs = 0; waitedMs < 9_000; waitedMs += 100) await deps.clock.sleep(100);
      const report = await deps.faults.read(...given);
      if (report.state !== 'cancelled') return report;
      return { ...report, state, startedAt: beginOf(stage), stoppedAt: stoppedAt() };
    };
    const isLost = (dueAt: number) =>
      dueAt >= beginOf(stage) + 21_500 && dueAt < beginOf(stage) + 25_000;
    const predictions = delay(deps, isLost, 0);
    const given = { ...deps, faults: { ...deps.faults, read }, predictions };
    await conductRun(stage.run().id, given, signal);
    const run = stage.run();
    expect(run.trip?.at).toBeGreaterThan(stoppedAt());
    expect(run.end?.ending).toBe(state === 'failed' ? 'failed' : 'stopped');
    expect(run.end?.why).not.toMatch(/A guard ended the fault/);
    expect(run.end?.why).toMatch(late);
  },
);

test('reports show a guard whose condition was met late', async () => {
  const { run } = await conductLossy({ from: 57_500, until: 60_000 });
  expect(toGuardFacts(run, {} as never)).toMatchObject([
    { decision: 'tripped', detail: expect.stringMatching(/after the fault had ended$/) },
  ]);
});

test.each([
  ['ran its time', 60_000, 'completed'],
  ['was cancelled in Azure', 32_000, 'stopped'],
] as const)(
  'a guard whose condition was met late ended nothing also where the process is killed then: %s',
  async (_what, endMs, ending) => {
    const stage = approve();
    const cancelElsewhere = ({ now, executions: [execution] }: Stage) => {
      const isMeant = execution && endMs < 60_000 && now >= beginOf(stage) + endMs - 1_000;
      if (isMeant) execution.cancelledAt ??= beginOf(stage) + endMs - 1_100;
    };
    const told: unknown[] = [];
    const toDeps = (): ConductDeps => {
      const deps = stage.deps();
      const read: typeof deps.faults.read = async (...given) => {
        const report = await deps.faults.read(...given);
        const isOver = report.state === 'cancelled' || report.state === 'succeeded';
        const stoppedAt = beginOf(stage) + endMs - (endMs < 60_000 ? 100 : 0);
        return { ...report, startedAt: beginOf(stage), ...(isOver ? { stoppedAt } : {}) };
      };
      const isLost = (dueAt: number) =>
        dueAt >= beginOf(stage) + endMs - 6_300 && dueAt < beginOf(stage) + endMs;
      const runChanged = ({ trip }: Run) => void (trip && told.push(trip));
      return {
        ...deps,
        announcer: { ...deps.announcer, runChanged },
        faults: { ...deps.faults, read },
        predictions: delay(deps, isLost, timeoutMs),
      };
    };
    stage.onTick = (current) => {
      cancelElsewhere(current);
      if (current.checkpoint?.trip) current.kill();
    };
    await conductRun(stage.run().id, toDeps(), signal).catch(() => undefined);
    expect(stage.killed).toBe(true);
    stage.onTick = cancelElsewhere;
    stage.restart();
    await conductRun(stage.run().id, toDeps(), signal);
    const run = stage.run();
    expect(stage.count('azure cancel')).toBe(0);
    expect(told).toEqual([]);
    expect(run.trip).toBeUndefined();
    expect(run.lateTrip?.at).toBeGreaterThan(beginOf(stage) + endMs);
    expect(run.end?.ending).toBe(ending);
    expect(run.end?.why).toMatch(late);
  },
);
