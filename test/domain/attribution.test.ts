import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { printOutage } from '../../src/cards/describe-outage.ts';
import { attributeOutages, countLosses } from '../../src/domain/attribution.ts';
import { describeAttribution } from '../../src/domain/describe-attribution.ts';
import type { PodAnswers, PodChange, SecondMeasurement } from '../../src/domain/measurement.ts';
import type { Run } from '../../src/domain/run.ts';
import {
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleRun,
  startOfTime,
} from '../support/proposal.ts';

const at = (second: number) => startOfTime + 60_000 + second * 1_000;
const change = (
  second: number,
  pod: string,
  kind: PodChange['kind'],
  more: Partial<PodChange> = {},
): PodChange => ({ at: at(second), pod, kind, detail: kind, ...more });

type Second = Pick<SecondMeasurement, 'failedBy' | 'lostAt'> & { readonly lost: number };
type Seen = {
  /** Of ten predictions in each second, from second 0 on. */
  readonly losses: readonly (number | Second)[];
  readonly changes?: readonly PodChange[];
  /** What pods answered in the whole measurement. */
  readonly pods?: readonly PodAnswers[];
  /** The pods that there were when it was proposed, and whether each was ready. */
  readonly proposed?: Readonly<Record<string, boolean>>;
};

function runWith({ losses, changes = [], pods, proposed }: Seen): Run {
  const measured = sampleMeasurement();
  const seconds = losses.map((loss, second) => {
    const { lost, ...named } = typeof loss === 'number' ? { lost: loss } : loss;
    const failures = lost === 0 ? {} : { 'server-error': lost };
    return { at: at(second), sent: 10, good: 10 - lost, failures, ...named };
  });
  const during = {
    ...measured,
    predictions: { ...measured.predictions, ...(pods ? { pods } : {}) },
    startedAt: at(0),
    endedAt: at(losses.length),
    seconds,
    pods: { ...measured.pods, changes },
  };
  const course = sampleCourse({ during });
  if (!proposed) return sampleRun(course);
  const { blastRadius } = sampleProposal();
  const given = Object.entries(proposed).map(([name, ready]) => ({
    name,
    uid: name,
    node: `node-of-${name}`,
    ready,
    imageIds: [],
  }));
  return sampleRun(course, { blastRadius: { ...blastRadius, pods: given } });
}

const attribute = (seen: Seen) => attributeOutages(runWith(seen));
const waysOf = (seen: Seen) =>
  attribute(seen).map(({ causes }) => causes.map(({ name, way }) => `${name} ${way}`));
const lostBy = (seen: Seen) => {
  const { background: _background, ...byWay } = countLosses(runWith(seen));
  return Object.fromEntries(Object.entries(byWay).filter(([, count]) => count > 0));
};

const failing = (pod: string, lost = 10): Second => ({ lost, failedBy: [{ pod, lost }] });
const answersOf = (...names: string[]): PodAnswers[] =>
  names.map((pod) => ({ pod, sent: 200, good: 200, failures: {} }));
/** A pod that fails while it is in rotation: down from second 1 to 20, its endpoint leaves half a second later. */
const fails = (pod: string): PodChange[] => [
  change(1, pod, 'not-ready', { endedAt: at(1), inRotation: true }),
  change(1.5, pod, 'out-of-rotation'),
  change(20, pod, 'ready'),
  change(20.1, pod, 'in-rotation'),
];

