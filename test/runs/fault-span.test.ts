import { describe, expect, test } from '@jest/globals';
import { ChaosError, type ErrorCode } from '../../src/domain/chaos-error.ts';
import type { Tolerance } from '../../src/domain/hypothesis.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import type { ExecutionReport } from '../../src/domain/run-event.ts';
import { findDueAt, type DueEntry } from '../../src/evidence/predictions/due-history.ts';
import { dateBeginning } from '../../src/runs/date-beginning.ts';
import type { RunMonitor } from '../../src/runs/run-monitor.ts';
import { approver, sampleProposal, sampleRun, startOfTime } from '../support/proposal.ts';
import { toMeasured } from '../support/recorded-run.ts';
import {
  beginOf,
  conduct,
  conductWithRestart,
  deleted,
  first,
  of,
  own,
  pause,
  swapped,
} from '../support/staged-fault.ts';
import { Stage } from '../support/stage.ts';

const faultMs = 60_000;
const availability = (bound: number) => {
  const tolerance: Tolerance = { signal: 'availability', comparison: '>=', bound };
  return { title: 'Predictions survive', tolerances: [tolerance] };
};

/** Azure as it tells when the fault began and ended, by a clock that is ahead by so much. */
const told = (stage: Stage, usual: ExecutionReport, aheadMs = 0): ExecutionReport => {
  if (stage.now < beginOf(stage)) return usual;
  const startedAt = beginOf(stage) + aheadMs;
  const isOver = stage.now >= beginOf(stage) + faultMs;
  return { ...usual, startedAt, ...(isOver ? { stoppedAt: startedAt + faultMs } : {}) };
};

describe('a fault begins', () => {
  test('when Chaos Mesh recorded it, where the cluster shows it seconds later', async () => {
    const shownAfterMs = 6_000;
    const stage = await conduct({
      fault: { action: 'container-kill', containerNames: ['scoring'] },
      changes: (_stage, beganAt) => [
        of(first, beganAt + shownAfterMs, 'restarted', { containers: ['scoring'] }),
        of(first, beganAt + shownAfterMs, 'not-ready'),
        of(first, beganAt + shownAfterMs + 3_000, 'ready'),
      ],
      records: (beganAt) => [
        {
          uid: 'record',
          name: 'podchaos-1',
          createdAt: beganAt - 1_000,
          action: 'container-kill',
          labels: sampleProposal().service.selector,
          pods: [
            {
              namespace: 'default',
              pod: first?.name ?? '',
              injectedAt: beganAt,
              recoveredAt: null,
            },
          ],
        },
      ],
      report: (current, usual) =>
        current.now < beginOf(current) + shownAfterMs + 500
          ? { ...usual, state: 'preparing', status: 'PreProcessing' }
          : usual,
    });
    const { measurement } = stage.run().observed ?? {};
    expect(measurement?.startedAt).toBe(beginOf(stage));
    expect(measurement?.predictions.sent).toBe(600);
  });
});

test('good time before the fault is not of it, although the clock of Chaos Mesh is behind', async () => {
  const [laterMs, behindMs] = [20_000, 8_000];
  let isShown = false;
  const stage = await conduct(
    {
      changes: (current, beganAt) => {
        isShown = current.now >= beganAt + laterMs;
        return swapped(first, beganAt + laterMs, faultMs - laterMs);
      },
      report: (current, usual) =>
        current.now < beginOf(current) + laterMs
          ? { ...usual, state: 'preparing', status: 'PreProcessing' }
          : usual,
      records: (beganAt) => {
        const times = { injectedAt: beganAt + laterMs - behindMs, recoveredAt: null };
        const record = {
          uid: 'record',
          name: 'podchaos-1',
          createdAt: times.injectedAt,
          action: 'pod-failure',
          labels: sampleProposal().service.selector,
          pods: [{ namespace: 'default', pod: first?.name ?? '', ...times }],
        };
        return isShown ? [record] : [];
      },
      loses: (dueAt, current) => {
        const sinceMs = dueAt - beginOf(current) - laterMs;
        return sinceMs >= 1_000 && sinceMs < 5_400;
      },
    },
    {},
    { guards: [], hypothesis: availability(0.9) },
  );
  const { observed, injection, end } = stage.run();
  expect(injection?.source).toBe('chaos-mesh');
  expect(observed?.measurement.startedAt).toBeGreaterThanOrEqual(beginOf(stage) + laterMs - 2_000);
  expect(end?.verdict).not.toBe('held');
});

