import { describe, expect, test } from '@jest/globals';
import { ActiveRuns } from '../../src/runs/active-runs.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { foldRun, type Run } from '../../src/domain/run.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import { toPrice } from '../../src/domain/error-budget.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import type { MetricReading } from '../../src/domain/metric.ts';
import { toSpending } from '../../src/domain/spending.ts';
import { rehearseFaults } from '../../src/runs/rehearse-faults.ts';
import { stopRun } from '../../src/runs/stop/stop-run.ts';
import {
  approver,
  proposer,
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleProposed,
  sampleRun,
  startOfTime,
} from '../support/proposal.ts';
import { openToAll } from '../support/open-to-all.ts';
import { Stage } from '../support/stage.ts';

const approved = {
  type: 'approved',
  memberOf: [],
  by: approver,
  digest: sampleProposed().digest,
  via: { kind: 'card' },
} as const;

function neverStarted(): never {
  throw new Error('A rehearsal asked for a start.');
}

function approvedStage(change: Partial<Stage> = {}): Stage {
  const stage = Object.assign(new Stage(), change);
  stage.append(approved);
  return stage;
}

/** Conducts as the job queue does: again after each failure or kill, until the run has ended. */
async function conduct(stage: Stage): Promise<void> {
  for (let attempt = 0; attempt < 50 && stage.run().phase !== 'ended'; attempt += 1) {
    await conductRun(stage.run().id, stage.deps(), new AbortController().signal).catch(
      () => undefined,
    );
    if (stage.killed) stage.restart();
    stage.now += 1_000;
  }
}

const stop = (stage: Stage) =>
  stopRun(
    { by: proposer, via: { kind: 'command' }, all: true, conversationId: 'any' },
    { ...openToAll, ...stage.deps() },
  );