describe('the attribution by the pod that answered', () => {
  test('is to a disturbed pod that gave the failed answers', () => {
    const seen = { losses: [0, failing('a'), failing('a'), 0], changes: fails('a') };
    expect(waysOf(seen)).toEqual([['a answer']]);
    expect(lostBy(seen)).toEqual({ answer: 20 });
    expect(attribute(seen).map(printOutage)).toEqual([
      '20 of 20 predictions lost in about 2s (server-error 20); a, which gave failed answers: not-ready; the last one lost within 2s of that, out of rotation after 0.5s, ready again after 19s',
    ]);
  });

  test('explains nothing where failed answers name another pod than the disturbed', () => {
    const seen = { losses: [0, failing('b'), failing('b'), 0], changes: fails('a') };
    expect(waysOf(seen)).toEqual([[]]);
    expect(lostBy(seen)).toEqual({ unexplained: 20 });
    expect(attribute(seen).map(printOutage)[0]).toMatch(/\(server-error 20\); unexplained$/);
  });

  test('counts each failed answer for its pod, and by endpoints those that name none', () => {
    const mixed = {
      lost: 9,
      failedBy: [
        { pod: 'a', lost: 4 },
        { pod: 'b', lost: 2 },
      ],
    };
    const seen = { losses: [0, mixed, 0], changes: fails('a') };
    expect(lostBy(seen)).toEqual({ answer: 4, rotation: 3, unexplained: 2 });
    expect(attribute(seen).map(printOutage)[0]).toMatch(/; 2 unexplained$/);
  });

  test('explains nothing by pods for a server whose answers name none of them', () => {
    const seen = { losses: [0, 10, 10, 0], changes: fails('a'), pods: answersOf('other-server') };
    expect(waysOf(seen)).toEqual([[]]);
    expect(lostBy(seen)).toEqual({ unexplained: 20 });
  });

  test('explains nothing by a pod that answers no prediction where the others do', () => {
    const proposed = { a: true, b: true };
    const seen = { losses: [0, 10, 10, 0], proposed };
    const a = { ...seen, changes: fails('a') };
    expect(lostBy({ ...a, pods: answersOf('b') })).toEqual({ unexplained: 20 });
    expect(lostBy({ ...a, pods: answersOf('a', 'b') })).toEqual({ rotation: 20 });
    // One that is new has not had the time, and of few answers none says that a pod gives none.
    const created = [change(0, 'c', 'created'), change(0.5, 'c', 'ready'), ...fails('c')];
    expect(waysOf({ ...seen, changes: created, pods: answersOf('a', 'b') })).toEqual([
      ['c rotation'],
    ]);
    const few = answersOf('b').map((answers) => ({ ...answers, sent: 10, good: 10 }));
    expect(lostBy({ ...a, pods: few })).toEqual({ rotation: 20 });
  });

  test('is to a pod whose probe failed only after the outage, but not to one deleted after it', () => {
    const losses = [0, failing('a'), 0, 0];
    expect(lostBy({ losses, changes: [change(8, 'a', 'not-ready')] })).toEqual({ answer: 10 });
    expect(lostBy({ losses, changes: [change(8, 'a', 'deleted')] })).toEqual({ unexplained: 10 });
  });
});