test('a fault that only Chaos Mesh’s records show is dated by our clock, whatever that of the cluster says', async () => {
  const aheadMs = 600_000;
  const stage = await conduct({
    fault: { action: 'pod-kill' },
    changes: () => [],
    records: (beganAt) => [
      {
        uid: 'record',
        name: 'podchaos-1',
        createdAt: beganAt + aheadMs,
        action: 'pod-kill',
        labels: sampleProposal().service.selector,
        pods: [
          {
            namespace: 'default',
            pod: first?.name ?? '',
            injectedAt: beganAt + aheadMs,
            recoveredAt: null,
          },
        ],
      },
    ],
  });
  const { faultSeen, observed } = stage.run();
  expect(faultSeen?.source).toBe('chaos-mesh');
  expect(Math.abs((faultSeen?.at ?? 0) - beginOf(stage))).toBeLessThanOrEqual(7_000);
  expect(Math.abs((observed?.measurement.startedAt ?? 0) - beginOf(stage))).toBeLessThanOrEqual(
    7_000,
  );
});

describe('a fault that Azure dates before its pods show it', () => {
  const earlyMs = 10_000;
  const date = (loses: (sinceMs: number) => boolean) =>
    conduct(
      {
        changes: (_stage, beganAt) => swapped(first, beganAt + earlyMs, faultMs - earlyMs),
        report: (stage, usual) => told(stage, usual),
        loses: (dueAt, stage) => loses(dueAt - beginOf(stage)),
      },
      {},
      { guards: [], hypothesis: availability(0.9) },
    );

  test('begins with its pods: good time before does not thin out what it lost', async () => {
    const stage = await date((sinceMs) => sinceMs >= earlyMs && sinceMs < earlyMs + 5_500);
    expect(stage.run().observed?.measurement.startedAt).toBe(beginOf(stage) + earlyMs);
    expect(stage.run().observed?.measurement.predictions).toMatchObject({ sent: 500, good: 445 });
    expect(stage.run().end?.verdict).not.toBe('held');
  });

  test('begins with its pods also where something else failed since then', async () => {
    const stage = await date((sinceMs) => sinceMs >= 2_000 && sinceMs < 9_000);
    const run = stage.run();
    expect(run.observed?.measurement.startedAt).toBe(beginOf(stage) + earlyMs);
    expect(run.observed?.measurement.predictions).toMatchObject({ sent: 500, good: 500 });
    expect(toNextSteps(run)[0]).toBe(
      'Find out why predictions failed before the fault was active.',
    );
  });

  test('begins with what failed without a break until its pods showed it', async () => {
    const stage = await date((sinceMs) => sinceMs >= earlyMs - 900 && sinceMs < earlyMs + 5_000);
    const { startedAt = 0, predictions } = stage.run().observed?.measurement ?? {};
    expect(startedAt - beginOf(stage)).toBe(earlyMs - 900);
    expect(predictions).toMatchObject({ sent: 509, good: 450 });
  });

  test('begins with its pods where the service was out long before they showed it', async () => {
    const stage = await date((sinceMs) => sinceMs >= earlyMs - 6_000 && sinceMs < earlyMs + 200);
    const { startedAt = 0, predictions } = stage.run().observed?.measurement ?? {};
    expect(startedAt - beginOf(stage)).toBe(earlyMs);
    expect(predictions).toMatchObject({ sent: 500, good: 498 });
  });

  test.each([
    ['no prediction was due for a moment', () => []],
    [
      'a prediction was not measured',
      (dueAt: number) => [
        {
          kind: 'gap' as const,
          from: dueAt,
          until: dueAt + 100,
          due: 1,
          reason: 'sent-late' as const,
        },
      ],
    ],
  ])('begins with its pods also where %s in an outage before it', (_, missing) => {
    const [proposal, hitAt, outMs] = [sampleProposal(), startOfTime + 60_000, 6_000];
    const entries = Array.from({ length: 100 }, (_entry, index): DueEntry[] => {
      const dueAt = hitAt - 10_000 + index * 100;
      if (dueAt >= hitAt - 2_200 && dueAt < hitAt - 1_900) return missing(dueAt);
      const outcome = dueAt < hitAt - outMs ? 'good' : 'refused';
      return [toMeasured(dueAt, outcome)];
    }).flat();
    const monitor = {
      injection: {
        findHits: () => [{ pod: 'a', from: hitAt, until: null }],
        findEarliest: (askedAt: number) => askedAt,
        findDoubtfulAt: () => undefined,
      },
      beginningOf: () => undefined,
      knownSince: Number.NEGATIVE_INFINITY,
      dueSince: (from: number) => entries.filter((entry) => findDueAt(entry) >= from),
    } as unknown as RunMonitor;
    const run = {
      ...sampleRun(),
      proposal,
      phaseSince: startOfTime,
      startRequestedAt: startOfTime,
    };
    expect(dateBeginning(run, { monitor }).at).toBe(hitAt);
  });
});

