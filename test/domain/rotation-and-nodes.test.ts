import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { printOutage } from '../../src/cards/describe-outage.ts';
import { toTimeline } from '../../src/cards/describe-timeline.ts';
import { attributeOutages, countLosses } from '../../src/domain/attribution.ts';
import { describeAttribution } from '../../src/domain/describe-attribution.ts';
import { findDisturbances } from '../../src/domain/disturbances.ts';
import { toFaultWindows } from '../../src/domain/fault-windows.ts';
import {
  isRotation,
  type NodeChange,
  type PodChange,
  type PodLosses,
} from '../../src/domain/measurement.ts';
import { findNodeDisturbances } from '../../src/domain/node-disturbances.ts';
import type { Run } from '../../src/domain/run.ts';
import { sampleCourse, sampleMeasurement, sampleRun, startOfTime } from '../support/proposal.ts';

const at = (second: number) => startOfTime + 60_000 + second * 1_000;
const change = (
  second: number,
  pod: string,
  kind: PodChange['kind'],
  more: Partial<PodChange> = {},
): PodChange => ({ at: at(second), pod, kind, detail: kind, ...more });
const nodeChange = (second: number, kind: NodeChange['kind'], node = 'n'): NodeChange => ({
  at: at(second),
  node,
  kind,
  detail: kind,
});

/** A run under whose fault so many of ten predictions were lost in each second, from second 0 on. */
function runWith(
  losses: readonly number[],
  changes: readonly PodChange[],
  nodes?: readonly NodeChange[],
  failedBy: readonly PodLosses[] = [],
): Run {
  const measured = sampleMeasurement();
  const during = {
    ...measured,
    startedAt: at(0),
    endedAt: at(losses.length),
    seconds: losses.map((lost, second) => ({
      at: at(second),
      sent: 10,
      good: 10 - lost,
      failures: lost === 0 ? {} : { refused: lost },
      ...(lost === 0 || failedBy.length === 0 ? {} : { failedBy }),
    })),
    pods: { ...measured.pods, changes },
    ...(nodes ? { nodes } : {}),
  };
  return sampleRun(sampleCourse({ during }));
}
const print = (...given: Parameters<typeof runWith>) =>
  attributeOutages(runWith(...given)).map(printOutage);

describe('a disturbed pod', () => {
  const outOf = (...changes: PodChange[]) =>
    findDisturbances(changes).map(({ pod, outOfRotationMs }) => [pod, outOfRotationMs]);

  test('is out of rotation when the last of its services has taken it out', () => {
    const kill = change(1, 'a', 'not-ready');
    expect(
      outOf(kill, change(1.2, 'a', 'out-of-rotation'), change(2.2, 'a', 'out-of-rotation')),
    ).toEqual([['a', 1_200]]);
    expect(
      outOf(
        kill,
        change(1.2, 'a', 'out-of-rotation'),
        change(3, 'a', 'in-rotation'),
        change(4, 'a', 'out-of-rotation'),
      ),
    ).toEqual([['a', 200]]);
  });

  test('is not said to be out of rotation where that was not seen', () => {
    expect(outOf(change(1, 'a', 'not-ready'), change(2, 'b', 'out-of-rotation'))[0]).toEqual([
      'a',
      undefined,
    ]);
  });

  test('that was seen out of rotation first was so at once', () => {
    expect(
      findDisturbances([
        change(1, 'a', 'out-of-rotation'),
        change(1.01, 'a', 'not-ready'),
        change(5, 'a', 'in-rotation'),
        change(5.01, 'a', 'ready'),
      ]),
    ).toEqual([
      {
        pod: 'a',
        from: at(1),
        notBefore: at(1.01) - 10_000,
        isNoticedLate: true,
        until: at(5.01),
        details: ['not-ready'],
        outOfRotationMs: 0,
      },
    ]);
  });

  test('that was replaced before it was gone is not disturbed anew when its endpoint leaves', () => {
    const found = findDisturbances([
      change(1, 'a', 'not-ready'),
      change(2, 'd', 'created', { replaces: 'a' }),
      change(8, 'd', 'ready'),
      change(31, 'a', 'deleted'),
      change(31.07, 'a', 'out-of-rotation'),
    ]);
    expect(
      found.map(({ pod, from, until, outOfRotationMs }) => [pod, from, until, outOfRotationMs]),
    ).toEqual([['a', at(1), at(8), 30_070]]);
  });

  test('may be one that nothing happened to but that it got no traffic', () => {
    expect(
      findDisturbances([change(1, 'a', 'out-of-rotation'), change(4, 'a', 'in-rotation')]),
    ).toEqual([{ pod: 'a', from: at(1), until: at(4), details: ['out-of-rotation'] }]);
  });

  test('ends with the very pod that was made in its place', () => {
    const found = findDisturbances([
      change(1, 'a', 'not-ready'),
      change(1, 'b', 'not-ready'),
      change(2, 'c', 'created', { replaces: 'b' }),
      change(2, 'd', 'created', { replaces: 'a' }),
      change(5, 'c', 'ready'),
      change(9, 'd', 'ready'),
    ]);
    expect(found.map(({ pod, until, replacedBy }) => [pod, until, replacedBy])).toEqual([
      ['a', at(9), 'd'],
      ['b', at(5), 'c'],
    ]);
  });

  test('is the same with rotation as without, but for what rotation adds', () => {
    const kind = fc.constantFrom<PodChange['kind']>(
      'created',
      'not-ready',
      'ready',
      'restarted',
      'deleted',
      'reason',
      'placed',
    );
    // Traffic is taken from a pod after something happened to it.
    const own = fc.array(fc.tuple(fc.constantFrom('a', 'b'), kind), { maxLength: 15 });
    fc.assert(
      fc.property(own, fc.array(fc.boolean(), { minLength: 15, maxLength: 15 }), (list, isOut) => {
        const plain = list.map(([pod, what], index) => change(index, pod, what));
        // By the whole list: that a pod is deleted later decides which of them a new one replaces.
        const all = findDisturbances(plain);
        const isOpen = (pod: string, index: number) =>
          all.some(
            ({ from, until, ...one }) =>
              one.pod === pod && from <= at(index) && (until ?? Infinity) > at(index),
          );
        const more = plain.flatMap((one, index) =>
          isOut[index] && isOpen(one.pod, index)
            ? [one, change(index + 0.5, one.pod, 'out-of-rotation')]
            : [one],
        );
        const found = findDisturbances(more).map(({ outOfRotationMs: _outOf, ...rest }) => rest);
        expect(found).toEqual(findDisturbances(plain));
      }),
    );
  });
});