describe('the attribution by endpoints', () => {
  test('is to a disturbed pod that was in rotation when predictions failed', () => {
    const seen = { losses: [0, 6, 8, 0], changes: fails('a') };
    expect(waysOf(seen)).toEqual([['a rotation']]);
    expect(lostBy(seen)).toEqual({ rotation: 14 });
  });

  test('is to one that was not ready when it was proposed, and served since', () => {
    const changes = [change(1, 'a', 'out-of-rotation'), change(1.1, 'a', 'not-ready')];
    const seen = { losses: [0, 6, 8, 0], changes, proposed: { a: false, b: true } };
    expect(waysOf(seen)).toEqual([['a rotation']]);
  });

  test('is not to one that was out of rotation then, while others served', () => {
    const losses = [0, 6, ...Array.from({ length: 13 }, () => 0), 5, 0];
    const seen = { losses, changes: fails('a') };
    expect(waysOf(seen)).toEqual([['a rotation'], []]);
    expect(lostBy(seen)).toEqual({ rotation: 6, unexplained: 5 });
  });

  test('goes on while no pod can serve, though a gap divides the outage', () => {
    const gap = Array.from({ length: 13 }, () => 0);
    const seen = { losses: [0, 10, ...gap, 10, 0], changes: fails('a') };
    const alone = { ...seen, proposed: { a: true } };
    expect(attribute(alone).map(({ lostBy: ways }) => ways)).toMatchObject([
      { rotation: 10 },
      { rotation: 0, noPodReady: 10 },
    ]);
    expect(attribute(alone).map(({ causes }) => causes.map(({ name }) => name))).toEqual([
      ['a'],
      ['a'],
    ]);
    expect(waysOf({ ...seen, proposed: { a: true, b: true } })[1]).toEqual([]);
  });

  test('is known of a pod that was restarted so fast that it stayed in rotation', () => {
    const restarted = (inRotation: boolean) => [
      change(1.4, 'a', 'restarted', { endedAt: at(1), inRotation }),
      change(30, 'b', 'out-of-rotation'),
    ];
    const losses = [0, 5, 0];
    expect(waysOf({ losses, changes: restarted(true) })).toEqual([['a rotation']]);
    expect(waysOf({ losses, changes: restarted(false) })).toEqual([[]]);
  });

  test('says nothing where no pod is ever in rotation: traffic takes another way', () => {
    const changes = [change(1, 'a', 'not-ready', { inRotation: false })];
    expect(waysOf({ losses: [0, 5, 0], changes })).toEqual([['a coincidence']]);
  });

  test('keeps a pod in rotation until the last of its services takes it out', () => {
    const changes = [
      change(1, 'a', 'not-ready', { terminating: true }),
      change(1.2, 'a', 'out-of-rotation'),
      change(12, 'a', 'out-of-rotation'),
      change(40, 'a', 'deleted'),
    ];
    const losses = [...Array.from({ length: 11 }, () => 0), 5, 0];
    expect(waysOf({ losses, changes })).toEqual([['a rotation']]);
  });
});

describe('each second that lost some is attributed by itself', () => {
  const quiet = (count: number) => Array.from({ length: count }, () => 0);

  test('not to a pod that was ready again three seconds before', () => {
    const changes = [
      ...fails('a').slice(0, 2),
      change(4, 'a', 'ready'),
      change(4.1, 'a', 'in-rotation'),
      change(14, 'b', 'not-ready', { detail: 'not ready (its node does not answer)' }),
    ];
    const losses = [0, 9, 0, 0, 0, 0, 2, 9, 9, 9, 9, 9, 0];
    const seen = { losses, changes, proposed: { a: true, b: true, c: true } };
    expect(waysOf(seen)).toEqual([['a rotation'], ['a rotation', 'b coincidence']]);
    expect(lostBy(seen)).toEqual({ rotation: 11, coincidence: 45 });
    expect(attribute(seen).map(printOutage)[1]).toMatch(/; 45 may be a coincidence$/);
    // Its first loss was due when every proxy knew.
    const later = [...quiet(6), { lost: 2, lostAt: { first: at(7), last: at(7) } }];
    expect(waysOf({ ...seen, losses: [...later, 4, 3, 4, 0] })).toEqual([['b coincidence']]);
  });

  test('to pods whose probes failed from then on only; before, it may be a coincidence', () => {
    const changes = ['a', 'b'].flatMap((pod) => [
      change(4.2, pod, 'not-ready', { detail: 'not ready (readiness probe failed)' }),
      change(4.3, pod, 'out-of-rotation'),
      change(6, pod, 'ready'),
      change(6.1, pod, 'in-rotation'),
    ]);
    const seen = { losses: [0, 9, 10, 10, 10, 5, 0], changes };
    expect(lostBy(seen)).toEqual({ rotation: 15, coincidence: 29 });
    expect(attribute(seen).map(printOutage)[0]).toMatch(/; 29 may be a coincidence$/);
  });

  test('to a restart alone, which does not say when the pod served again, for ten seconds', () => {
    const changes = [
      change(1.2, 'a', 'restarted', { endedAt: at(1), inRotation: true }),
      change(1.3, 'a', 'in-rotation'),
    ];
    const losses = [0, 5, 5, 5, ...quiet(4), 5, 0, 0, 0, 5, 0];
    const seen = { losses, changes, proposed: { a: true, b: true } };
    expect(lostBy(seen)).toEqual({ rotation: 15, coincidence: 5, unexplained: 5 });
  });
});

