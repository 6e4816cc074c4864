import { describe, expect, test } from '@jest/globals';
import { ObjectStore } from '../../../../lab/kubernetes-api/object-store.ts';
import type { Pod } from '../../../../lab/kubernetes-api/resources.ts';
import { readPodState } from '../../../../lab/kubernetes-api/table/pod-state.ts';
import { addPod } from '../api-fixture.ts';

type Statuses = NonNullable<NonNullable<Pod['status']>['containerStatuses']>;

function podWith(change: (pod: Pod, container: Statuses[number]) => void): Pod {
  const pod = structuredClone(addPod(new ObjectStore(), { name: 'a' }));
  const [container] = pod.status?.containerStatuses ?? [];
  if (container) change(pod, container);
  return pod;
}

const ended = { exitCode: 137, reason: 'Error', finishedAt: '2026-01-01T00:00:10Z' };

describe('the state of a pod, as kubectl prints it', () => {
  test('running', () => {
    expect(readPodState(podWith(() => undefined))).toMatchObject({
      reason: 'Running',
      readyContainers: 1,
      totalContainers: 1,
      restarts: 0,
    });
  });

  test('a waiting container says why, and counts its restarts', () => {
    const pod = podWith((_, container) => {
      const state = { waiting: { reason: 'CrashLoopBackOff' } };
      Object.assign(container, {
        ready: false,
        restartCount: 4,
        state,
        lastState: { terminated: ended },
      });
    });
    expect(readPodState(pod)).toEqual({
      reason: 'CrashLoopBackOff',
      readyContainers: 0,
      totalContainers: 1,
      restarts: 4,
      lastRestartAt: '2026-01-01T00:00:10Z',
    });
  });

  test.each([
    [{ exitCode: 1, reason: 'Error' }, 'Error'],
    [{ exitCode: 0, reason: 'Completed' }, 'Completed'],
    [{ exitCode: 137, reason: 'OOMKilled' }, 'OOMKilled'],
    [{ exitCode: 3 }, 'ExitCode:3'],
    [{ exitCode: 137, signal: 9 }, 'Signal:9'],
  ])('a container that ended with %j: %s', (terminated, reason) => {
    const pod = podWith((_, container) =>
      Object.assign(container, { ready: false, state: { terminated } }),
    );
    expect(readPodState(pod).reason).toBe(reason);
  });

  test('while it is deleted it is Terminating, unless its node is lost or it has ended', () => {
    const deleted = podWith(({ metadata }) => {
      metadata.deletionTimestamp = '2026-01-01T00:00:30Z';
    });
    expect(readPodState(deleted).reason).toBe('Terminating');
    Object.assign(deleted.status ?? {}, { reason: 'NodeLost' });
    expect(readPodState(deleted).reason).toBe('Unknown');
    Object.assign(deleted.status ?? {}, {
      reason: 'Evicted',
      phase: 'Failed',
      containerStatuses: [],
    });
    expect(readPodState(deleted).reason).toBe('Evicted');
  });

  test('init containers come first', () => {
    const pod = podWith(({ spec, status }, container) => {
      const image = 'registry.test/init:1';
      Object.assign(spec ?? {}, {
        initContainers: [
          { name: 'one', image },
          { name: 'two', image },
        ],
      });
      const done = { ...container, name: 'one', state: { terminated: { exitCode: 0 } } };
      const next = { ...container, name: 'two', state: { running: {} } };
      Object.assign(status ?? {}, { phase: 'Pending', initContainerStatuses: [done, next] });
      Object.assign(container, { ready: false, state: { waiting: { reason: 'PodInitializing' } } });
    });
    expect(readPodState(pod).reason).toBe('Init:1/2');
  });
});
