import { describe, expect, test } from '@jest/globals';
import { printOutage } from '../../src/cards/describe-outage.ts';
import { attributeOutages, countLosses } from '../../src/domain/attribution.ts';
import { describeAttribution } from '../../src/domain/describe-attribution.ts';
import type {
  PhaseMeasurement,
  PodChange,
  PodLosses,
  SecondMeasurement,
} from '../../src/domain/measurement.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import type { Run } from '../../src/domain/run.ts';
import { sampleCourse, sampleMeasurement, sampleRun, startOfTime } from '../support/proposal.ts';

const at = (second: number) => Math.round(startOfTime + 60_000 + second * 1_000);
const pods = ['diabetes-7c9f-a', 'diabetes-7c9f-b', 'diabetes-7c9f-c'] as const;
const change = (
  second: number,
  pod: string,
  kind: PodChange['kind'],
  more: Partial<PodChange> = {},
): PodChange => ({ at: at(second), pod, kind, detail: kind, inRotation: true, ...more });

/** A pod that is not ready, and out of rotation, from one second to another. */
const down = (pod: string, from: number, until: number, more: Partial<PodChange> = {}) => [
  change(from, pod, 'not-ready', { detail: 'not ready (readiness probe failed)', ...more }),
  change(from + 0.002, pod, 'out-of-rotation'),
  change(until, pod, 'ready'),
  change(until + 0.002, pod, 'in-rotation'),
];
const allDown = (from: number, until: number) =>
  pods.flatMap((pod, index) => down(pod, from + index / 10, until + index / 10));

type Story = {
  /** Of those that are due each 100 ms, the spans that are lost, in seconds. */
  readonly lost: readonly (readonly [number, number])[];
  readonly changes: readonly PodChange[];
  readonly answers?: PhaseMeasurement['predictions']['pods'];
  readonly gaps?: PhaseMeasurement['pods']['gaps'];
  /** Each failed answer names this pod. */
  readonly failedBy?: string;
  /** Two of three predictions in the spans are answered. */
  readonly isAnswered?: true;
};

/** The seconds as the journal has them, 40 of them. */
function toSeconds({ lost, failedBy, isAnswered }: Story): SecondMeasurement[] {
  const all = Array.from({ length: 400 }, (_, index) => index / 10 + 0.005);
  const isLost = (due: number) =>
    lost.some(([from, until]) => due >= from && due < until) &&
    !(isAnswered && Math.floor(due * 10) % 3 !== 0);
  return Array.from({ length: 40 }, (_, second) => {
    const due = all.filter((time) => Math.floor(time) === second);
    const losses = due.filter(isLost);
    const [first, last] = [losses.at(0), losses.at(-1)];
    if (first === undefined || last === undefined)
      return { at: at(second), sent: 10, good: 10, failures: {} };
    const again = due.find((time) => time > last);
    const named: { failedBy?: PodLosses[] } =
      failedBy === undefined ? {} : { failedBy: [{ pod: failedBy, lost: losses.length }] };
    return {
      at: at(second),
      sent: 10,
      good: 10 - losses.length,
      failures: { overloaded: losses.length },
      ...named,
      lostAt: {
        first: at(first),
        last: at(last),
        goodBefore: due.filter((time) => time < first).length,
        goodAfter: due.filter((time) => time > last).length,
      },
      ...(again === undefined ? {} : { goodAgainAt: at(again) }),
    };
  });
}

function toRun(story: Story): Run {
  const seconds = toSeconds(story);
  const good = seconds.reduce((sum, second) => sum + second.good, 0);
  const measured = sampleMeasurement({ sent: 400, good, leastReady: 2 });
  const { answers, gaps } = story;
  const during = {
    ...measured,
    predictions: {
      ...measured.predictions,
      failures: { overloaded: 400 - good },
      ...(answers ? { pods: answers } : {}),
    },
    startedAt: at(0),
    endedAt: at(40),
    seconds,
    pods: { ...measured.pods, changes: story.changes, ...(gaps ? { gaps } : {}) },
  };
  const course = sampleCourse({ during });
  return sampleRun([
    ...course,
    { type: 'ended', ending: 'completed', verdict: 'deviated', why: '' },
  ]);
}

const lostBy = (story: Story) => {
  const { background: _background, ...byWay } = countLosses(toRun(story));
  return Object.fromEntries(Object.entries(byWay).filter(([, count]) => count > 0));
};
const causesOf = (story: Story) =>
  attributeOutages(toRun(story)).map(({ causes }) => causes.map(({ name, way }) => [name, way]));

