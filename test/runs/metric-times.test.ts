import { describe, expect, test } from '@jest/globals';
import type { Metric } from '../../src/domain/metric.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Run } from '../../src/domain/run.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { sampleProposal, approver } from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';
import { beginOf, conduct, conductWithRestart, deleted, first } from '../support/staged-fault.ts';

const metric: Metric = {
  name: 'users',
  everyMs: 5_000,
  source: { kind: 'http', url: 'https://stats.example', path: '$.served' },
};
const tolerances = [
  { signal: 'availability', comparison: '>=', bound: 0.95 },
  { signal: 'metric(users)', comparison: '>=', bound: 0.5 },
] as const;

const bounded = (everyMs: number, change: Partial<Proposal> = {}): Partial<Proposal> => ({
  guards: [],
  hypothesis: { title: 'Users are served', tolerances },
  service: { ...sampleProposal().service, metrics: [{ ...metric, everyMs }] },
  ...change,
});

/** A stage whose metric is out of its bound from one time to another, ms since the beginning of the fault. */
function breakMetric(
  { from, until }: { readonly from: number; readonly until: number },
  overrides: Partial<Proposal>,
): Stage {
  const stage = new Stage(overrides);
  stage.readMetric = () => {
    const at = stage.now - beginOf(stage);
    return { value: at >= from && at < until ? 0 : 1 };
  };
  return stage;
}

async function conductToEnd(stage: Stage): Promise<Run> {
  const { digest, id } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  await conductRun(id, stage.deps(), new AbortController().signal);
  return stage.run();
}

describe('a metric that breaks its bound after the fault', () => {
  const broken = () =>
    breakMetric({ from: 68_000, until: 82_000 }, bounded(5_000, { baselineMs: 120_000 }));

  test('deviates, also when the bot is restarted in the last measurement', async () => {
    const runs = [
      await conductToEnd(broken()),
      await conductWithRestart(broken(), { killAtMs: 85_000 }),
    ];
    for (const { end, recovered } of runs) {
      expect(end).toMatchObject({
        verdict: 'deviated',
        why: 'After the fault, metric(users) broke its bound.',
      });
      const [users] = recovered?.measurement.metrics ?? [];
      expect(users?.course[0]?.at).toBeLessThan((recovered?.measurement.startedAt ?? 0) + 5_000);
    }
  });
});

describe('a reading belongs to the phase in which it was asked for', () => {
  test.each([
    ['the fault hits later', 10_000, 'held'],
    ['the fault has hit by then', 0, 'deviated'],
  ] as const)('where %s', async (_what, lagMs, verdict) => {
    const stage = await conduct(
      {
        fault: { action: 'pod-kill' },
        changes: (current, beganAt) => {
          current.readMetric = () => {
            const at = current.now - beginOf(current);
            return { value: at >= 2_000 && at < 6_000 ? 0 : 1 };
          };
          return deleted(first, beganAt + lagMs);
        },
      },
      { lossUnderFault: 0 },
      bounded(2_000),
    );
    const { end, observed } = stage.run();
    expect(end?.verdict).toBe(verdict);
    const { startedAt, endedAt, metrics } = observed?.measurement ?? {};
    expect(startedAt).toBe(beginOf(stage) + lagMs);
    const times = metrics?.[0]?.course.map(({ at }) => at) ?? [];
    expect(Math.min(...times)).toBeGreaterThanOrEqual(startedAt ?? Infinity);
    expect(Math.max(...times)).toBeLessThan(endedAt ?? 0);
  });

  test('whenever it is answered', async () => {
    const stage = breakMetric(
      { from: 43_000, until: 53_000 },
      bounded(10_000, { baselineMs: 60_000 }),
    );
    stage.metricAnswersAfterMs = 12_000;
    const { end, observed } = await conductToEnd(stage);
    expect(observed?.measurement.metrics).toMatchObject([{ least: 0, missing: 0 }]);
    expect(end?.verdict).toBe('deviated');
  });
});

describe('a metric that is read too seldom', () => {
  test('does not hold on what was read as the fault began, and says what would', async () => {
    const stage = breakMetric({ from: 0, until: 50_000 }, bounded(60_000, { baselineMs: 300_000 }));
    const { end, observed } = await conductToEnd(stage);
    expect(observed?.measurement.metrics?.[0]?.read).toBeLessThanOrEqual(2);
    expect(end).toMatchObject({
      verdict: 'inconclusive',
      why: "Only 1 value of metric(users), which is read every 60s, came during the fault (4 are needed), so metric(users) >= 0.5 can't be said to have held.",
    });
    expect(toNextSteps(stage.run())).toEqual([
      expect.stringMatching(/^Repeat with a longer fault: run pod-failure .* duration=5m /),
    ]);
  });

  test('is no steady state: nothing is injected', async () => {
    const stage = breakMetric({ from: 0, until: 0 }, bounded(10_000));
    await conductToEnd(stage);
    expect(stage.executions).toHaveLength(0);
    expect(stage.run().end).toMatchObject({
      ending: 'baseline-undecided',
      why: "The baseline was too short. Only 3 values of metric(users), which is read every 10s, came before the fault (4 are needed), so metric(users) >= 0.5 can't be said to have held. Nothing was injected.",
    });
  });
});

test.each([0, 600_000])(
  'a metric that is never answered holds up no phase, also where the clock is set back by %d ms in the last one',
  async (backMs) => {
    const stage = new Stage(bounded(5_000));
    const { digest, id } = stage.run();
    stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
    const deps = stage.deps();
    let behindMs = 0;
    let setBack: ((behindMs: number) => void) | undefined;
    const now = () => stage.now - behindMs;
    const start: typeof deps.predictions.start = (service, options) => {
      setBack = options.onClockTurnedBack;
      return deps.predictions.start(service, options);
    };
    // It is read until the last measurement, and by the clock of the machine.
    let silentSince = Infinity;
    const startMetrics: typeof deps.metrics.start = (service, onAnswer) => {
      const session = deps.metrics.start(service, onAnswer);
      return {
        ...session,
        knownUntil: () => (now() >= silentSince || behindMs > 0 ? now() - 3_000 : Infinity),
      };
    };
    let goneAt = Infinity;
    stage.onTick = (current) => {
      if (current.run().phase !== 'recover') return;
      goneAt = Math.min(goneAt, current.now);
      silentSince = Math.min(silentSince, current.now + 5_000);
      if (current.now < goneAt + 10_000 || behindMs > 0 || backMs === 0) return;
      behindMs = backMs;
      setBack?.(backMs);
    };
    const given = {
      ...deps,
      predictions: { ...deps.predictions, start },
      metrics: { ...deps.metrics, start: startMetrics },
      clock: { ...deps.clock, now },
    };
    await conductRun(id, given, new AbortController().signal);
    expect(stage.run().phase).toBe('ended');
    // The baseline is 30 s, and a reading takes 5 s at most.
    expect(stage.now - goneAt).toBeLessThan(30_000 + 5_000 + 15_000);
  },
);