describe('the attribution of what only happened at the same time', () => {
  test('says that it may be a coincidence', () => {
    const changes = [
      change(2, 'a', 'restarted', { detail: 'restarted (exit code 137, Error)' }),
      change(3, 'a', 'not-ready', { detail: 'not ready' }),
      change(14, 'a', 'ready'),
    ];
    const seen = { losses: [0, 6, 8, 2, 0, 0, 0], changes };
    expect(lostBy(seen)).toEqual({ coincidence: 16 });
    expect(attribute(seen).map(printOutage)).toEqual([
      String.raw`16 of 30 predictions lost in about 2s (server-error 16); a, at the same time, which may be a coincidence: restarted (exit code 137, Error), not ready; the last one lost within 2s of that, ready again after 12s`,
    ]);
  });

  test('is unexplained where nothing was disturbed', () => {
    const losses = [4, ...Array.from({ length: 40 }, () => 0), 1];
    const seen = { losses, changes: [change(0, 'a', 'not-ready'), change(5, 'a', 'ready')] };
    expect(waysOf(seen)).toEqual([['a coincidence'], []]);
    expect(describeAttribution(countLosses(runWith(seen)))).toBe(
      'Of 5 predictions that failed from the start request to the end of the run: 4 at the same time as disturbances, which may be a coincidence; 1 unexplained',
    );
    expect(describeAttribution(countLosses(runWith({ losses: [0] })))).toBeUndefined();
  });
});

describe('a pod that could not have served explains nothing', () => {
  const losses = [...Array.from({ length: 30 }, () => 0), 5, 0];
  const served = { a: false, b: true };

  test.each<[string, PodChange[]]>([
    ['was never ready', [change(30.1, 'a', 'restarted'), change(30.4, 'a', 'deleted')]],
    ['was made and never ready', [change(20, 'n', 'created'), change(30.1, 'n', 'restarted')]],
    [
      'never was in rotation',
      [
        change(20, 'n', 'created'),
        change(21, 'n', 'ready'),
        change(2, 'c', 'out-of-rotation'),
        change(3, 'c', 'in-rotation'),
        change(30.1, 'n', 'not-ready', { inRotation: false }),
      ],
    ],
    [
      'crashed again and again before',
      [
        change(1, 'b', 'not-ready'),
        change(3, 'b', 'restarted'),
        change(15, 'b', 'restarted'),
        change(30.1, 'b', 'restarted'),
      ],
    ],
    ['was gone', [change(1, 'b', 'deleted')]],
  ])('as it %s', (_what, changes) => {
    const seen = { losses, changes, proposed: { ...served, c: true } };
    expect(waysOf(seen)).toEqual([[]]);
    expect(lostBy(seen)).toEqual({ unexplained: 5 });
  });
});

