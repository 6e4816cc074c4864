import { describe, expect, test } from '@jest/globals';
import { printCurve, printWindows } from '../../src/cards/describe-fault.ts';
import { toFaultWindows } from '../../src/domain/fault-windows.ts';
import type { PhaseMeasurement, PodChange } from '../../src/domain/measurement.ts';
import { toRecoveryCurve } from '../../src/domain/recovery-curve.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import type { Run } from '../../src/domain/run.ts';
import { sampleCourse, sampleMeasurement, sampleRun, startOfTime } from '../support/proposal.ts';

const goneAt = startOfTime + 70_000;
const change = (second: number, kind: PodChange['kind'], pod = 'a'): PodChange => ({
  at: startOfTime + second * 1_000,
  pod,
  kind,
  detail: '',
});
const withChanges = (changes: readonly PodChange[], more: Partial<PhaseMeasurement> = {}) => {
  const measured = sampleMeasurement({ sent: 300 });
  return { ...measured, ...more, pods: { ...measured.pods, changes } };
};

/** A run whose fault was confirmed gone at second 70, with what a test measures under it and after it. */
function runWith(during: PhaseMeasurement, after: PhaseMeasurement, evidence?: PodChange): Run {
  const events = sampleCourse({ during, after, seen: false });
  const seen: RunEvent[] = evidence ? [{ type: 'fault-seen', evidence }] : [];
  const run = sampleRun([...events.slice(0, 7), ...seen, ...events.slice(7)]);
  return { ...run, faultEndedAt: goneAt };
}

describe('the fault, asked and actual', () => {
  const downAndUp = withChanges([change(12, 'restarted'), change(13, 'not-ready')]);

  test('stand side by side: as asked, as Azure tells it, as pods showed it', () => {
    const run = runWith(downAndUp, withChanges([change(78, 'ready')]), change(12, 'restarted'));
    const execution = {
      ...run.execution,
      startedAt: startOfTime + 10_000,
      stoppedAt: startOfTime + 69_000,
    } as NonNullable<Run['execution']>;
    const windows = toFaultWindows({ ...run, execution });
    expect(windows).toMatchObject({
      asked: { at: startOfTime + 5_000, durationMs: 60_000 },
      azure: { from: startOfTime + 10_000, until: startOfTime + 69_000 },
      seen: { from: startOfTime + 12_000, until: startOfTime + 78_000, pods: 1 },
    });
    expect(windows && printWindows(windows)).toBe(
      'asked 09:00:05 for 60s; by Azure 09:00:10 to 09:01:09 (59s); seen on 1 pod 09:00:12 to 09:01:18 (66s), UTC',
    );
  });

  test('have no end that was not seen, and nothing seen where no pod failed', () => {
    const open = toFaultWindows(runWith(downAndUp, withChanges([]), change(12, 'restarted')));
    expect(open?.seen?.until).toBeNull();
    expect(open && printWindows(open)).toMatch(/seen on 1 pod from 09:00:12, no end seen, UTC$/);
    const never = toFaultWindows(runWith(withChanges([]), withChanges([])));
    expect(never).not.toHaveProperty('seen');
    expect(never && printWindows(never)).toBe('asked 09:00:05 for 60s; never seen, UTC');
    expect(toFaultWindows(sampleRun())).toBeUndefined();
  });

  test('take in only pods that were hit, where that is known, while all are waited for', () => {
    const others = [change(40, 'not-ready', 'b'), change(78, 'ready'), change(98, 'ready', 'b')];
    const run = runWith(downAndUp, withChanges(others), change(12, 'restarted'));
    const hit = [{ pod: 'a', from: startOfTime + 12_000, until: goneAt }];
    const injection = { source: 'signature', hit, others: ['b'], mismatches: [] } as const;
    const { seen } = toFaultWindows({ ...run, injection }) ?? {};
    expect(seen).toMatchObject({ until: startOfTime + 78_000, pods: 1 });
    expect(toRecoveryCurve({ ...run, injection })).toMatchObject({ podsReadyMs: 28_000 });
  });

  test('do not take in what befell pods when the fault was gone', () => {
    const after = withChanges([change(78, 'ready'), change(80, 'not-ready', 'b')]);
    const { seen } = toFaultWindows(runWith(downAndUp, after, change(12, 'restarted'))) ?? {};
    expect(seen).toMatchObject({ until: startOfTime + 78_000, pods: 1 });
  });
});

