import { describe, expect, test } from '@jest/globals';
import {
  findSignatures,
  tellApart,
  type Look,
} from '../../../src/evidence/injection/find-signatures.ts';
import type { PodChange } from '../../../src/domain/measurement.ts';

const change = (at: number, kind: PodChange['kind'], more: Partial<PodChange> = {}): PodChange => ({
  at,
  pod: 'a',
  uid: `uid-${more.pod ?? 'a'}`,
  kind,
  detail: kind,
  ...more,
});

const pause = { scoring: 'registry.k8s.io/pause:3.9' };
const own = { scoring: 'registry.test/diabetes:1' };

function find(
  action: Look['fault']['action'],
  changes: readonly PodChange[],
  more: Partial<Look> & { containerNames?: readonly string[] } = {},
) {
  return findIn(action, changes, more).map(({ pod, from, until }) => [pod, from, until]);
}

function findIn(
  action: Look['fault']['action'],
  changes: readonly PodChange[],
  more: Partial<Look> & { containerNames?: readonly string[] } = {},
) {
  const { containerNames = ['scoring'], ...look } = more;
  const fault = { action, containerNames };
  return findSignatures({
    fault,
    changes,
    from: 0,
    until: 100_000,
    now: 100_000,
    least: 1,
    ...look,
  });
}

/** Somebody's `kubectl delete pod`, or pod-kill: they look alike. */
const deletion = [
  change(10, 'not-ready', { terminating: true }),
  change(11, 'created', { pod: 'b', replaces: 'a' }),
  change(12, 'deleted'),
  change(40, 'ready', { pod: 'b' }),
];
const restart = [
  change(10, 'restarted', { containers: ['scoring'] }),
  change(11, 'not-ready'),
  change(20, 'ready'),
];
const swap = [
  change(10_000, 'image', { images: pause, restored: false }),
  change(10_500, 'restarted', { containers: ['scoring'] }),
  change(10_500, 'not-ready'),
  change(70_000, 'image', { images: own, restored: true }),
  change(71_000, 'restarted', { containers: ['scoring'] }),
  change(75_000, 'ready'),
];

describe('what a fault does to a pod', () => {
  test('is, for pod-kill, that it is deleted and replaced', () => {
    expect(find('pod-kill', deletion)).toEqual([['a', 10, null]]);
    // It may take its time to end.
    expect(find('pod-kill', deletion.slice(0, 2))).toEqual([['a', 10, null]]);
    expect(find('pod-kill', restart)).toEqual([]);
    expect(find('pod-kill', swap)).toEqual([]);
  });

  test('is, for pod-kill, also that no other comes at once, where fewer were hit for certain', () => {
    const [ended, created, gone] = deletion;
    const alone = [ended!, gone!];
    expect(find('pod-kill', alone)).toEqual([['a', 10, null]]);
    expect(find('pod-kill', [...alone, { ...created!, at: 30_000 }])).toEqual([['a', 10, null]]);
    const scaledAway = [change(20, 'deleted', { pod: 'c' })];
    expect(find('pod-kill', [...deletion, ...scaledAway])).toEqual([['a', 10, null]]);
    expect(find('pod-kill', [...deletion, ...scaledAway], { least: 2 })).toEqual([
      ['a', 10, null],
      ['c', 20, null],
    ]);
    const isUnreplaced = (changes: readonly PodChange[]) =>
      findIn('pod-kill', changes).map((hit) => hit.isUnreplaced ?? false);
    expect(isUnreplaced(alone)).toEqual([true]);
    const soon = findIn('pod-kill', alone, { now: 5_000 });
    expect(soon.map((hit) => hit.isUnreplaced)).toEqual([undefined]);
    expect(isUnreplaced(deletion)).toEqual([false]);
    expect(isUnreplaced([...alone, { ...created!, at: 30_000 }])).toEqual([true]);
  });

  test('is, for container-kill, that a container was killed, also one that is not started again', () => {
    const end = { containers: ['scoring'], endedAt: 10_000 };
    const restarted = (killed: boolean) => [change(12_000, 'restarted', { ...end, killed })];
    expect(find('container-kill', restarted(true))).toEqual([['a', 10_000, null]]);
    expect(find('container-kill', restarted(false))).toEqual([]);
    // It had crashed before, in another way.
    const crashed = [change(1_000, 'restarted', { killed: false }), ...restarted(true)];
    expect(find('container-kill', crashed, { from: 5_000 })).toEqual([['a', 10_000, null]]);
    const down = (more: Partial<PodChange>) => [
      change(10_000, 'not-ready', { ...end, killed: true, ...more }),
    ];
    expect(find('container-kill', down({}))).toEqual([['a', 10_000, null]]);
    expect(find('container-kill', down({ killed: false }))).toEqual([]);
    expect(find('container-kill', down({ terminating: true }))).toEqual([]);
    expect(find('container-kill', down({ containers: ['sidecar'] }))).toEqual([]);
  });

  test('is, for container-kill, that the named containers restart in place', () => {
    expect(find('container-kill', restart)).toEqual([['a', 10, null]]);
    expect(find('container-kill', restart, { containerNames: ['sidecar'] })).toEqual([]);
    expect(find('container-kill', deletion)).toEqual([]);
    expect(find('container-kill', swap)).toEqual([]);
  });

  test('dates, for container-kill, from the end of the container, and counts where that was in its time', () => {
    const restarted = (at: number, endedAt: number) => [
      change(at, 'restarted', { containers: ['scoring'], endedAt }),
    ];
    const when = { from: 20_000, until: 60_000 };
    expect(find('container-kill', restarted(50_000, 40_000), when)).toEqual([['a', 40_000, null]]);
    // In back-off when the fault was over.
    expect(find('container-kill', restarted(90_000, 40_000), when)).toEqual([['a', 40_000, null]]);
    // It had ended before, and came back in the middle of the fault.
    expect(find('container-kill', restarted(50_000, 5_000), when)).toEqual([]);
    expect(find('container-kill', restarted(80_000, 70_000), when)).toEqual([]);
    // By the clock of a node that is behind; that it went down was seen.
    const seenDown = [change(49_000, 'not-ready'), ...restarted(50_000, 5_000)];
    expect(find('container-kill', seenDown, when)).toEqual([['a', 49_000, null]]);
    // It crashes by itself, again and again.
    const looping = [
      ...restarted(30_000, 5_000),
      change(31_000, 'ready'),
      change(35_000, 'not-ready'),
    ];
    expect(find('container-kill', looping, when)).toEqual([]);
    expect(find('container-kill', restarted(19_000, 18_000), when)).toEqual([]);
  });

  test('is, for pod-failure, that images are swapped in place until it is over', () => {
    expect(find('pod-failure', swap)).toEqual([['a', 10_000, 70_000]]);
    expect(find('pod-failure', swap.slice(0, 1))).toEqual([['a', 10_000, null]]);
    expect(find('pod-failure', deletion)).toEqual([]);
    expect(find('pod-failure', restart)).toEqual([]);
  });

  test('is, for pod-failure, over when the pod that carries it is deleted', () => {
    const ending = change(25_000, 'reason', { terminating: true });
    const ended = [...swap.slice(0, 3), ending, change(55_000, 'deleted')];
    expect(find('pod-failure', ended)).toEqual([['a', 10_000, 25_000]]);
  });

  test('is, for pod-failure, never that it is down with its own images: its probe may say so', () => {
    const down = [change(10_000, 'not-ready'), change(65_000, 'ready')];
    expect(find('pod-failure', down)).toEqual([]);
  });

  test('is dated by the time within which it happened, where nobody looked', () => {
    const unseen = [
      change(30_000, 'image', { images: pause, restored: false, unseenSince: 5_000 }),
      change(90_000, 'image', { images: own, restored: true, unseenSince: 60_000 }),
    ];
    expect(findIn('pod-failure', unseen)).toMatchObject([
      { from: 30_000, notBefore: 5_000, until: 90_000, goneNotBefore: 60_000 },
    ]);
    // Seen again only when the fault was over.
    expect(find('pod-failure', unseen, { from: 4_000, until: 20_000 })).toHaveLength(1);
    expect(find('pod-failure', unseen, { from: 4_000, until: 4_999 })).toEqual([]);
  });
});