describe('a fault lasts', () => {
  /** The pod carries the fault for so long, and all is lost in the last `lostMs` of it; Azure says that it is over after a minute. */
  const outlast = (carriedMs: number, lostMs: number, aheadMs = 0) =>
    conduct(
      {
        changes: (_stage, beganAt) => swapped(first, beganAt, carriedMs),
        imageOf: (stage, index) => {
          const sinceMs = stage.now - beginOf(stage);
          return index === 0 && sinceMs >= 0 && sinceMs < carriedMs ? pause : own;
        },
        report: (stage, usual) => told(stage, usual, aheadMs),
        loses: (dueAt, stage) => {
          const sinceMs = dueAt - beginOf(stage);
          return sinceMs >= carriedMs - lostMs && sinceMs < carriedMs;
        },
      },
      {},
      { guards: [], hypothesis: availability(0.9) },
    );

  test.each([
    ['seconds later', 56_000, 56_000],
    ['long after that', 40_000, faultMs],
  ])('until pods were seen rid of it, where Azure records its end %s', async (_, carriedMs, ms) => {
    const { observed } = (await outlast(carriedMs, 5_000)).run();
    const { startedAt = NaN, endedAt = NaN } = observed?.measurement ?? {};
    expect(endedAt - startedAt).toBe(ms);
  });

  test('as long as Azure says where pods were not seen any more before they were rid of it', async () => {
    const silentAtMs = 52_000;
    const stage = await conduct(
      {
        changes: (_stage, beganAt) => swapped(first, beganAt),
        imageOf: (current, index) => (index === 0 && current.now >= beginOf(current) ? pause : own),
        report: (current, usual) => told(current, usual),
        loses: (dueAt, current) => {
          const sinceMs = dueAt - beginOf(current);
          return sinceMs >= silentAtMs && sinceMs < faultMs;
        },
      },
      {
        onTick: (current) => {
          current.clusterSilentFrom = beginOf(current) + silentAtMs;
        },
      },
      { guards: [], hypothesis: availability(0.9) },
    );
    const { observed } = stage.run();
    expect(observed?.measurement.predictions).toMatchObject({ sent: 600, good: 520 });
  });

  test('as long as pods carry it, where Azure says that it is over before', async () => {
    const { observed, end } = (await outlast(80_000, 20_000)).run();
    expect(observed?.measurement.predictions).toMatchObject({ sent: 800, good: 600 });
    expect(end).toMatchObject({ ending: 'completed', verdict: 'deviated' });
  });

  test('and is not as approved, when pods carry it for much longer: what comes then is not judged', async () => {
    const { end, injection, recovered } = (await outlast(100_000, 5_000)).run();
    expect(injection?.mismatches).toMatchObject([{ code: 'too-long', askedMs: faultMs }]);
    expect(recovered?.recovery.faultGoneAfterMs).toBeGreaterThanOrEqual(8_000);
    expect(end?.verdict).toBe('inconclusive');
  });

  test('until its pods are rid of it, where the clock of Azure is behind', async () => {
    const { observed, end } = (await outlast(faultMs, 10_000, -10_000)).run();
    const { sent = 0, good = 0 } = observed?.measurement.predictions ?? {};
    expect(sent - good).toBe(100);
    expect(end?.verdict).toBe('deviated');
  });
});

describe('a fault that was seen is not void, and lasts as long as it did,', () => {
  test.each([
    ['pod-failure', 30_000],
    ['pod-failure', -30_000],
    ['pod-kill', 600_000],
    ['pod-kill', -600_000],
  ] as const)('whatever the clock of Azure says (%s, ahead by %d ms)', async (action, aheadMs) => {
    const stage = await conduct(
      {
        fault: { action },
        changes: (_stage, beganAt) =>
          action === 'pod-kill'
            ? deleted(first, beganAt + 500)
            : swapped(first, beganAt + 500, faultMs),
        report: (current, usual) => told(current, usual, aheadMs),
      },
      { lossUnderFault: 0 },
      { guards: [] },
    );
    const { end, injection, observed, execution } = stage.run();
    expect(end).toMatchObject({ ending: 'completed', verdict: 'held' });
    expect(injection?.mismatches).toEqual([]);
    const { startedAt = 0, endedAt = 0 } = observed?.measurement ?? {};
    expect(Math.abs(startedAt - beginOf(stage))).toBeLessThanOrEqual(4_000);
    expect(Math.abs(endedAt - beginOf(stage) - faultMs)).toBeLessThanOrEqual(6_000);
    expect(Math.abs((execution?.clockAheadMs ?? 0) - aheadMs)).toBeLessThanOrEqual(6_000);
  });
});

