import { describe, expect, test } from '@jest/globals';
import { renderInjectionAlert } from '../../src/cards/injection-alert.ts';
import { toRunState } from '../../src/cards/run-state.ts';
import { isLeftToWatch, toCarriedUntil } from '../../src/domain/left-fault.ts';
import { phaseNotes } from '../../src/domain/phase-notes.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import type { Run } from '../../src/domain/run.ts';
import {
  beginOf,
  conduct,
  first,
  own,
  pause,
  second,
  swapped,
  type Staging,
} from '../support/staged-fault.ts';
import type { Stage } from '../support/stage.ts';

const faultMs = 60_000;
const readyAfterMs = 500;

type Left = {
  /** Called with each step of time. */
  readonly onTick?: (stage: Stage) => void;
  /** When the executor says that it is done, and how. */
  readonly doneAfterMs: number;
  readonly state: 'succeeded' | 'failed';
  /** Until when the pod carries the fault. */
  readonly carriedMs: number;
  readonly limitMs: number;
  readonly readyAtMs?: number;
  /** Since when all predictions fail, and until when. */
  readonly lostSinceMs?: number;
  readonly lostUntilMs?: number;
  readonly listEveryMs?: number;
};

/** A fault of a minute that its executor leaves behind on a pod. */
async function leave(left: Left): Promise<Run> {
  const { doneAfterMs, state, carriedMs, limitMs, lostSinceMs = Infinity } = left;
  const { readyAtMs = carriedMs + readyAfterMs, lostUntilMs = Infinity, listEveryMs = 1 } = left;
  const staging: Staging = {
    listEveryMs,
    report: (stage, usual) => {
      const [startedAt, stoppedAt] = [beginOf(stage), beginOf(stage) + doneAfterMs];
      if (stage.now < startedAt) return usual;
      if (stage.now < stoppedAt) return { ...usual, startedAt };
      return { ...usual, state, status: state, startedAt, stoppedAt };
    },
    changes: (_stage, beganAt) =>
      swapped(first, beganAt, carriedMs).map((change) =>
        change.kind === 'ready' ? { ...change, at: beganAt + readyAtMs } : change,
      ),
    imageOf: (stage, index) => {
      const sinceMs = stage.now - beginOf(stage);
      return index === 0 && sinceMs >= 0 && sinceMs < carriedMs ? pause : own;
    },
    isReady: (stage, index) => {
      const sinceMs = stage.now - beginOf(stage);
      return index > 0 || sinceMs < 0 || sinceMs >= readyAtMs;
    },
    loses: (dueAt, stage) => {
      const sinceMs = dueAt - beginOf(stage);
      return sinceMs >= lostSinceMs && sinceMs < lostUntilMs;
    },
  };
  const tolerance = { signal: 'availability', comparison: '>=', bound: 0.9 } as const;
  const hypothesis = { title: 'Predictions survive', tolerances: [tolerance] };
  const overrides = { guards: [], hypothesis, recoveryLimitMs: limitMs };
  // The executor of the stage ends what takes too long.
  const { onTick = () => undefined } = left;
  const stage = await conduct(staging, { faultMs: 300_000, lossUnderFault: 0, onTick }, overrides);
  return stage.run();
}

const failed = { doneAfterMs: 20_000, state: 'failed' } as const;
const succeeded = { doneAfterMs: faultMs, state: 'succeeded' } as const;