describe('a cause that came after the outage', () => {
  const losses = [1, 0, 0];
  const waysAt = (second: number, kind: PodChange['kind'], more: Partial<PodChange> = {}) =>
    waysOf({ losses, changes: [change(second, 'a', kind, { inRotation: true, ...more })] })[0];

  test('explains nothing', () => {
    expect(waysAt(0.5, 'deleted')).toEqual(['a rotation']);
    expect(waysAt(1, 'deleted')).toEqual([]);
    expect(waysAt(1, 'not-ready', { terminating: true })).toEqual([]);
    expect(waysAt(3, 'restarted', { endedAt: at(2) })).toEqual([]);
  });

  test('is one that was only noticed after it, where the cluster dates it before', () => {
    expect(waysAt(3, 'restarted', { endedAt: at(0) })).toEqual(['a rotation']);
    // A clock that is wrong by minutes dates nothing.
    expect(waysAt(30, 'restarted', { endedAt: at(-300) })).toEqual([]);
  });

  test('may be one that is noticed late and not dated, for ten seconds, as a coincidence', () => {
    expect([10, 11].map((second) => waysAt(second, 'not-ready'))).toEqual([['a coincidence'], []]);
  });

  test('explains nothing where it was noticed when the service had been well for a while', () => {
    const waysAfter = (second: number, ...later: readonly number[]) =>
      waysOf({ losses: [10, ...later], changes: [change(second, 'a', 'not-ready')] });
    expect(waysAfter(9, 0, 0, 0, 0)).toEqual([[]]);
    expect(waysAfter(3, 0, 0, 0, 0)).toEqual([['a coincidence']]);
    // One in ten fails as with one of ten pods that hangs.
    expect(waysAfter(9, 0, 0, 1, 0, 0, 1)).toEqual([['a coincidence']]);
  });

  test('may be one of many pods, which receives few predictions', () => {
    const names = Array.from({ length: 20 }, (_, index) => [`pod-${index}`, true] as const);
    const waysAfter = (second: number) =>
      waysOf({
        losses: [10, ...Array.from({ length: 12 }, () => 0)],
        changes: [change(second, 'pod-0', 'not-ready')],
        proposed: Object.fromEntries(names),
      });
    // Of 20 pods, one that is broken receives none of 30 predictions one time in five.
    expect(waysAfter(9)).toEqual([['pod-0 coincidence']]);
  });

  test('may be one that happened while pods were not observed', () => {
    expect(waysAt(60, 'deleted', { unseenSince: at(0) })).toEqual(['a coincidence']);
    expect(waysAt(60, 'deleted', { unseenSince: at(2) })).toEqual([]);
  });
});

describe('attributed losses', () => {
  test('are counted once each, and none is explained by nothing', () => {
    const losses = fc.array(
      fc.tuple(fc.nat(10), fc.constantFrom('a', 'b', 'x', undefined)).map(([lost, pod]) => ({
        lost,
        ...(pod === undefined || lost === 0 ? {} : { failedBy: [{ pod, lost }] }),
      })),
      { maxLength: 40 },
    );
    const kind = fc.constantFrom<PodChange['kind']>(
      'not-ready',
      'ready',
      'restarted',
      'deleted',
      'created',
      'out-of-rotation',
      'in-rotation',
    );
    const changes = fc
      .array(fc.tuple(fc.nat(60), fc.constantFrom('a', 'b', 'c'), kind), { maxLength: 12 })
      .map((list) =>
        list
          .toSorted(([one], [other]) => one - other)
          .map(([when, pod, what]) => change(when, pod, what)),
      );
    fc.assert(
      fc.property(losses, changes, (lost, happened) => {
        const seen = { losses: lost, changes: happened };
        const sum = (counts: object) =>
          Object.values(counts).reduce<number>((all, count) => all + Number(count), 0);
        expect(sum(countLosses(runWith(seen)))).toBe(sum(lost.map((each) => each.lost)));
        for (const outage of attribute(seen)) {
          expect(sum(outage.lostBy)).toBe(outage.lost);
          expect(Math.min(...Object.values(outage.lostBy))).toBeGreaterThanOrEqual(0);
          // A pod that gave failed answers is named once, for these.
          const ways = outage.causes.map((cause) => cause.way);
          if (outage.lostBy.answer > 0) expect(ways).toContain('answer');
          if (outage.lostBy.rotation > 0)
            expect(ways).toContainEqual(expect.stringMatching(/answer|rotation/));
          if (outage.lostBy.unexplained < outage.lost) expect(ways).not.toEqual([]);
          // What came after it, and pods that were not disturbed, are no causes.
          for (const { name, from } of outage.causes) {
            expect(['a', 'b', 'c']).toContain(name);
            expect(from).toBeLessThan(outage.until + 10_000);
          }
        }
        const answered = sum(attribute(seen).map((outage) => outage.lostBy.answer));
        const named = lost
          .flatMap(({ failedBy = [] }) => failedBy)
          .filter(({ pod }) => pod !== 'x');
        expect(answered).toBeLessThanOrEqual(sum(named.map((each) => each.lost)));
        if (happened.every((one) => one.kind === 'ready' || one.kind === 'created'))
          expect(lostBy(seen)['unexplained'] ?? 0).toBe(sum(lost.map((each) => each.lost)));
      }),
    );
  });
});
