import { describe, expect, test } from '@jest/globals';
import type { PodsView } from '../../src/domain/measurement.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { ExecutionReport } from '../../src/domain/run-event.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { approver } from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

type Staging = Partial<Proposal> & {
  /** When the cluster last showed the pods, by when it would have; before the fault begins that is always so. */
  readonly confirmedAt: (now: number, beganAt: number) => number;
  /** Why it does not show them meanwhile; nothing is known of that by default. */
  readonly miss?: Pick<PodsView, 'problem' | 'hasFailed'>;
  /** Changes what the cluster shows. */
  readonly change?: (view: PodsView, now: number, beganAt: number) => PodsView;
  /** When under the fault the cluster tells of a change of a pod as it happens, ms. */
  readonly toldAtMs?: number;
  readonly report?: (usual: ExecutionReport) => ExecutionReport;
  /** How many pods the workload says that it wants; `beganAt` is infinite before the start. */
  readonly wanted?: (now: number, beganAt: number) => number | undefined;
};

const preparingMs = 3_000;
const readyTolerance = { signal: 'pods ready', comparison: '>=', bound: 2 } as const;
const onlyPods = { title: 'Pods stay', tolerances: [readyTolerance] };
const patient = [{ kind: 'lost-sight', afterMs: 300_000 } as const];

async function conduct({
  confirmedAt,
  miss = {},
  change,
  toldAtMs = Infinity,
  report,
  wanted,
  ...proposal
}: Staging): Promise<Stage> {
  const stage = new Stage({ guards: patient, ...proposal });
  stage.lossUnderFault = 0;
  const findBegin = () => (stage.executions[0]?.startedAt ?? Infinity) + preparingMs;
  stage.wantedPods = () => wanted?.(stage.now, findBegin());
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  const deps = stage.deps();
  let last: PodsView = { pods: [], confirmedAt: 0 };
  const watch: typeof deps.cluster.watch = (...given) => {
    const seen = deps.cluster.watch(...given);
    const view = () => {
      const beganAt = findBegin();
      const shownAt = confirmedAt(stage.now, beganAt);
      const now = seen.view();
      if (shownAt >= stage.now) last = change ? change(now, stage.now, beganAt) : now;
      return { ...last, confirmedAt: shownAt, ...(shownAt < stage.now ? miss : {}) };
    };
    const changes = () => {
      const at = findBegin() + toldAtMs;
      const told = { at, pod: 'diabetes-a', kind: 'placed', detail: 'placed on node a' } as const;
      return [...seen.changes(), ...(at <= stage.now ? [told] : [])];
    };
    return { ...seen, view, changes };
  };
  const faults: typeof deps.faults = {
    ...deps.faults,
    read: async (...given) => {
      const usual = await deps.faults.read(...given);
      return report ? report(usual) : usual;
    },
  };
  const given = { ...deps, faults, cluster: { ...deps.cluster, watch } };
  await conductRun(stage.run().id, given, new AbortController().signal);
  return stage;
}

/** Not from some time under the fault until another. */
const awayFrom = (fromMs: number, untilMs: number) => (now: number, beganAt: number) =>
  now > beganAt + fromMs && now < beganAt + untilMs ? beganAt + fromMs : now;