describe('a fault that its executor leaves on a pod', () => {
  test.each<[string, Left, string]>([
    [
      'it fails, and the pod is rid of it after the limit',
      { ...failed, carriedMs: 90_000, limitMs: 60_000 },
      '90s',
    ],
    [
      'it succeeds, and the pod is rid of it after the limit',
      { ...succeeded, carriedMs: 125_000, limitMs: 30_000 },
      '2m 5s',
    ],
    [
      'the pod is ready after the limit, soon after it is rid of it',
      { ...failed, carriedMs: 90_000, readyAtMs: 95_000, limitMs: 70_000 },
      '90s',
    ],
  ])('is another fault than approved, and no fault of the service: %s', async (_, left, lasted) => {
    const run = await leave(left);
    expect(run.end?.verdict).toBe('inconclusive');
    expect(run.end?.why).toContain(
      `The fault was not as approved: it lasted ${lasted} instead of 60s.`,
    );
    expect(run.injection?.hit).toMatchObject([{ pod: first?.name, until: expect.any(Number) }]);
    expect(toNextSteps(run)[0]).toContain('why Chaos Mesh did not remove the fault in time');
  });

  test('is as approved in time where pods carry it for as long as asked', async () => {
    const run = await leave({ ...failed, carriedMs: faultMs, limitMs: 60_000 });
    expect(run.injection?.mismatches).toEqual([]);
    expect(run.end).toMatchObject({
      ending: 'failed',
      verdict: 'inconclusive',
      why: 'Azure reported that the execution of the fault had failed.',
    });
  });

  test('deviates where pods are not ready within the limit after they are rid of it', async () => {
    const run = await leave({
      ...succeeded,
      carriedMs: 100_000,
      readyAtMs: 140_000,
      limitMs: 30_000,
    });
    expect(run.end?.verdict).toBe('deviated');
    expect(run.end?.why).toMatch(/^The fault was gone, but pods were not ready again within 30s/);
  });

  test.each([0, 1, 2, 3, 4])(
    'counts the limit from when pods were seen rid of it, not from the last list of pods (%d s)',
    async (second) => {
      const carriedMs = 100_000 + 1_000 * second;
      const readyAtMs = carriedMs + 28_000;
      const lists = { listEveryMs: 5_000 };
      const run = await leave({ ...succeeded, ...lists, carriedMs, readyAtMs, limitMs: 30_000 });
      expect(run.end?.verdict).toBe('inconclusive');
      expect(run.end?.why).toMatch(/^The fault was not as approved/);
    },
  );

  test('deviates where the service is out to the end', async () => {
    const run = await leave({
      ...failed,
      carriedMs: 300_000,
      limitMs: 60_000,
      lostSinceMs: 15_000,
    });
    expect(run.end?.verdict).toBe('deviated');
    expect(run.end?.why).toContain('predictions were not good again within 60s');
  });

  test('leaves the service as long to fail once more as it has to recover', async () => {
    const run = await leave({
      ...succeeded,
      carriedMs: 140_000,
      readyAtMs: 190_000,
      limitMs: 60_000,
      lostSinceMs: 165_000,
      lostUntilMs: 175_000,
    });
    const { recovery } = run.recovered ?? {};
    const [goneMs, goodMs] = [recovery?.faultGoneAfterMs ?? 0, recovery?.predictionsGoodAfterMs];
    expect(goneMs).toBeGreaterThan(40_000);
    expect(goodMs).toBeGreaterThan(goneMs + 33_000);
    expect(goodMs).toBeLessThanOrEqual(goneMs + 35_100);
  });
});

test('the card does not say that a fault is active which somebody took from its pod', async () => {
  const notes = new Map<number, string | undefined>();
  const onTick = (stage: Stage) => {
    const seconds = Math.round((stage.now - beginOf(stage)) / 1_000);
    if (stage.run().phase === 'observe')
      notes.set(seconds, stage.active.progressOf(stage.run().id)?.note);
  };
  await leave({ ...succeeded, carriedMs: 30_000, limitMs: 60_000, onTick });
  expect(notes.get(25)).toBe(phaseNotes.active);
  expect(notes.get(35)).toBe(phaseNotes.gone);
});

describe('while the run waits for pods that still carry a fault whose execution is over', () => {
  /** The run as it is at 45 s after the end of the execution, and in the end. */
  async function look(left: Partial<Left>) {
    let seen: Run | undefined;
    const onTick = (stage: Stage) => {
      left.onTick?.(stage);
      if (stage.now >= beginOf(stage) + faultMs + 45_000) seen ??= stage.run();
    };
    const run = await leave({ ...succeeded, carriedMs: 125_000, limitMs: 60_000, ...left, onTick });
    return { seen: seen as Run, run };
  }

  test('nobody is told that it is gone', async () => {
    const { seen, run } = await look({});
    expect(seen).toMatchObject({ phase: 'recover', carrying: [{ pod: first?.name }] });
    expect(toRunState(seen).word).toBe('Execution over, watching the pods');
    expect(JSON.stringify(renderInjectionAlert(seen))).toContain('The fault was not removed');
    // What was said then is corrected by the same message.
    expect(run.carrying).toEqual([]);
    expect(JSON.stringify(renderInjectionAlert(run))).not.toContain('not removed');
  });

  test('nobody is told that it is still there where pods are not seen any more', async () => {
    const onTick = (stage: Stage) => {
      if (stage.now >= beginOf(stage) + faultMs + 5_000)
        stage.clusterSilentFrom = Math.min(stage.clusterSilentFrom, stage.now);
    };
    const { seen } = await look({ onTick });
    expect(seen.phase).toBe('recover');
    expect(renderInjectionAlert(seen)).toBeUndefined();
  });
});

