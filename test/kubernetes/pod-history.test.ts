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

  test('is not taken back by a list that lags behind the watch', () => {
    const history = new PodHistory();
    history.replace([pod()], 1, 0);
    history.observe(pod({ uid: 'uid-b', name: 'b', resourceVersion: 5 }), 1);
    history.remove(pod(), 2);
    history.replace([pod()], 3, 3);
    expect(history.pods().map(({ name }) => name)).toEqual(['b']);
    expect(kindsOf(history)).toEqual(['created', 'ready', 'deleted']);
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
});
