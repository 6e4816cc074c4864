import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { PodHistory } from '../../src/kubernetes/pod-history.ts';
import type { TrimmedPod } from '../../src/kubernetes/trimmed-pod.ts';

const pod = (change: Partial<TrimmedPod> = {}): TrimmedPod => ({
  namespace: 'default',
  name: 'a',
  uid: 'uid-a',
  node: 'node-0',
  ready: true,
  terminating: false,
  restarts: 0,
  resourceVersion: 1,
  ...change,
});

const kindsOf = (history: PodHistory) => history.changes().map(({ kind }) => kind);

describe('the history of pods', () => {
  test('counts a terminating pod as not ready, then as deleted', () => {
    const history = new PodHistory();
    history.replace([pod()], 1, 0);
    history.observe(pod({ terminating: true, resourceVersion: 2 }), 1);
    history.observe(pod({ terminating: true, ready: false, resourceVersion: 3 }), 2);
    history.remove(pod(), 3);
    expect(kindsOf(history)).toEqual(['not-ready', 'deleted']);
  });

  test('keeps when a container ended and whether the pod got traffic, of what disturbs it', () => {
    let inRotation = true;
    const history = new PodHistory(() => inRotation);
    history.replace([pod({ endedAt: 500 })], 1, 0);
    history.observe(pod({ ready: false, endedAt: 500, resourceVersion: 2 }), 9_000);
    history.observe(pod({ endedAt: 500, resourceVersion: 3 }), 10_000);
    history.observe(pod({ ready: false, endedAt: 19_000, resourceVersion: 4 }), 20_100);
    inRotation = false;
    history.observe(
      pod({ ready: false, restarts: 1, endedAt: 19_000, resourceVersion: 5 }),
      21_000,
    );
    history.remove(pod(), 22_000);
    expect(
      history.changes().map((change) => [change.kind, change.endedAt, change.inRotation]),
    ).toEqual([
      ['not-ready', undefined, true],
      ['ready', undefined, undefined],
      ['not-ready', 19_000, true],
      ['restarted', 19_000, false],
      ['deleted', undefined, false],
    ]);
  });

  test('is not taken back by a list that lags behind the watch', () => {
    const history = new PodHistory();
    history.replace([pod()], 1, 0);
    history.observe(pod({ uid: 'uid-b', name: 'b', resourceVersion: 5 }), 1);
    history.remove(pod(), 2);
    history.replace([pod()], 3, 3);
    expect(history.pods().map(({ name }) => name)).toEqual(['b']);
    expect(kindsOf(history)).toEqual(['created', 'ready', 'deleted']);
  });

  test('names the pod in whose place a new one came: the last of the same owner that left, once', () => {
    const history = new PodHistory();
    const of = (name: string, change: Partial<TrimmedPod> = {}) =>
      pod({ name, uid: `uid-${name}`, owner: 'rs', ...change });
    history.replace([of('a'), of('b'), of('other', { owner: 'another' })], 1, 0);
    history.observe(of('other', { owner: 'another', terminating: true, resourceVersion: 2 }), 1);
    history.observe(of('a', { terminating: true, resourceVersion: 3 }), 2);
    history.observe(
      of('b', { ready: false, failed: true, reason: 'Evicted', resourceVersion: 4 }),
      3,
    );
    for (const [name, at] of [
      ['c', 4],
      ['d', 5],
      ['e', 6],
    ] as const)
      history.observe(of(name, { ready: false, node: '', resourceVersion: at + 1 }), at);
    history.observe(of('c', { ready: false, node: 'node-2', resourceVersion: 9 }), 7);
    history.remove(of('a'), 8);
    history.observe(of('late', { resourceVersion: 12 }), 9);
    expect(history.changes().map(({ pod: name, detail }) => `${name}: ${detail}`)).toEqual([
      'other: not ready (terminating)',
      'a: not ready (terminating)',
      'b: not ready (Evicted)',
      'c: created in place of b',
      'd: created in place of a',
      'e: created',
      'c: placed on node-2',
      'a: deleted',
      'late: created on node-0',
      'late: ready',
    ]);
    expect(history.changes()[3]?.replaces).toBe('b');
    expect(['node-0', 'node-2', 'node-1'].map((name) => history.isOnNode(name))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('does not take a pod for replaced that was scaled down before another one was killed', () => {
    const history = new PodHistory();
    const of = (name: string, change: Partial<TrimmedPod> = {}) =>
      pod({ name, uid: `uid-${name}`, owner: 'rs', ...change });
    history.replace([of('a'), of('b')], 1, 0);
    history.observe(of('b', { terminating: true, resourceVersion: 2 }), 1_000);
    history.observe(of('a', { terminating: true, resourceVersion: 3 }), 10_000);
    history.observe(of('c', { resourceVersion: 4 }), 10_100);
    expect(history.changes().find(({ pod: name }) => name === 'c')?.replaces).toBe('a');
  });

  test('knows the pod in its place by its name where that waited until it was gone', () => {
    const history = new PodHistory();
    const of = (name: string, change: Partial<TrimmedPod> = {}) =>
      pod({ name, uid: `uid-${name}`, owner: 'sts', ...change });
    history.replace([of('s-0'), of('s-1')], 1, 0);
    history.observe(of('s-0', { terminating: true, resourceVersion: 2 }), 1_000);
    history.observe(of('s-1', { terminating: true, resourceVersion: 3 }), 10_000);
    history.remove(of('s-0'), 31_000);
    history.observe(of('s-0', { uid: 'next', resourceVersion: 5 }), 31_100);
    expect(history.changes().find(({ uid }) => uid === 'next')?.replaces).toBe('s-0');
  });

  test('does not take a pod that comes long after for a replacement', () => {
    const history = new PodHistory();
    history.replace([pod({ owner: 'rs' })], 1, 0);
    history.remove(pod(), 1_000);
    history.observe(pod({ name: 'b', uid: 'uid-b', owner: 'rs', resourceVersion: 5 }), 62_000);
    expect(history.changes()[1]?.detail).toBe('created on node-0');
  });

  test('says since when what a list shows may have happened, where nothing was seen before it', () => {
    const history = new PodHistory();
    history.replace([pod()], 1, 0);
    history.replace([pod({ ready: false, resourceVersion: 2 })], 2, 30_000, 5_000);
    history.observe(pod({ resourceVersion: 3 }), 31_000);
    expect(history.changes().map(({ kind, at, unseenSince }) => [kind, at, unseenSince])).toEqual([
      ['not-ready', 30_000, 5_000],
      ['ready', 31_000, undefined],
    ]);
  });

  test('says whether a container was killed, and which one ended', () => {
    const history = new PodHistory();
    history.replace([pod()], 1, 0);
    const ended = { endedAt: 1_000, endedContainer: 'scoring', killed: true };
    history.observe(pod({ ready: false, ...ended, resourceVersion: 2 }), 1_500);
    history.observe(pod({ ...ended, restarts: 1, resourceVersion: 3 }), 3_000);
    const told = history.changes().filter(({ kind }) => kind !== 'ready');
    expect(told).toMatchObject([
      { kind: 'not-ready', containers: ['scoring'], endedAt: 1_000, killed: true },
      { kind: 'restarted', endedAt: 1_000, killed: true },
    ]);
  });

  test('says why a pod is not ready when that becomes known, each reason once until it is ready', () => {
    const history = new PodHistory();
    history.replace([pod()], 1, 0);
    let resourceVersion = 1;
    const see = (change: Partial<TrimmedPod>) =>
      history.observe(pod({ ...change, resourceVersion: (resourceVersion += 1) }), resourceVersion);
    const lastTermination = 'exit code 137, OOMKilled';
    for (const restarts of [1, 2]) {
      see({ ready: false, restarts: restarts - 1, reason: 'OOMKilled', lastTermination });
      see({ ready: false, restarts: restarts - 1, reason: 'CrashLoopBackOff', lastTermination });
      see({ ready: false, restarts, reason: 'readiness probe not passed yet', lastTermination });
    }
    see({ restarts: 2 });
    see({ ready: false, restarts: 2, reason: 'readiness probe failed' });
    expect(history.changes().map(({ detail }) => detail)).toEqual([
      'not ready (OOMKilled)',
      'CrashLoopBackOff (exit code 137, OOMKilled)',
      'restarted (exit code 137, OOMKilled)',
      'restarted (exit code 137, OOMKilled)',
      'ready',
      'not ready (readiness probe failed)',
    ]);
  });

  test('is the same whatever is repeated, late or told by lists instead of the watch', () => {
    const states = fc.array(fc.record({ ready: fc.boolean(), restarted: fc.boolean() }), {
      minLength: 1,
      maxLength: 20,
    });
    const delivery = fc.array(
      fc.record({ by: fc.constantFrom('watch', 'list', 'stale list'), twice: fc.boolean() }),
      {
        minLength: 20,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(states, delivery, (course, deliveries) => {
        const versions: TrimmedPod[] = [pod()];
        for (const { ready, restarted } of course) {
          const before = versions.at(-1) ?? pod();
          const restarts = before.restarts + (restarted ? 1 : 0);
          versions.push(pod({ ready, restarts, resourceVersion: versions.length + 1 }));
        }
        const [plain, disturbed] = [new PodHistory(), new PodHistory()];
        for (const history of [plain, disturbed]) history.replace([pod()], 1, 0);
        for (const [index, version] of versions.slice(1).entries()) {
          plain.observe(version, index);
          const { by, twice } = deliveries[index] ?? { by: 'watch', twice: false };
          if (by === 'watch') disturbed.observe(version, index);
          else disturbed.replace([version], version.resourceVersion, index);
          if (by === 'stale list')
            disturbed.replace(
              [versions[Math.max(0, index - 2)] ?? pod()],
              Math.max(1, index - 1),
              index,
            );
          if (twice) disturbed.observe(version, index);
        }
        expect(disturbed.changes()).toEqual(plain.changes());
        expect(disturbed.pods()).toEqual(plain.pods());
      }),
    );
  });

  test('tells which images were swapped in place, and when they are the first ones again', () => {
    const history = new PodHistory();
    const own = { images: { scoring: 'diabetes:1' } };
    const pause = { images: { scoring: 'registry.k8s.io/pause:3.9' } };
    history.replace([pod(own)], 1, 0);
    history.observe(pod({ ...pause, resourceVersion: 2 }), 1);
    history.observe(pod({ ...pause, ready: false, resourceVersion: 3 }), 2);
    history.observe(pod({ ...own, ready: false, resourceVersion: 4 }), 3);
    const images = history.changes().filter(({ kind }) => kind === 'image');
    expect(images).toMatchObject([
      { at: 1, uid: 'uid-a', restored: false, ...pause },
      { at: 3, uid: 'uid-a', restored: true, ...own },
    ]);
  });

  test('takes a pause image that it began with for one that was put in', () => {
    const history = new PodHistory();
    history.replace([pod({ images: { scoring: 'registry.k8s.io/pause:3.9' } })], 1, 0);
    history.observe(pod({ images: { scoring: 'diabetes:1' }, resourceVersion: 2 }), 1);
    expect(history.changes()).toMatchObject([{ kind: 'image', restored: true }]);
  });

  test('tells which containers restarted, and whether a pod that is not ready is being deleted', () => {
    const history = new PodHistory();
    history.replace([pod({ restarts: 1, restartsOf: { sidecar: 1 } })], 1, 0);
    const restartsOf = { sidecar: 1, scoring: 1 };
    history.observe(pod({ restarts: 2, restartsOf, resourceVersion: 2 }), 1);
    const ending = { terminating: true, disruption: 'evicted', resourceVersion: 3 };
    history.observe(pod({ restarts: 2, restartsOf, ...ending }), 2);
    expect(history.changes()).toMatchObject([
      { kind: 'restarted', containers: ['scoring'] },
      { kind: 'not-ready', terminating: true, disruption: 'evicted' },
    ]);
  });
});