describe('a run whose execution can no longer be read', () => {
  const conductUnread = (code: ErrorCode) =>
    conduct(
      {
        changes: (_stage, beganAt) => swapped(first, beganAt, faultMs),
        report: (current, usual) => {
          if (current.now < beginOf(current) + 20_000) return usual;
          throw new ChaosError(code, 'It can not be read.', { suggestion: 'Look.' });
        },
      },
      {
        onTick: (current) => {
          // It would go on for ever.
          if (current.now > beginOf(current) + 600_000) current.kill();
        },
      },
      { guards: [], hypothesis: availability(0.9) },
    );
  test.each([
    ['azure-not-found', 'gone', 'no longer has the execution'],
    ['azure-forbidden', 'forbidden', 'does not let the bot read'],
    ['azure-unauthorized', 'forbidden', 'does not let the bot read'],
    ['azure-throttled', 'throttled', 'allows no more requests'],
    ['azure-unreachable', 'unreachable', 'does not answer requests'],
  ] as const)('ends after %s, says so, and holds nothing', async (code, reason, words) => {
    const stage = await conductUnread(code);
    const { end, faultEndedAt, execution } = stage.run();
    expect(end).toMatchObject({ ending: 'failed', verdict: 'inconclusive' });
    expect(end?.why).toContain('Whether the fault ended as planned is not known');
    expect(end?.why).toContain(words);
    expect(execution?.unread?.reason).toBe(reason);
    // By the pods, which were rid of it by then.
    expect(faultEndedAt).toBe(beginOf(stage) + faultMs);
    const ended = stage.journal.find(({ event }) => event.type === 'fault-ended');
    expect((ended?.at ?? 0) - beginOf(stage) - faultMs).toBeLessThanOrEqual(70_000);
    expect(toNextSteps(stage.run()).join(' ')).toContain('kubectl get podchaos');
  });
});

describe('a bot that was away', () => {
  test('finds a fault that came and went meanwhile: it is not void, and nothing held', async () => {
    const stage = new Stage({ guards: [] });
    const deps = () => {
      const given = stage.deps();
      const watch: typeof given.cluster.watch = (...asked) => ({
        ...given.cluster.watch(...asked),
        changes: () => swapped(first, beginOf(stage), faultMs).filter(({ at }) => at <= stage.now),
      });
      return { ...given, cluster: { ...given.cluster, watch } };
    };
    const { end, faultSeen, observed } = await conductWithRestart(stage, {
      deps,
      killAtMs: -1_000,
      awayMs: 75_000,
    });
    expect(observed).toBeUndefined();
    expect(faultSeen).toMatchObject({ pod: first?.name, kind: 'image' });
    expect(end).toMatchObject({ ending: 'completed', verdict: 'inconclusive' });
  });

  test('holds nothing when the fault had ended before and Azure tells so only now', async () => {
    const overrides = { guards: [], hypothesis: availability(0.5) };
    const stage = Object.assign(new Stage(overrides), { lossUnderFault: 1 });
    const deps = () => {
      const given = stage.deps();
      const read: typeof given.faults.read = async (...asked) => {
        const sinceMs = stage.now - beginOf(stage);
        if (sinceMs > 5_000 && sinceMs < 115_000) throw new Error('Azure does not answer.');
        return told(stage, await given.faults.read(...asked));
      };
      return { ...given, faults: { ...given.faults, read } };
    };
    const run = await conductWithRestart(stage, { deps, killAtMs: 100_000 });
    expect(run.observed?.judgement.tolerances[0]).toMatchObject({ undecided: 'misdated' });
    expect(run.end?.verdict).toBe('inconclusive');
    expect(toNextSteps(run).join(' ')).toContain('while Azure answers');
  });

  test('ends the fault of a run that somebody stopped meanwhile before it reads anything', async () => {
    const stage = new Stage({ guards: [] });
    const asked: string[] = [];
    let starts = 0;
    const deps = () => {
      const given = stage.deps();
      if ((starts += 1) > 1) {
        asked.length = 0;
        stage.append({ type: 'stop-requested', by: approver, via: { kind: 'command' } });
      }
      const faults: typeof given.faults = {
        ...given.faults,
        read: (...about) => {
          asked.push('read');
          return given.faults.read(...about);
        },
        cancel: (...about) => {
          asked.push('cancel');
          return given.faults.cancel(...about);
        },
      };
      return { ...given, faults };
    };
    const run = await conductWithRestart(stage, { deps, killAtMs: 20_000 });
    expect(run.end).toMatchObject({ ending: 'stopped' });
    expect(asked[0]).toBe('cancel');
  });
});