describe('what somebody else did', () => {
  test('is not the fault before that may have begun, or after it was over', () => {
    expect(find('pod-kill', deletion, { from: 11 })).toEqual([]);
    expect(find('pod-kill', deletion, { until: 9 })).toEqual([]);
    expect(find('pod-failure', swap, { until: 9_999 })).toEqual([]);
  });

  test('is not the fault where Kubernetes itself ended the pod', () => {
    const evicted = deletion.map((one) =>
      one.pod === 'a' ? { ...one, disruption: 'evicted' } : one,
    );
    expect(find('pod-kill', evicted)).toEqual([]);
  });

  test('is not the fault where containers restarted before it already', () => {
    expect(find('container-kill', [change(1, 'restarted'), ...restart], { from: 5 })).toEqual([]);
  });
});

describe('a hit from before the executor last said that it prepares', () => {
  const preparingAt = 30_000;
  const kill = (pod: string, at: number) => [
    change(at, 'not-ready', { pod, terminating: true }),
    change(at + 100, 'created', { pod: `${pod}-next`, replaces: pod }),
  ];
  const tell = (
    changes: readonly PodChange[],
    least = 1,
    action: 'pod-kill' | 'pod-failure' = 'pod-kill',
  ) => {
    const { hits, doubtful } = tellApart(findIn(action, changes, { least }), {
      least,
      preparingAt,
    });
    return [hits, doubtful].map((some) => some.map(({ pod }) => pod));
  };

  test('is doubtful where as many as approved follow soon', () => {
    expect(tell([...kill('a', 22_000), ...kill('b', 31_000)])).toEqual([['b'], ['a']]);
    expect(tell([...kill('a', 22_000), ...kill('b', 31_000)], 2)).toEqual([['a', 'b'], []]);
    expect(tell([...kill('a', 22_000), ...kill('b', 45_000)])).toEqual([['a', 'b'], []]);
    expect(tell(kill('a', 22_000))).toEqual([['a'], []]);
    // Just before: more pods than approved are told.
    expect(tell([...kill('a', 29_000), ...kill('b', 31_000)])).toEqual([['a', 'b'], []]);
  });

  test('is never doubtful where images were swapped', () => {
    const swapOf = (pod: string, at: number) => change(at, 'image', { pod, images: pause });
    expect(tell([swapOf('a', 22_000), swapOf('b', 31_000)], 1, 'pod-failure')).toEqual([
      ['a', 'b'],
      [],
    ]);
  });
});

test('pods are told apart by uid: a StatefulSet makes the next of the same name', () => {
  const changes = [
    change(10, 'not-ready', { terminating: true }),
    change(12, 'deleted'),
    change(13, 'created', { uid: 'next', replaces: 'a' }),
    change(20, 'ready', { uid: 'next' }),
  ];
  expect(find('pod-kill', changes)).toEqual([['a', 10, null]]);
});