describe('a service that stood still while its pods were ready', () => {
  const lost = [[0.8, 3.8]] as const;

  test('is not explained by pods that were unready for a moment after it', () => {
    const changes = [
      ...down(pods[0], 3.886, 3.899),
      ...down(pods[1], 3.999, 4.008),
      ...down(pods[2], 4.205, 4.22),
    ];
    expect(lostBy({ lost, changes })).toEqual({ unexplained: 30 });
    expect(causesOf({ lost, changes })).toEqual([[]]);
    expect(attributeOutages(toRun({ lost, changes })).map(printOutage)[0]).toMatch(
      /; unexplained$/,
    );
  });

  test('is not explained by pods that were unready for a moment in the middle of it', () => {
    const changes = down(pods[0], 2.5, 2.513);
    expect(lostBy({ lost, changes })).toEqual({ unexplained: 30 });
    // A moment may explain a moment.
    expect(lostBy({ lost: [[2.4, 3]], changes })).toEqual({ rotation: 6 });
    // Nobody knows for how long one was unready that changed while nobody looked, and a container that ended is no probe.
    expect(lostBy({ lost, changes: down(pods[0], 2.5, 2.513, { unseenSince: at(1) }) })).toEqual({
      rotation: 18,
      coincidence: 10,
      unexplained: 2,
    });
    expect(lostBy({ lost, changes: down(pods[0], 2.5, 2.513, { endedAt: at(1) }) })).toEqual({
      rotation: 28,
      unexplained: 2,
    });
  });

  test('is explained by a pod that was out of rotation for a moment and stayed ready: no probe had failed', () => {
    const changes = [change(2.3, pods[0], 'out-of-rotation'), change(3.2, pods[0], 'in-rotation')];
    expect(lostBy({ lost: [[2.4, 3.9]], changes })).toEqual({ rotation: 15 });
  });

  test('may be explained as a coincidence, and never by rotation, by what was noticed after it', () => {
    expect(lostBy({ lost, changes: down(pods[0], 3.886, 6) })).toEqual({ coincidence: 30 });
  });

  test('is not explained by a pod that went after it, but for what was in flight then', () => {
    // The first good one after it is due 3.805; predictions of the baseline take up to 21 ms.
    const kill = (second: number) => [change(second, pods[0], 'deleted')];
    expect(lostBy({ lost: [[3.2, 3.8]], changes: kill(3.82) })).toEqual({ rotation: 6 });
    expect(lostBy({ lost: [[3.2, 3.8]], changes: kill(3.83) })).toEqual({ unexplained: 6 });
  });
});

describe('what was due while no pod was ready', () => {
  const lost = [[1.2, 19.5]] as const;
  const changes = allDown(4.5, 19.2);

  test('is explained by that, and not by the rotation of pods', () => {
    // The last pod goes 4.7 and the first is back 19.2.
    const run = toRun({ lost, changes });
    expect(lostBy({ lost, changes })).toEqual({ coincidence: 28, rotation: 15, noPodReady: 140 });
    expect(describeAttribution(countLosses(run))).toContain(
      'Of 183 predictions that failed from the start request to the end of the run: 15 while disturbed pods were in rotation; 140 while no pod was ready; 28 at the same time',
    );
  });

  test('names the pods that were not ready, and what lasted longer than that', () => {
    const whole = { lost: [[5.2, 19]] as const, changes };
    const [outage] = attributeOutages(toRun(whole));
    expect(outage?.lostBy).toMatchObject({ rotation: 0, coincidence: 0, noPodReady: 138 });
    expect(outage?.causes.map(({ name, noPodReady }) => [name, noPodReady])).toEqual(
      pods.map((pod) => [pod, true]),
    );
    const [printed = ''] = attributeOutages(toRun(whole)).map(printOutage);
    expect(printed).toContain('a, not ready then: not ready (readiness probe failed)');
    expect(printed).toMatch(/; no pod was ready$/);
    expect(printed).not.toContain('in rotation then');
    const [mixed = ''] = attributeOutages(toRun({ lost, changes })).map(printOutage);
    expect(mixed).toContain('a, in rotation for part of it: not ready (readiness probe failed)');
    expect(mixed).toMatch(/; 140 while no pod was ready, 28 may be a coincidence$/);
  });

  test('is counted as the next steps count it', () => {
    expect(toNextSteps(toRun({ lost, changes }))[0]).toBe(
      'Find out why no pod was ready: 140 predictions failed while none was.',
    );
  });

  test('is not claimed of a time in which nobody saw the pods', () => {
    const gaps = [{ from: at(8), until: at(15), cause: { code: 'restart' as const } }];
    expect(lostBy({ lost, changes, gaps })['noPodReady']).toBe(70);
  });

  test('is not claimed where other pods answer, or most is answered', () => {
    const answers = [{ pod: 'other-server', sent: 217, good: 217, failures: {} }];
    expect(lostBy({ lost, changes, answers })).toEqual({ unexplained: 183 });
    const answered = lostBy({ lost, changes, isAnswered: true });
    expect(answered['noPodReady'] ?? 0).toBe(0);
    // Nothing was in rotation then, either.
    expect(answered['rotation'] ?? 0).toBeLessThan(12);
  });
});

describe('a pod that is ready again', () => {
  const changes = down(pods[0], 1, 5);

  test('may give failed answers for the same reason for a while', () => {
    expect(lostBy({ lost: [[1, 7]], changes, failedBy: pods[0] })).toEqual({ answer: 60 });
  });

  test('gives those for another reason that fail when the service was well again', () => {
    const lost = [[11, 13]] as const;
    expect(lostBy({ lost, changes, failedBy: pods[0] })).toEqual({ unexplained: 20 });
  });
});