describe('conducting a run', () => {
  test.each([4, 1])(
    'ends the fault when its journal was cut back to %i entries meanwhile',
    async (entries) => {
      const stage = approvedStage();
      const deps = stage.deps();
      const cut = (run: Run): Run => ({
        ...foldRun(stage.journal.slice(0, entries)),
        id: run.id,
        alteration: { kind: 'journal', sequence: entries + 1 },
      });
      const find = async (runId: RunId) => {
        const run = await deps.runs.find(runId);
        return run && stage.faultActive ? cut(run) : run;
      };
      await conductRun(
        stage.run().id,
        { ...deps, runs: { ...deps.runs, find } },
        new AbortController().signal,
      );
      expect(stage.wire).toContain('azure cancel');
      expect(stage.run().end?.ending).toBe('failed');
    },
  );

  test('ends the fault of a job whose run was cut back to its proposal', async () => {
    const stage = approvedStage();
    const deps = stage.deps();
    const alteration = { kind: 'journal', sequence: 2 } as const;
    const find = () => Promise.resolve({ ...foldRun(stage.journal.slice(0, 1)), alteration });
    await conductRun(
      stage.run().id,
      { ...deps, runs: { ...deps.runs, find } },
      new AbortController().signal,
    );
    expect(stage.wire).toContain('azure cancel');
    expect(stage.wire).not.toContain('azure start');
  });

  test('goes through baseline, inject, observe and recover to a verdict', async () => {
    const stage = approvedStage();
    await conduct(stage);
    expect(stage.run().end).toMatchObject({ ending: 'completed', verdict: 'held' });
    expect(stage.wire.filter((entry) => entry !== 'proposed')).toEqual([
      'approved',
      'baseline-started',
      'baseline-judged',
      'experiment-prepared',
      'start-requested',
      'azure start',
      'started',
      'fault-active',
      'fault-seen',
      'observed',
      'fault-ended',
      'recovery-judged',
      'ended',
    ]);
    expect(stage.faultActive).toBe(false);
  });

  test.each([0, 1_500, 3_000, 9_000])(
    'measures from the first change of a pod, whatever failed %i ms before it',
    async (lossAheadMs) => {
      const stage = approvedStage({ lossAheadMs });
      await conduct(stage);
      const { observed } = stage.run();
      const noticedAt = observed?.measurement.pods.changes[0]?.at;
      expect(observed?.measurement.startedAt).toBe(noticedAt);
    },
  );

  test('ends at a stop in the baseline although Azure has not answered what prepares the experiment', async () => {
    const stage = approvedStage();
    const deps = stage.deps();
    const faults = { ...deps.faults, prepare: () => new Promise<never>(() => undefined) };
    stage.onTick = () => {
      if (stage.run().phase === 'baseline')
        deps.active.stop(stage.run().id, {
          by: proposer,
          via: { kind: 'command' },
          at: stage.now,
        });
    };
    await conductRun(stage.run().id, { ...deps, faults }, new AbortController().signal);
    expect(stage.run().end).toMatchObject({ ending: 'stopped' });
    expect(stage.count('azure start')).toBe(0);
  });

  test('leaves no gap in the record between the phases', async () => {
    const stage = approvedStage();
    const deps = stage.deps();
    // The pod is back before the steady state is measured once more.
    const back = () => (stage.run().phase === 'recover' ? [stage.run().faultEndedAt ?? 0] : []);
    const watch: typeof deps.cluster.watch = (...given) => {
      const seen = deps.cluster.watch(...given);
      const toReady = (at: number) =>
        ({ at, pod: 'diabetes-7c9f-a', kind: 'ready', detail: 'ready' }) as const;
      return { ...seen, changes: () => [...seen.changes(), ...back().map(toReady)] };
    };
    const cluster = { ...deps.cluster, watch };
    await conductRun(stage.run().id, { ...deps, cluster }, new AbortController().signal);
    const { recovered, faultEndedAt = 0 } = stage.run();
    expect(recovered?.measurement.startedAt).toBeGreaterThan(faultEndedAt);
    expect(recovered?.measurement.pods.changes).toMatchObject([
      { at: faultEndedAt, kind: 'ready' },
    ]);
  });

  test('keeps what happened to nodes with the phase in which it did, and nothing where nothing did', async () => {
    const stage = approvedStage();
    const deps = stage.deps();
    const watch: typeof deps.cluster.watch = (...given) => ({
      ...deps.cluster.watch(...given),
      nodeChanges: () => {
        const { faultActiveAt } = stage.run();
        return faultActiveAt === undefined
          ? []
          : [{ at: faultActiveAt, node: 'vmss0', kind: 'cordoned', detail: 'cordoned' }];
      },
    });
    const cluster = { ...deps.cluster, watch };
    await conductRun(stage.run().id, { ...deps, cluster }, new AbortController().signal);
    const { baseline, observed, recovered } = stage.run();
    expect(baseline?.measurement).not.toHaveProperty('nodes');
    expect(observed?.measurement.nodes).toMatchObject([{ node: 'vmss0', kind: 'cordoned' }]);
    expect(recovered?.measurement).not.toHaveProperty('nodes');
    expect(stage.checkpoint?.nodeChanges).toHaveLength(1);
  });

  test('injects nothing into a service that is not steady', async () => {
    const stage = approvedStage({ lossAlways: 0.2 });
    await conduct(stage);
    expect(stage.run().end).toMatchObject({ ending: 'not-steady', verdict: null });
    expect(stage.executions).toHaveLength(0);
  });

  test('injects nothing where the baseline is too short to tell, and offers a longer one', async () => {
    const stage = new Stage({ baselineMs: 5_000 });
    stage.append({ ...approved, digest: stage.run().digest });
    await conduct(stage);
    expect(stage.executions).toHaveLength(0);
    expect(stage.run().end).toMatchObject({
      ending: 'baseline-undecided',
      verdict: null,
      why: expect.stringMatching(
        /^The baseline was too short\. availability >= 95% could not be decided before the fault: .*Nothing was injected\.$/,
      ),
    });
    expect(toNextSteps(stage.run())).toEqual([
      expect.stringMatching(/^Measure longer: run pod-failure .* baseline=50s .*"$/),
    ]);
  });

  test('measures a whole baseline, however long the thread that predicts takes to load', async () => {
    const counts = async (proberLoadsMs: number) => {
      const stage = approvedStage();
      stage.proberLoadsMs = proberLoadsMs;
      await conduct(stage);
      const { startedAt = 0, endedAt = 0, predictions } = stage.run().baseline?.measurement ?? {};
      const { sent = 0, unmeasured = 0 } = predictions ?? {};
      return { sent, unmeasured, lastedMs: endedAt - startedAt };
    };
    expect(await counts(8_000)).toEqual(await counts(0));
    expect((await counts(8_000)).lastedMs).toBe(sampleProposal().baselineMs);
  });

  test('measures a whole baseline after a restart before anything was known', async () => {
    const stage = approvedStage();
    stage.proberLoadsMs = 8_000;
    stage.onTick = (current) => {
      const { phase, phaseSince } = current.run();
      if (phase !== 'baseline' || current.now <= phaseSince + 4_000) return;
      current.onTick = () => undefined;
      current.kill();
    };
    await conduct(stage);
    const { predictions, seconds = [] } = stage.run().baseline?.measurement ?? {};
    expect(predictions).not.toHaveProperty('unmeasured');
    expect(seconds.every(({ at }) => at > stage.run().phaseSince - 3_600_000)).toBe(true);
    expect(stage.run().end?.verdict).toBe('held');
  });

  describe('with a metric in its hypothesis', () => {
    const bounded = {
      service: {
        ...sampleProposal().service,
        metrics: [
          {
            name: 'users',
            everyMs: 5_000,
            source: { kind: 'http', url: 'https://stats.example', path: '$.served' },
          },
        ],
      },
      hypothesis: {
        title: 'Users are served',
        tolerances: [
          ...sampleProposal().hypothesis.tolerances,
          { signal: 'metric(users)', comparison: '>=', bound: 99 },
        ],
      },
    } as const;
    const stageOf = (
      readMetric: (stage: Stage) => MetricReading,
      change: Partial<Proposal> = {},
    ): Stage => {
      const stage = new Stage({ ...bounded, ...change });
      stage.readMetric = () => readMetric(stage);
      stage.append({ ...approved, digest: stage.run().digest });
      return stage;
    };
    const problem = 'it answered 500';

    test('reads it in each phase, and holds where every value does', async () => {
      const stage = stageOf(() => ({ value: 99.5 }));
      await conduct(stage);
      const { end, baseline, observed, recovered } = stage.run();
      expect(end).toMatchObject({ ending: 'completed', verdict: 'held' });
      for (const phase of [baseline, observed, recovered])
        expect(phase?.measurement.metrics).toMatchObject([
          { name: 'users', missing: 0, least: 99.5 },
        ]);
      expect(recovered?.recovery.metricsGoodAfterMs).toBe(0);
    });

    test('deviates where it leaves its bound under the fault, and waits until it is back', async () => {
      let goneAt = Number.POSITIVE_INFINITY;
      const stage = stageOf((current) => {
        if (current.faultActive) goneAt = Number.POSITIVE_INFINITY;
        else if (current.count('fault-ended') > 0) goneAt = Math.min(goneAt, current.now);
        const isBack = !current.faultActive && current.now >= goneAt + 20_000;
        const isBefore = current.executions.length === 0;
        return { value: isBefore || isBack ? 100 : 97 };
      });
      await conduct(stage);
      const { end, recovered } = stage.run();
      expect(end).toMatchObject({
        verdict: 'deviated',
        why: 'During the fault, metric(users) broke its bound.',
      });
      expect(recovered?.recovery.metricsGoodAfterMs).toBeGreaterThanOrEqual(20_000);
      expect(recovered?.measurement.metrics?.[0]?.least).toBe(100);
    });

    test('injects nothing where it cannot be read before, and says why', async () => {
      const stage = stageOf(() => ({ problem }));
      await conduct(stage);
      expect(stage.executions).toHaveLength(0);
      expect(stage.run().end).toMatchObject({
        ending: 'baseline-undecided',
        why: expect.stringMatching(
          /metric\(users\) >= 99 could not be told: no value \d+ of \d+ times, since it answered 500/,
        ),
      });
    });

    test('cannot tell where it cannot be read under the fault', async () => {
      const stage = stageOf((current) => (current.faultActive ? { problem } : { value: 100 }));
      await conduct(stage);
      expect(stage.run().end).toMatchObject({
        verdict: 'inconclusive',
        why: expect.stringMatching(/^metric\(users\) >= 99 could not be told: no value/),
      });
      expect(toNextSteps(stage.run())).toEqual([
        'Make sure that metric(users) can be read: health says whether it is.',
      ]);
    });

    test('says that it never came back', async () => {
      const stage = stageOf((current) => ({ value: current.count('fault-ended') > 0 ? 90 : 100 }));
      await conduct(stage);
      expect(stage.run().recovered?.recovery.metricsGoodAfterMs).toBeNull();
      expect(stage.run().end).toMatchObject({
        verdict: 'deviated',
        why: 'The fault was gone, but metrics were not back in their bounds within 2m.',
      });
    });

    test('goes on with what was read before it was killed', async () => {
      // Long enough for the gap to be a small part of it.
      const stage = stageOf(({ now }) => ({ value: now < startOfTime + 20_000 ? 99 : 100 }), {
        baselineMs: 300_000,
      });
      let killed = false;
      stage.onTick = () => {
        if (killed || stage.now < startOfTime + 25_000) return;
        killed = true;
        stage.killNext();
      };
      await conduct(stage);
      const [users] = stage.run().baseline?.measurement.metrics ?? [];
      expect(users).toMatchObject({ least: 99, most: 100 });
      expect(stage.run().end?.verdict).toBe('held');
    });
  });

  test('starts nothing that is not approved, or approved by its proposer, or for another digest', async () => {
    for (const events of [
      [],
      [{ ...approved, by: proposer }],
      [{ ...approved, digest: 'f00' as never }],
    ]) {
      const stage = new Stage();
      stage.append(...events);
      await conduct(stage);
      expect(stage.executions).toHaveLength(0);
      expect(stage.count('baseline-started')).toBe(0);
    }
  });

  test('starts nothing once everything is frozen, even when nobody stopped the run', async () => {
    const stage = approvedStage({ frozen: true });
    await conduct(stage);
    expect(stage.run().end).toMatchObject({ ending: 'stopped', verdict: null });
    expect(stage.executions).toHaveLength(0);
  });

  test('starts nothing once a condition is not met any more', async () => {
    const checks = [{ name: 'no open incident', url: 'https://status.example', status: 200 }];
    const conditions = { whenBusy: 'refuse', checks } as const;
    const stage = new Stage({ conditions });
    stage.append({ ...approved, digest: sampleProposed({ conditions }).digest });
    stage.outside = 'open is 2';
    await conduct(stage);
    expect(stage.run().end).toMatchObject({
      ending: 'stopped',
      why: expect.stringContaining('pre-check "no open incident" failed: open is 2'),
    });
    expect(stage.executions).toHaveLength(0);
  });

  test.each([0, 1, 2])(
    'rehearses its whole way without a start, also when it is killed %i times',
    async (kills) => {
      const rehearsal = { rehearsal: true } as const;
      const stage = new Stage(rehearsal);
      stage.append({ ...approved, digest: sampleProposed(rehearsal).digest });
      const { faults, clock } = stage.deps();
      const rehearsing = () => ({
        ...stage.deps(),
        faults: rehearseFaults({ ...faults, start: () => neverStarted() }, clock),
      });
      for (let attempt = 0; attempt < 10 && stage.run().phase !== 'ended'; attempt += 1) {
        if (attempt < kills) stage.killAt(130 + attempt * 40, 'after');
        const { signal } = new AbortController();
        await conductRun(stage.run().id, rehearsing(), signal).catch(() => undefined);
        if (stage.killed) stage.restart();
      }
      expect(stage.run().end).toMatchObject({ ending: 'completed', verdict: null });
      expect(stage.run().execution?.state).toBe('succeeded');
      expect(stage.run().observed?.measurement.predictions.sent).toBeGreaterThan(400);
      expect(stage.executions).toHaveLength(0);
    },
  );

  const pods = sampleProposal().blastRadius.pods;
  test.each([
    ['a ready pod fewer', pods.slice(1), /1 ready pods would be left now, 2 were approved/],
    [
      'a pod that is not ready',
      pods.map((pod, at) => ({ ...pod, ready: at > 0 })),
      /would be left/,
    ],
  ])('goes back for approval when there is %s than was approved', async (_what, matched, why) => {
    const stage = approvedStage({ matched });
    await conduct(stage);
    expect(stage.executions).toHaveLength(0);
    expect(stage.run().end).toMatchObject({
      ending: 'outgrown',
      verdict: null,
      why: expect.stringMatching(why),
    });
    expect(stage.reproposed).toHaveLength(1);
    const [again] = stage.reproposed;
    expect(again).toMatchObject({ phase: 'proposed', approvals: [], digest: expect.any(String) });
    expect(again?.digest).not.toBe(stage.run().digest);
    expect(again?.proposal.blastRadius.warnings[0]).toMatch(/^Changed since r-7k2mq4 was approved/);
  });

  describe('a service with an error budget', () => {
    const { service, guards } = sampleProposal();
    const objective = { availability: 0.999, overMs: 2_592_000_000, leave: 0.5 };
    const objectives = { service: { ...service, objective } };
    const stageOf = (overrides: Parameters<typeof sampleProposed>[0]) => {
      const stage = new Stage(overrides);
      stage.append({ ...approved, digest: stage.run().digest });
      return stage;
    };

    test('is not touched when what is left has become too little since the approval', async () => {
      const stage = stageOf(objectives);
      const during = sampleMeasurement({ sent: 20_000, good: 0 });
      const spent = { ...sampleRun(sampleCourse({ during })), proposal: stage.run().proposal };
      const end = { ending: 'aborted', verdict: 'deviated', why: '', at: startOfTime } as const;
      stage.earlier = [{ ...spent, phase: 'ended', end }];
      await conduct(stage);
      expect(stage.executions).toHaveLength(0);
      const why = expect.stringMatching(
        /^Something came in between, so nothing was injected: 50% of the error budget/,
      );
      expect(stage.run().end).toMatchObject({ ending: 'stopped', verdict: null, why });
    });

    test.each([[false], [true]])(
      'spends no more than its cap, and the time it takes to end the fault (killed: %s)',
      async (killed) => {
        const cap = { kind: 'budget-cap', spendMs: 5_000 } as const;
        const stage = stageOf({ ...objectives, guards: [...guards.slice(1), cap] });
        stage.lossUnderFault = 0.4;
        if (killed) {
          stage.onTick = () => {
            if (stage.faultActive && stage.now - (stage.executions[0]?.startedAt ?? 0) > 9_000) {
              stage.onTick = () => undefined;
              stage.killNext();
            }
          };
        }
        await conduct(stage);
        const run = stage.run();
        expect(run.trip?.guard).toEqual(cap);
        expect(run.end).toMatchObject({ ending: 'aborted', verdict: 'deviated' });
        const lasted = (run.trip?.at ?? 0) - (run.faultActiveAt ?? 0);
        // 0.4 s a second; a restart loses 20 s of time here, and forgets none of the losses before it.
        expect(lasted).toBeGreaterThanOrEqual(11_000);
        expect(lasted).toBeLessThanOrEqual(killed ? 30_000 : 14_000);
        expect(toSpending(run)?.ms).toBeGreaterThanOrEqual(5_000);
        expect(toSpending(run)?.ms).toBeLessThanOrEqual(toPrice(run.proposal).totalMs);
      },
    );
  });

  test('ends the fault as soon as the stream of predictions shows a drop', async () => {
    const drop = { kind: 'availability-drop', from: 0.95, to: 0.5, falseAlarms: 0.01 } as const;
    const stage = new Stage({ guards: [drop, ...sampleProposal().guards] });
    stage.append({ ...approved, digest: stage.run().digest });
    stage.lossUnderFault = 0.6;
    await conduct(stage);
    const run = stage.run();
    expect(run.trip?.guard).toEqual(drop);
    expect((run.trip?.at ?? 0) - (run.faultActiveAt ?? 0)).toBeLessThanOrEqual(3_000);
    expect(run.end).toMatchObject({
      ending: 'aborted',
      verdict: 'inconclusive',
      why: expect.stringMatching(
        /^A guard ended the fault before the hypothesis could be judged: availability has fallen .* 30 may in the whole fault of 60s\.$/,
      ),
    });
  });

  test('goes back for approval when a disruption budget allows less than the fault needs by now', async () => {
    const budget = {
      name: 'diabetes',
      disruptionsAllowed: 1,
      currentHealthy: 3,
      desiredHealthy: 2,
      expectedPods: 3,
      pods,
    };
    const kept = approvedStage({ budgets: [budget] });
    await conduct(kept);
    expect(kept.executions).toHaveLength(1);
    const spent = { ...budget, desiredHealthy: 3, disruptionsAllowed: 0 };
    const stage = approvedStage({ budgets: [spent] });
    await conduct(stage);
    expect(stage.executions).toHaveLength(0);
    expect(stage.run().end).toMatchObject({
      ending: 'outgrown',
      why: expect.stringContaining('disruption budget diabetes allows 0 pods to be disrupted now'),
    });
    expect(stage.reproposed[0]?.proposal.blastRadius.budgets).toEqual([spent]);
  });

  test('goes on when pods have other names, or are more', async () => {
    const matched = [...pods, ...pods].map((pod, at) => ({
      ...pod,
      name: `new-${at}`,
      uid: `${at}`,
    }));
    const stage = approvedStage({ matched });
    await conduct(stage);
    expect(stage.executions).toHaveLength(1);
    expect(stage.reproposed).toEqual([]);
  });

  test('starts nothing when the time for runs is over by then', async () => {
    const calendar = {
      zone: 'UTC',
      hours: { days: [1], from: 0, until: 9 * 60 },
      closures: [],
    };
    const stage = Object.assign(new Stage(), { now: startOfTime - 10_000 });
    stage.journal[0] = { ...stage.journal[0]!, event: sampleProposed({ calendar }) };
    stage.append({ ...approved, digest: stage.run().digest });
    await conduct(stage);
    expect(stage.run().end).toMatchObject({
      ending: 'stopped',
      why: expect.stringContaining('The time for runs was over'),
    });
    expect(stage.executions).toHaveLength(0);
  });

  test('begins nothing when the approval is too old, and goes on with what has begun', async () => {
    const late = approvedStage();
    late.now += 900_001;
    await conduct(late);
    expect(late.run().end).toMatchObject({ ending: 'expired', verdict: null });
    expect(late.executions).toHaveLength(0);
    const begun = approvedStage();
    begun.append({ type: 'baseline-started' });
    begun.now += 900_001;
    await conduct(begun);
    expect(begun.executions).toHaveLength(1);
  });

  test('starts no fault hours after its baseline was measured', async () => {
    const stage = approvedStage();
    stage.onCall = () => {
      if (stage.run().experimentName !== undefined && stage.run().phase === 'baseline')
        stage.kill();
    };
    await conductRun(stage.run().id, stage.deps(), new AbortController().signal).catch(
      () => undefined,
    );
    expect(stage.killed).toBe(true);
    stage.onCall = () => undefined;
    stage.restart();
    stage.now += 7_200_000;
    await conduct(stage);
    expect(stage.run().end).toMatchObject({
      ending: 'expired',
      why: expect.stringContaining('Propose it again'),
    });
    expect(stage.executions).toHaveLength(0);
  });

  test('ends the fault when a guard trips, and says why', async () => {
    const stage = approvedStage({ lossUnderFault: 0.8 });
    await conduct(stage);
    expect(stage.run().end).toMatchObject({
      ending: 'aborted',
      verdict: 'deviated',
      why: expect.stringContaining('floor'),
    });
    expect(stage.count('azure cancel')).toBeGreaterThanOrEqual(1);
    expect(stage.faultActive).toBe(false);
  });

  test('ends the fault when pods are not seen any more, and says why', async () => {
    const stage = approvedStage();
    stage.clusterProblem = { code: 'forbidden' };
    stage.onTick = () => {
      if (stage.faultActive) stage.clusterSilentFrom = Math.min(stage.clusterSilentFrom, stage.now);
    };
    await conduct(stage);
    expect(stage.run()).toMatchObject({
      end: { ending: 'aborted' },
      trip: {
        guard: { kind: 'lost-sight' },
        reason: expect.stringMatching(/observed of the pods for \d+s: the Kubernetes API forbids/),
      },
    });
    expect(stage.faultActive).toBe(false);
  });

  test('asks for the cancellation again until Azure takes it', async () => {
    const stage = approvedStage({ lossUnderFault: 0.8, cancelFailsTimes: 4 });
    await conduct(stage);
    expect(stage.count('azure cancel')).toBeGreaterThanOrEqual(5);
    expect(stage.run().end?.ending).toBe('aborted');
  });

  test('calls a fault that nobody saw void', async () => {
    const stage = approvedStage({ faultIsVisible: false });
    await conduct(stage);
    expect(stage.run().end).toMatchObject({ ending: 'completed', verdict: 'void' });
  });

  test('adopts what a start brought about when its answer was lost, and never starts again', async () => {
    const stage = approvedStage({ startFails: 'after' });
    await conduct(stage);
    expect(stage.count('azure start')).toBe(1);
    expect(stage.run().end).toMatchObject({ ending: 'completed', verdict: 'held' });
  });

  test('ends as failed when the start came to nothing', async () => {
    const stage = approvedStage({ startFails: 'before' });
    await conduct(stage);
    expect(stage.run().end).toMatchObject({ ending: 'failed' });
    expect(stage.executions).toHaveLength(0);
  });

  test('ends the fault when the journal cannot be reached, and the run when it can again', async () => {
    const stage = approvedStage();
    stage.onTick = () => {
      if (stage.faultActive && stage.storeDownFrom === Number.POSITIVE_INFINITY) {
        stage.storeDownFrom = stage.now;
        stage.storeDownUntil = stage.now + 30_000;
      }
    };
    await conduct(stage);
    expect(stage.count('azure cancel')).toBeGreaterThanOrEqual(1);
    expect(stage.run().phase).toBe('ended');
    expect(stage.faultActive).toBe(false);
  });
});

describe('stop', () => {
  const phases = ['baseline', 'inject', 'observe'] as const;

  test.each(phases)('ends a run in phase %s', async (phase) => {
    const stage = approvedStage();
    let stopping: Promise<unknown> | undefined;
    stage.onTick = () => {
      if (stage.run().phase === phase) stopping ??= stop(stage);
    };
    await conduct(stage);
    await stopping;
    expect(stage.run().end?.ending).toBe('stopped');
    expect(stage.faultActive).toBe(false);
    // In between, a start that is not sent yet is called off.
    expect(stage.count('azure start')).toBeLessThanOrEqual(phase === 'baseline' ? 0 : 1);
    if (phase === 'observe') expect(stage.count('azure start')).toBe(1);
  });

  test.each(phases)(
    'said in phase %s while the database is away is not forgotten',
    async (phase) => {
      const stage = approvedStage();
      let stopping: Promise<unknown> | undefined;
      stage.onTick = () => {
        if (stopping || stage.run().phase !== phase) return;
        stage.storeDownFrom = stage.now;
        stage.storeDownUntil = stage.now + 30_000;
        stopping = stop(stage).catch(() => undefined);
      };
      await conduct(stage);
      await stopping;
      expect(stage.run().stop?.by.id).toBe(proposer.id);
      expect(stage.run().end?.ending).toBe('stopped');
      expect(stage.faultActive).toBe(false);
      expect(stage.count('azure start')).toBeLessThanOrEqual(phase === 'baseline' ? 0 : 1);
      if (phase === 'observe') expect(stage.count('azure start')).toBe(1);
    },
  );

  test('ends the fault while the database hangs, and asks again until Azure accepts', async () => {
    const stage = approvedStage();
    const deps = stage.deps();
    let hangs = false;
    const orHang = <Value>(call: () => Promise<Value>) =>
      hangs ? new Promise<never>(() => undefined) : call();
    const runs: typeof deps.runs = {
      ...deps.runs,
      find: (...given) => orHang(() => deps.runs.find(...given)),
      transact: (...given) => orHang(() => deps.runs.transact(...given)),
    };
    const checkpoints: typeof deps.checkpoints = {
      ...deps.checkpoints,
      save: (...given) => orHang(() => deps.checkpoints.save(...given)),
    };
    stage.onTick = () => {
      if (hangs || stage.run().phase !== 'observe') return;
      hangs = true;
      stage.cancelFailsTimes = 20;
      deps.active.stop(stage.run().id, {
        by: proposer,
        via: { kind: 'command' },
        at: stage.now,
      });
    };
    const conducted = conductRun(
      stage.run().id,
      { ...deps, runs, checkpoints },
      new AbortController().signal,
    );
    await expect(conducted).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(stage.count('azure cancel')).toBeGreaterThan(20);
    expect(stage.executions[0]?.cancelledAt).toBeDefined();
  });

  test('by a freeze that the database has not taken yet means that nothing starts', async () => {
    const stage = approvedStage();
    const deps = stage.deps();
    deps.active.unrecordedFreeze = { at: stage.now, by: { name: 'an incident tool' } };
    await conductRun(stage.run().id, deps, new AbortController().signal);
    expect(stage.executions).toHaveLength(0);
    expect(stage.run().end).toMatchObject({
      ending: 'stopped',
      why: 'Everything was frozen before any fault was injected.',
    });
  });

  test('recorded before the start was asked for, at whatever moment, means that nothing starts', async () => {
    for (let call = 1; call <= 120; call += 1) {
      const stage = approvedStage();
      stage.onCall = (count) => {
        if (count === call && stage.run().phase !== 'ended') {
          stage.append({ type: 'stop-requested', by: proposer, via: { kind: 'command' } });
        }
      };
      await conduct(stage);
      const [stopAt, askedAt] = [
        stage.wire.indexOf('stop-requested'),
        stage.wire.indexOf('start-requested'),
      ];
      // A stop that comes right after may still keep the start from being sent.
      const most = askedAt >= 0 && askedAt < stopAt ? 1 : 0;
      expect([call, stage.executions.length <= most]).toEqual([call, true]);
      expect([call, stage.run().end?.ending, stage.faultActive]).toEqual([call, 'stopped', false]);
    }
  });

  test('cancels in Azure with the database down, also where the run is not conducted', async () => {
    const stage = approvedStage();
    const draining = new AbortController();
    stage.onTick = () => {
      if (stage.faultActive) draining.abort();
    };
    await conductRun(stage.run().id, stage.deps(), draining.signal).catch(() => undefined);
    expect(stage.faultActive).toBe(true);
    stage.storeDownFrom = stage.now;
    const outcome = await stopRun(
      { by: proposer, via: { kind: 'command' }, all: false, conversationId: 'any' },
      { ...openToAll, ...stage.deps(), active: new ActiveRuns() },
    );
    expect(outcome).toEqual({
      kind: 'cancelled-blindly',
      stopped: [],
      refused: [],
      isKept: true,
      experiments: ['chaos-marshal-pod-failure-diabetes'],
      leftAlone: 0,
    });
    stage.now += 2_000;
    expect(stage.faultActive).toBe(false);
  });

  test('withdraws a proposal', async () => {
    const stage = new Stage();
    expect(await stop(stage)).toMatchObject({ kind: 'stopping' });
    expect(stage.run().end?.ending).toBe('stopped');
    expect(await stop(stage)).toEqual({
      kind: 'nothing-to-stop',
      waiting: [],
      unknown: [],
      ended: [],
    });
  });
});

describe('killed at any moment', () => {
  test.each(['before', 'after'] as const)(
    '%s any call, the run ends, once started at most and with its fault gone',
    async (when) => {
      const calls = 400;
      for (let call = 1; call <= calls; call += 1) {
        const stage = approvedStage();
        stage.killAt(call, when);
        await conduct(stage);
        const context = `killed ${when} call ${call}`;
        expect([context, stage.run().phase]).toEqual([context, 'ended']);
        expect([context, stage.count('azure start')]).toEqual([
          context,
          Math.min(1, stage.count('azure start')),
        ]);
        expect([context, stage.faultActive]).toEqual([context, false]);
        const startAt = stage.wire.indexOf('azure start');
        if (startAt >= 0)
          expect(stage.wire.slice(0, startAt)).toEqual(
            expect.arrayContaining(['approved', 'start-requested']),
          );
      }
    },
  );
});