describe('how a service came back', () => {
  /** Seconds since the end of the fault: how many of ten were lost, and the p99. */
  const after = (...seconds: readonly (readonly [lost: number, p99Ms?: number])[]) =>
    withChanges([change(74, 'ready')], {
      seconds: seconds.map(([lost, p99Ms], index) => ({
        at: goneAt + index * 1_000,
        sent: 10,
        good: 10 - lost,
        failures: lost === 0 ? {} : { refused: lost },
        ...(p99Ms === undefined ? {} : { p99Ms }),
      })),
    });
  const down = withChanges([change(12, 'not-ready')]);
  const curveOf = (measured: PhaseMeasurement) =>
    toRecoveryCurve(runWith(down, measured, change(12, 'not-ready')));

  test('is what Kubernetes claims beside what predictions show', () => {
    const slow = [10, 10, 4, 0].map((lost, index) => [lost, index === 0 ? 20 : 90] as const);
    const fast = Array.from({ length: 6 }, () => [0, 20] as const);
    const curve = curveOf(after(...slow, ...fast));
    // The p99 of the baseline is 21 ms; one fast second among slow ones is chance.
    expect(curve).toEqual({
      podsReadyMs: 4_000,
      firstRightMs: 2_000,
      lastLostMs: 3_000,
      p99BackMs: 4_000,
    });
    expect(curve && printCurve(curve)).toBe(
      'pods Ready by Kubernetes after 4s; first right prediction after 2s, last lost one after 3s, back at the p99 of the baseline after 4s',
    );
  });

  test('does not begin with what was right in the last second of the fault', () => {
    const lost = { sent: 10, good: 0, failures: { refused: 10 } };
    const seconds = [
      {
        at: goneAt - 300,
        sent: 10,
        good: 3,
        failures: { refused: 7 },
        lostAt: { first: goneAt, last: goneAt + 600, goodBefore: 3, goodAfter: 0 },
      },
      { ...lost, at: goneAt + 700, lostAt: { first: goneAt + 700, last: goneAt + 1_600 } },
      {
        at: goneAt + 1_700,
        sent: 10,
        good: 8,
        failures: { refused: 2 },
        lostAt: { first: goneAt + 1_700, last: goneAt + 1_800, goodBefore: 0, goodAfter: 8 },
        goodAgainAt: goneAt + 1_900,
      },
    ];
    expect(curveOf(withChanges([change(74, 'ready')], { seconds }))).toMatchObject({
      firstRightMs: 1_900,
    });
  });

  test('is bounded where nobody looked before', () => {
    const found = { ...change(80, 'ready'), unseenSince: goneAt + 1_000 };
    const unseen = { at: goneAt, sent: 0, good: 0, failures: {}, unmeasured: 10 };
    const right = { at: goneAt + 1_000, sent: 10, good: 10, failures: {} };
    const curve = curveOf(withChanges([found], { seconds: [unseen, right] }));
    expect(curve).toMatchObject({ podsReadyMs: 10_000, podsReadyNotBeforeMs: 1_000 });
    expect(curve && printCurve(curve)).toBe(
      'pods Ready by Kubernetes between 1s and 10s; first right prediction between 0s and 1s, none after the fault',
    );
    const { recovered, ...run } = runWith(down, withChanges([]));
    const recovery = { podsReadyAfterMs: 8_000, podsReadyNotBeforeMs: 2_000 };
    const looked = recovered && {
      ...recovered,
      recovery: { ...recovered.recovery, ...recovery },
    };
    expect(toRecoveryCurve({ ...run, ...(looked ? { recovered: looked } : {}) })).toMatchObject({
      podsReadyMs: 8_000,
      podsReadyNotBeforeMs: 2_000,
    });
  });

  test('is told without latencies where they were not recorded by the second', () => {
    const curve = curveOf(after([0], [0]));
    expect(curve).toEqual({ podsReadyMs: 4_000, firstRightMs: 0, lastLostMs: 0 });
    expect(curve && printCurve(curve)).toBe(
      'pods Ready by Kubernetes after 4s; first right prediction at once, none after the fault',
    );
  });

  test('counts scattered losses, and tells them from those that the baseline had as well', () => {
    const scattered = after(...[1, 0, 1, 0, 1, 0, 1, 0, 0, 0].map((lost) => [lost] as const));
    expect(curveOf(scattered)).toMatchObject({ lastLostMs: 7_000 });
    const { baseline, ...run } = runWith(down, scattered, change(12, 'not-ready'));
    const lossy = sampleMeasurement({ good: 540 });
    const noisy = baseline && { ...baseline, measurement: lossy };
    const curve = toRecoveryCurve({ ...run, ...(noisy ? { baseline: noisy } : {}) });
    expect(curve).toMatchObject({ lastLostMs: 0, lostAnyway: 4 });
    expect(curve && printCurve(curve)).toMatch(/no outage any more \(4 lost in the background\)$/);
  });

  test('may have been as fast as before since nothing was measured', () => {
    const [slow, fast] = [[0, 90] as const, [0, 20] as const];
    const measured = after(slow, slow, ...Array.from({ length: 9 }, () => fast));
    const seconds = measured.seconds.map((second, index) => {
      const { at, failures } = second;
      return index > 1 && index < 5 ? { at, sent: 0, good: 0, failures, unmeasured: 10 } : second;
    });
    const curve = curveOf({ ...measured, seconds });
    expect(curve).toMatchObject({ p99BackMs: 5_000, p99BackNotBeforeMs: 2_000 });
    expect(curve && printCurve(curve)).toMatch(/at the p99 of the baseline between 2s and 5s$/);
    expect(curveOf(measured)).not.toHaveProperty('p99BackNotBeforeMs');
  });

  test('says of what was measured only when the last prediction was lost', () => {
    const curve = { podsReadyMs: 0, firstRightMs: 0, lastLostMs: 38 };
    expect(printCurve(curve)).toMatch(/, last lost one after 38ms$/);
    expect(printCurve({ ...curve, unmeasured: 100 })).toMatch(
      /, last lost one after 38ms, of those measured \(100 were not\)$/,
    );
  });

  test('says what was not seen', () => {
    const never = curveOf(after([10, 90], [10, 90], [10, 90]));
    expect(never).toMatchObject({ firstRightMs: null, p99BackMs: null, lastLostMs: 3_000 });
    const gone = toRecoveryCurve(runWith(down, withChanges([]), change(12, 'not-ready')));
    expect(gone?.podsReadyMs).toBeNull();
    expect(gone && printCurve(gone)).toMatch(/^pods Ready by Kubernetes not seen; /);
    expect(toRecoveryCurve(sampleRun())).toBeUndefined();
  });
});