describe('pods that nobody sees', () => {
  test('are seen until the cluster last told of one of them', async () => {
    const stage = await conduct({ confirmedAt: awayFrom(10_000, 40_000), toldAtMs: 15_000 });
    const { gaps = [], changes } = stage.run().observed?.measurement.pods ?? {};
    const [gap] = gaps;
    expect(gaps).toHaveLength(1);
    expect((gap?.until ?? 0) - (gap?.from ?? 0)).toBeLessThanOrEqual(26_000);
    const within = changes?.filter(({ at }) => gap && at > gap.from && at < gap.until);
    expect(within).toEqual([]);
  });

  test('are not said to have stayed ready', async () => {
    const stage = await conduct({ hypothesis: onlyPods, confirmedAt: awayFrom(10_000, 40_000) });
    const { observed, end } = stage.run();
    expect(observed?.measurement.pods.unseenMs).toBeGreaterThanOrEqual(29_000);
    expect(observed?.measurement.pods.unseenMs).toBeLessThanOrEqual(31_000);
    expect(observed?.judgement.tolerances).toMatchObject([
      { finding: 'inconclusive', undecided: 'pods-unseen' },
    ]);
    expect(end).toMatchObject({
      verdict: 'inconclusive',
      why: expect.stringMatching(
        /^Pods were seen for only 5\d(\.\d)?% of the time during the fault/,
      ),
    });
  });

  test('are judged where they are not seen for a moment only', async () => {
    const stage = await conduct({ hypothesis: onlyPods, confirmedAt: awayFrom(10_000, 15_000) });
    expect(stage.run().observed?.measurement.pods).not.toHaveProperty('unseenMs');
    expect(stage.run().end?.verdict).toBe('held');
  });

  const refused = { problem: { code: 'connection-refused' }, hasFailed: true } as const;
  const slow = { problem: { code: 'time-out' } } as const;

  test('are unseen since their last list where several lists in a row fail', async () => {
    const confirmedAt = awayFrom(20_000, 28_000);
    const stage = await conduct({ hypothesis: onlyPods, confirmedAt, miss: refused });
    const { unseenMs, gaps } = stage.run().observed?.measurement.pods ?? {};
    expect(unseenMs).toBeGreaterThanOrEqual(7_000);
    expect(unseenMs).toBeLessThanOrEqual(9_000);
    expect(gaps).toMatchObject([{ cause: { code: 'connection-refused' } }]);
    expect(stage.run().end).toMatchObject({
      verdict: 'inconclusive',
      why: expect.stringMatching(
        /^Pods were seen for only 8\d(\.\d)?% of the time during the fault/,
      ),
    });
  });

  test.each([
    ['one list fails', refused, 4_000],
    ['a list takes long', slow, 8_000],
  ])('are seen where %s', async (_what, miss, ms) => {
    const confirmedAt = awayFrom(20_000, 20_000 + ms);
    const stage = await conduct({ hypothesis: onlyPods, confirmedAt, miss });
    expect(stage.run().observed?.measurement.pods).not.toHaveProperty('unseenMs');
    expect(stage.run().end?.verdict).toBe('held');
  });

  test('may have been too few all the same: that was seen', async () => {
    const hypothesis = { ...onlyPods, tolerances: [{ ...readyTolerance, bound: 3 }] };
    const stage = await conduct({ hypothesis, confirmedAt: awayFrom(10_000, 40_000) });
    expect(stage.run().end?.verdict).toBe('deviated');
  });

  test('before any fault leave the baseline undecided', async () => {
    const stage = await conduct({ hypothesis: onlyPods, confirmedAt: () => 0 });
    expect(stage.run().end).toMatchObject({
      ending: 'baseline-undecided',
      why: expect.stringContaining('Pods were seen for only 0% of the time before the fault'),
    });
  });
});