describe("somebody else's fault on another pod", () => {
  /** Our fault is gone in time; the second pod carries another one from `againAtMs` on, since the beginning of ours. */
  async function leaveOther(againAtMs: number, loses: (sinceMs: number) => boolean): Promise<Run> {
    const since = (stage: Stage) => stage.now - beginOf(stage);
    const staging: Staging = {
      changes: (_stage, beganAt) => [
        ...swapped(first, beganAt, faultMs),
        ...swapped(second, beganAt + againAtMs),
      ],
      imageOf: (stage, index) => {
        const isOther = index === 1 && since(stage) >= againAtMs;
        return isOther || (index === 0 && stage.faultActive) ? pause : own;
      },
      isReady: (stage, index) => {
        if (index === 1) return since(stage) < againAtMs;
        return index > 0 || since(stage) < 0 || since(stage) >= faultMs + readyAfterMs;
      },
      loses: (dueAt, stage) => loses(dueAt - beginOf(stage)),
    };
    const tolerance = { signal: 'availability', comparison: '>=', bound: 0.95 } as const;
    const hypothesis = { title: 'Predictions survive', tolerances: [tolerance] };
    const overrides = { guards: [], hypothesis, recoveryLimitMs: 30_000, baselineMs: 60_000 };
    return (await conduct(staging, {}, overrides)).run();
  }

  test('is named, and none that this run has left behind', async () => {
    const run = await leaveOther(faultMs + 45_000, () => false);
    expect(run.recovered?.recovery).not.toHaveProperty('faultGoneAfterMs');
    expect(run.carrying).toEqual([]);
    expect(isLeftToWatch(run)).toBe(false);
    expect(run.injection?.hit).toMatchObject([{ pod: first?.name }]);
    expect(run.end).toMatchObject({
      verdict: 'held',
      why: expect.stringContaining(`A fault that is not of this run is on ${second?.name}`),
    });
  });

  test('hides no deviation', async () => {
    const isLost = (sinceMs: number) =>
      sinceMs >= faultMs + 31_000 && sinceMs < faultMs + 60_000 && sinceMs % 400 < 100;
    const run = await leaveOther(faultMs + 45_000, isLost);
    expect(run.end).toMatchObject({
      verdict: 'deviated',
      why: expect.stringMatching(/^After the fault, .* A fault that is not of this run is on /),
    });
  });

  test('on it since before the start is not of this run either', async () => {
    const run = await leaveOther(-Infinity, () => false);
    expect(run.carrying).toEqual([]);
    expect(run.otherCarrying).toMatchObject([{ pod: second?.name }]);
  });
});

test('a fault that nobody saw begin is left behind by this run', async () => {
  const carried: Staging = {
    changes: () => [],
    imageOf: (stage, index) => (index === 0 && stage.now >= beginOf(stage) ? pause : own),
    isReady: (stage, index) => index > 0 || stage.now < beginOf(stage),
  };
  const run = (await conduct(carried, {}, { guards: [], recoveryLimitMs: 30_000 })).run();
  expect(run.carrying).toEqual([{ pod: first?.name, images: [pause] }]);
  expect(isLeftToWatch(run)).toBe(true);
});

test('a fault on pods that were not seen any more at the end of the run may have been gone by then', async () => {
  const carried: Staging = {
    changes: (_stage, beganAt) => swapped(first, beganAt),
    imageOf: (stage, index) => (index === 0 && stage.now >= beginOf(stage) ? pause : own),
    isReady: (stage, index) => index > 0 || stage.now < beginOf(stage),
  };
  const fallSilent = (stage: Stage) => {
    if (stage.now >= beginOf(stage) + faultMs + 35_000)
      stage.clusterSilentFrom = Math.min(stage.clusterSilentFrom, stage.now);
  };
  const overrides = { guards: [], recoveryLimitMs: 60_000 };
  const stage = await conduct(carried, { onTick: fallSilent }, overrides);
  const run = stage.run();
  expect(run.recovered?.recovery.podsUnseen).toBe(true);
  expect(run.end?.why).toContain('When pods were last seen, the fault was still on');
  expect(toCarriedUntil(run)).toBe(run.faultEndedAt);
});