describe('the attribution of losses to rotation and nodes', () => {
  test('says how long a killed pod was in rotation, and what came in its place', () => {
    const outages = print(
      [0, 6, 8, 0, 0, 0, 0],
      [
        change(1.1, 'a', 'not-ready', { detail: 'not ready (terminating)' }),
        change(2.3, 'a', 'out-of-rotation'),
        change(2.4, 'd', 'created', { replaces: 'a', detail: 'created in place of a' }),
        change(9.1, 'd', 'ready'),
        change(9.3, 'd', 'in-rotation'),
        change(31, 'a', 'deleted', { detail: 'deleted' }),
      ],
    );
    expect(outages).toEqual([
      '14 of 20 predictions lost in about 2s (refused 14); a, in rotation then: not ready (terminating), deleted; the last one lost within 2s of that, out of rotation after 1.2s, replaced by d, ready again after 8s',
    ]);
  });

  test('says at once of what two watches could not tell apart', () => {
    const [outage = ''] = print(
      [0, 6],
      [change(1.1, 'a', 'not-ready'), change(1.15, 'a', 'out-of-rotation')],
    );
    expect(outage).toContain('out of rotation at once');
  });

  test('names a node, which is noticed late, as what may be a coincidence', () => {
    const nodes = [
      nodeChange(40, 'not-ready'),
      nodeChange(60, 'rebooted'),
      nodeChange(62, 'ready'),
      nodeChange(300, 'not-ready', 'later'),
    ];
    const run = runWith([0, 5, 0, 0], [], nodes);
    expect(attributeOutages(run).map(printOutage)).toEqual([
      '5 of 10 predictions lost in about 1s (refused 5); node n, at the same time, which may be a coincidence: not-ready, rebooted, ready again after 22s',
    ]);
    expect(describeAttribution(countLosses(run))).toBe(
      'Of 5 predictions that failed from the start request to the end of the run: 5 at the same time as disturbances, which may be a coincidence',
    );
    expect(print([0, 5, 0, 0], [], [nodeChange(3, 'cordoned')])[0]).toMatch(/; unexplained$/);
    expect(print([0, 5, 0, 0], [], [nodeChange(1, 'cordoned')])[0]).toMatch(
      /node n, at the same time, which may be a coincidence: cordoned$/,
    );
  });

  test('does not explain by a node, or by rotation, what was found to be over after a restart', () => {
    const node = sampleRun().proposal.blastRadius.pods[1]?.node ?? '';
    const pod = sampleRun().proposal.blastRadius.pods[1]?.name ?? '';
    const unseenSince = at(10);
    const back = { ...nodeChange(30, 'ready', node), unseenSince };
    const losses = Array.from({ length: 100 }, (_, second) =>
      second >= 80 && second < 84 ? 10 : 0,
    );
    const run = runWith(
      losses,
      [change(5, pod, 'out-of-rotation'), change(30, pod, 'in-rotation', { unseenSince })],
      [nodeChange(5, 'not-ready', node), back],
    );
    expect(countLosses(run)).toMatchObject({ coincidence: 0, rotation: 0, unexplained: 40 });
    const [first] = findNodeDisturbances([{ ...nodeChange(30, 'not-ready'), unseenSince }]);
    expect(first).toMatchObject({ notBefore: at(10) - 50_000 });
    const texts = toTimeline(run).map(({ text }) => text);
    expect(texts.join(' ')).toContain('changed while not observed');
  });

  test('explains by a node what its pods explain, and never by its being cordoned', () => {
    const [pod, node] = ['diabetes-7c9f-a', 'aks-nodepool1-vmss00000a'];
    const ways = (kind: NodeChange['kind'], failedBy: readonly PodLosses[] = []) => {
      const changes = [
        change(40, pod, 'not-ready', { detail: 'its node does not answer' }),
        change(40.1, pod, 'out-of-rotation'),
      ];
      const run = runWith([0, 5, 5, 0], changes, [nodeChange(0.5, kind, node)], failedBy);
      return attributeOutages(run).flatMap(({ causes, lostBy }) => [
        causes.map(({ kind: what, way }) => `${what} ${way}`),
        lostBy,
      ]);
    };
    const none = { answer: 0, rotation: 0, coincidence: 0, unexplained: 0 };
    expect(ways('gone')).toEqual([['node rotation'], { ...none, rotation: 10 }]);
    expect(ways('cordoned')).toEqual([['node coincidence'], { ...none, coincidence: 10 }]);
    const named = [{ pod, lost: 5 }];
    expect(ways('gone', named)).toEqual([['node answer'], { ...none, answer: 10 }]);
    expect(ways('cordoned', named)).toEqual([[], { ...none, unexplained: 10 }]);
    const other = [{ pod: 'diabetes-7c9f-b', lost: 5 }];
    expect(ways('gone', other)).toEqual([[], { ...none, unexplained: 10 }]);
  });

  test('claims nothing of either where neither was seen, as in old journals', () => {
    const [outage = ''] = print([0, 5, 0], [change(1, 'a', 'restarted'), change(2, 'a', 'ready')]);
    expect(outage).not.toMatch(/rotation|node/);
  });

  test('does not take a pod that only got no traffic for one that the fault hit', () => {
    const run = runWith([5], [change(1, 'b', 'out-of-rotation'), change(1, 'a', 'not-ready')]);
    const faultSeen = change(0, 'a', 'not-ready');
    expect(toFaultWindows({ ...run, faultSeen })?.seen?.pods).toBe(1);
    expect(
      ['in-rotation', 'out-of-rotation', 'ready'].map((kind) => isRotation({ kind } as PodChange)),
    ).toEqual([true, true, false]);
  });

  test('is in the timeline: rotation with the change that it follows, nodes for themselves', () => {
    const run = runWith(
      [0, 5],
      [
        change(1, 'a', 'not-ready', { detail: 'not ready (terminating)' }),
        change(1.3, 'a', 'out-of-rotation', { detail: 'out of rotation of service s' }),
        change(9, 'b', 'out-of-rotation', { detail: 'out of rotation of service s' }),
      ],
      [nodeChange(5, 'cordoned')],
    );
    const lines = toTimeline(run).map(({ text }) => text.replace(/^.*\) /, ''));
    expect(lines).toEqual(
      expect.arrayContaining([
        String.raw`a: not ready (terminating), out of rotation of service s after 0.3s`,
        'node n: cordoned',
        'b: out of rotation of service s',
      ]),
    );
  });
});

describe('disturbances of nodes', () => {
  test('last until the node is ready, or gone; a cordon and a reboot are moments', () => {
    const spans = findNodeDisturbances([
      nodeChange(1, 'cordoned'),
      nodeChange(2, 'not-ready'),
      nodeChange(3, 'rebooted'),
      nodeChange(4, 'ready'),
      nodeChange(5, 'uncordoned'),
      nodeChange(6, 'not-ready', 'm'),
      nodeChange(7, 'gone', 'm'),
      nodeChange(8, 'new', 'm'),
      nodeChange(9, 'ready', 'm'),
      nodeChange(10, 'not-ready', 'o'),
    ]).map(({ node, from, until, details }) => [
      node,
      (from - at(0)) / 1_000,
      until === null ? null : (until - at(0)) / 1_000,
      details.join(' '),
    ]);
    expect(spans).toEqual([
      ['n', 1, 1, 'cordoned'],
      ['n', 2, 4, 'not-ready rebooted'],
      ['m', 6, 7, 'not-ready gone'],
      ['o', 10, null, 'not-ready'],
    ]);
  });
});