describe('a recovery that nobody sees', () => {
  const failed = (usual: ExecutionReport): ExecutionReport =>
    usual.state === 'succeeded' ? { ...usual, state: 'failed', status: 'Failed' } : usual;

  test('is none of pods, and no proof that the fault is gone', async () => {
    const stage = await conduct({ confirmedAt: awayFrom(55_000, Infinity), report: failed });
    const { recovered } = stage.run();
    expect(recovered?.recovery).toMatchObject({
      podsReadyAfterMs: null,
      faultGoneAfterMs: null,
      podsUnseen: true,
    });
  });

  test('leaves the run undecided instead of deviated', async () => {
    const stage = await conduct({ confirmedAt: awayFrom(55_000, Infinity) });
    expect(stage.run().end).toMatchObject({
      ending: 'completed',
      verdict: 'inconclusive',
      why: 'The fault was gone, but pods were not seen again within 2m.',
    });
  });

  test('lies between the last look and the next', async () => {
    const stage = await conduct({ confirmedAt: awayFrom(55_000, 90_000) });
    const { faultEndedAt = NaN, recovered } = stage.run();
    const beganAt = (stage.executions[0]?.startedAt ?? NaN) + preparingMs;
    expect(recovered?.recovery.podsReadyNotBeforeMs).toBe(0);
    expect(recovered?.recovery.podsReadyAfterMs).toBeGreaterThanOrEqual(
      beganAt + 90_000 - faultEndedAt,
    );
    expect(recovered?.recovery.podsReadyAfterMs).toBeLessThanOrEqual(
      beganAt + 92_000 - faultEndedAt,
    );
    expect(stage.run().end?.verdict).toBe('held');
  });

  test('is dated by when it was seen, where pods had been seen not to be ready before', async () => {
    const seenAgainMs = 90_000;
    const readyMs = seenAgainMs + 1_500;
    const stage = await conduct({
      confirmedAt: awayFrom(55_000, seenAgainMs),
      change: (view, now, beganAt) => {
        const isDown = now >= beganAt + 40_000 && now < beganAt + readyMs;
        const pods = view.pods.map((pod, index) => ({ ...pod, ready: index > 0 || !isDown }));
        return { ...view, pods };
      },
      recoveryLimitMs: 30_000,
    });
    const { recovered, end } = stage.run();
    expect(recovered?.recovery).not.toHaveProperty('podsReadyNotBeforeMs');
    expect(recovered?.recovery.podsReadyAfterMs).toBeGreaterThan(30_000);
    expect(end).toMatchObject({ verdict: 'deviated' });
  });

  const fewer: Staging = {
    hypothesis: onlyPods,
    confirmedAt: (now) => now,
    change: (view, now, beganAt) =>
      now < beganAt + 20_000 ? view : { ...view, pods: view.pods.slice(1) },
  };

  test('is one of as many pods as the workload wants now', async () => {
    const stage = await conduct({ ...fewer, wanted: () => 2 });
    expect(stage.run().recovered?.recovery).not.toHaveProperty('podsLeft');
    expect(stage.run().recovered?.recovery.podsWanted).toBe(2);
    expect(stage.run().recovered?.recovery.podsReadyAfterMs).toBeLessThanOrEqual(2_000);
    expect(stage.run().end?.verdict).toBe('held');
  });

  test('is none where the workload wants more than there are', async () => {
    const stage = await conduct({ ...fewer, wanted: () => 3 });
    expect(stage.run().end).toMatchObject({
      verdict: 'deviated',
      why: expect.stringContaining('pods were not ready again within 2m'),
    });
  });

  test('is none before the workload wants no more pods than there are', async () => {
    const fewerAfterMs = 100_000;
    const wanted = (now: number, beganAt: number) => (now < beganAt + fewerAfterMs ? 3 : 2);
    const stage = await conduct({ ...fewer, wanted });
    const { faultEndedAt = NaN, recovered } = stage.run();
    const beganAt = (stage.executions[0]?.startedAt ?? NaN) + preparingMs;
    const turnedMs = beganAt + fewerAfterMs - faultEndedAt;
    const { podsReadyAfterMs, podsReadyNotBeforeMs } = recovered?.recovery ?? {};
    expect(podsReadyAfterMs).toBeGreaterThanOrEqual(turnedMs);
    expect(podsReadyAfterMs).toBeLessThanOrEqual(turnedMs + 7_000);
    expect(podsReadyNotBeforeMs).toBeLessThanOrEqual(turnedMs);
    expect(podsReadyNotBeforeMs).toBeGreaterThanOrEqual(turnedMs - 7_000);
  });

  test.each<[string, NonNullable<Staging['wanted']>]>([
    ['could not be read before the fault', (_now, beganAt) => (beganAt < Infinity ? 2 : undefined)],
    ['can’t be read any more', (now, beganAt) => (now < beganAt + 40_000 ? 3 : undefined)],
  ])('is not told by a workload that %s', async (_what, wanted) => {
    const stage = await conduct({ ...fewer, wanted });
    expect(stage.run().recovered?.recovery).toMatchObject({ podsReadyAfterMs: null, podsLeft: 2 });
    expect(stage.run().end?.verdict).toBe('inconclusive');
  });

  test('may be one of fewer pods, which deviates nothing: the workload may want no more', async () => {
    const stage = await conduct(fewer);
    expect(stage.run().recovered?.recovery).toMatchObject({ podsReadyAfterMs: null, podsLeft: 2 });
    expect(stage.run().end).toMatchObject({
      verdict: 'inconclusive',
      why: 'The fault was gone, but only 2 of the 3 pods were there after 2m; those were ready. Whether the workload wants more is not known.',
    });
  });

  test('is told to the moment where the pods are seen', async () => {
    const stage = await conduct({ confirmedAt: (now) => now });
    const { recovery } = stage.run().recovered ?? {};
    expect(recovery).not.toHaveProperty('podsReadyNotBeforeMs');
    expect(recovery?.podsReadyAfterMs).toBeLessThanOrEqual(1_000);
  });
});
