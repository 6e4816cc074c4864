import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import type { PodChange } from '../../src/domain/measurement.ts';
import { toPodTable } from '../../src/reports/pod-table.ts';
import { toPodCourses } from '../../src/domain/pod-courses.ts';

const change = (at: number, pod: string, kind: PodChange['kind'], more = {}): PodChange => ({
  at,
  pod,
  kind,
  detail: kind,
  ...more,
});

describe('the course of a pod', () => {
  test('is known only as long as pods were seen', () => {
    const changes = [change(1_000, 'a', 'not-ready'), change(2_000, 'a', 'out-of-rotation')];
    const [course] = toPodCourses(changes, [], 60_000, 20_000);
    expect(course).toMatchObject({ notReadyMs: 59_000, notReadyAtLeastMs: 19_000 });
    expect(course).toMatchObject({ outOfRotationMs: 58_000, outOfRotationAtLeastMs: 18_000 });
    expect(toPodCourses(changes, [], 60_000)[0]).not.toHaveProperty('notReadyAtLeastMs');
  });

  test('says how long it was not ready, out of rotation, and after how long it was ready', () => {
    const [course] = toPodCourses(
      [
        change(100, 'a', 'not-ready', { detail: 'not ready (OOMKilled)' }),
        change(400, 'a', 'out-of-rotation'),
        change(500, 'a', 'restarted', { detail: 'restarted (exit code 137, OOMKilled)' }),
        change(600, 'a', 'reason', { detail: 'CrashLoopBackOff' }),
        change(900, 'a', 'ready'),
        change(1_000, 'a', 'in-rotation'),
        change(5_000, 'a', 'not-ready', { detail: 'not ready (OOMKilled)' }),
      ],
      [{ name: 'a', node: 'n' }],
      6_000,
    );
    expect(course).toEqual({
      pod: 'a',
      node: 'n',
      notReadyMs: 1_800,
      readyAfterMs: [800],
      outOfRotationMs: 600,
      restarts: 1,
      reasons: [
        'not ready (OOMKilled)',
        'restarted (exit code 137, OOMKilled)',
        'CrashLoopBackOff',
      ],
    });
  });

  test('bounds what began or ended while pods were not observed', () => {
    const [course] = toPodCourses(
      [
        change(1_000, 'a', 'not-ready'),
        change(1_500, 'a', 'out-of-rotation'),
        change(56_000, 'a', 'ready', { unseenSince: 6_000 }),
        change(57_000, 'a', 'in-rotation', { unseenSince: 6_500 }),
        change(60_000, 'a', 'not-ready'),
        change(62_000, 'a', 'ready'),
      ],
      [],
      90_000,
    );
    expect(course).toMatchObject({
      notReadyMs: 57_000,
      notReadyAtLeastMs: 7_000,
      readyAfterMs: [55_000, 2_000],
      readyAfterAtLeastMs: [5_000, 2_000],
      outOfRotationMs: 55_500,
      outOfRotationAtLeastMs: 5_000,
    });
    expect(toPodTable({ pods: course ? [course] : [] }).rows[0]?.slice(1, 4)).toEqual([
      '7s to 57s',
      '5.0s to 55s, 2.0s',
      '5.0s to 56s',
    ]);
  });

  test('counts time out of rotation until the pod is gone, though its endpoint leaves later', () => {
    const leaving = [
      change(0, 'a', 'not-ready'),
      change(55, 'a', 'out-of-rotation', { detail: 'out of rotation of service one' }),
      change(70, 'a', 'deleted'),
      change(125, 'a', 'out-of-rotation', { detail: 'out of rotation of service two' }),
    ];
    expect(toPodCourses(leaving, [], 57_000)[0]?.outOfRotationMs).toBe(15);
    const [killed] = toPodCourses(
      [leaving[2], leaving[3]].flatMap((one) => one ?? []),
      [],
      57_000,
    );
    expect(killed?.outOfRotationMs).toBe(0);
  });

  test('counts time out of rotation until the pod was found in it after a restart', () => {
    const away = { unseenSince: 4_000 };
    const [course] = toPodCourses(
      [
        change(0, 'a', 'not-ready'),
        change(50, 'a', 'out-of-rotation'),
        change(70_000, 'a', 'ready', away),
        change(70_010, 'a', 'in-rotation', away),
      ],
      [],
      300_000,
    );
    expect(course?.outOfRotationMs).toBe(69_960);
  });

  test('tells a pod from the one of its name before it, by their uids', () => {
    const courses = toPodCourses(
      [
        change(0, 'a', 'deleted', { uid: 'old' }),
        change(10, 'a', 'created', { uid: 'new', replaces: 'a' }),
        change(70, 'a', 'out-of-rotation', { uid: 'old' }),
        change(500, 'a', 'out-of-rotation', { uid: 'new' }),
        change(600, 'a', 'in-rotation', { uid: 'new' }),
      ],
      [],
      57_000,
    );
    expect(courses.map(({ outOfRotationMs }) => outOfRotationMs)).toEqual([100]);
  });

  test('names what took its place, and has that one from its creation on its own node', () => {
    const courses = toPodCourses(
      [
        change(0, 'a', 'not-ready'),
        change(10, 'b', 'created', { replaces: 'a' }),
        change(20, 'b', 'placed', { node: 'm' }),
        change(90, 'b', 'ready'),
        change(300, 'a', 'deleted'),
      ],
      [{ name: 'a', node: 'n' }],
      1_000,
    );
    expect(courses).toMatchObject([
      { pod: 'a', node: 'n', notReadyMs: 300, readyAfterMs: [], replacedBy: 'b' },
      { pod: 'b', node: 'm', notReadyMs: 80, readyAfterMs: [80] },
    ]);
    expect(courses[0]).not.toHaveProperty('outOfRotationMs');
    expect(courses[1]).not.toHaveProperty('replacedBy');
  });

  test('never has a pod not ready for longer than it was looked at, nor ready again for longer than that', () => {
    const kind = fc.constantFrom<PodChange['kind']>(
      'created',
      'not-ready',
      'ready',
      'restarted',
      'deleted',
      'out-of-rotation',
      'in-rotation',
    );
    const step = fc.tuple(fc.nat(100), fc.constantFrom('a', 'b'), kind);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let at = 0;
        const changes = steps.map(([after, pod, what]) => change((at += after), pod, what));
        for (const course of toPodCourses(changes, [], at + 50)) {
          const { notReadyMs, readyAfterMs, outOfRotationMs = 0 } = course;
          const first = changes.find(({ pod }) => pod === course.pod)?.at ?? 0;
          expect(notReadyMs).toBeLessThanOrEqual(at + 50 - first);
          expect(outOfRotationMs).toBeLessThanOrEqual(at + 50 - first);
          expect(readyAfterMs.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(notReadyMs);
          expect(course.node).toBeUndefined();
        }
      }),
    );
  });
});
