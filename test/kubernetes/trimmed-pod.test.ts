import type { V1ContainerStatus, V1Pod, V1PodSpec, V1PodStatus } from '@kubernetes/client-node';
import { describe, expect, test } from '@jest/globals';
import { trimPod } from '../../src/kubernetes/trimmed-pod.ts';

const seconds = (count: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, count));
const container = (change: Partial<V1ContainerStatus>): V1ContainerStatus => ({
  name: 'scoring',
  image: 'diabetes:1',
  imageID: '',
  ready: false,
  restartCount: 0,
  ...change,
});
/** A pod whose Ready condition turned false in second 10. */
const pod = (
  containers: V1ContainerStatus[],
  change: Partial<
    Pick<V1PodStatus, 'phase' | 'reason' | 'conditions' | 'initContainerStatuses'>
  > = {},
  spec?: V1PodSpec,
): V1Pod => ({
  ...(spec ? { spec } : {}),
  metadata: { name: 'a', uid: 'uid-a', resourceVersion: '7' },
  status: {
    phase: 'Running',
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'ContainersNotReady',
        lastTransitionTime: seconds(10),
      },
    ],
    containerStatuses: containers,
    ...change,
  },
});
const running = (startedAt: Date, change: Partial<V1ContainerStatus> = {}) =>
  container({ started: true, state: { running: { startedAt } }, ...change });
const reasonOf = (given: V1Pod) => trimPod(given).reason;

test.each([
  [{ exitCode: 137, reason: 'Error' }, true],
  [{ exitCode: 137 }, true],
  [{ exitCode: 137, reason: 'OOMKilled' }, false],
  [{ exitCode: 137, reason: 'ContainerStatusUnknown' }, false],
  [{ exitCode: 143, reason: 'Error' }, false],
  [{ exitCode: 0, reason: 'Completed' }, false],
])('a container that ended with %j was killed from outside: %s', (end, killed) => {
  const lastState = { terminated: { ...end, finishedAt: seconds(9) } };
  const trimmed = trimPod(pod([container({ lastState })]));
  expect(trimmed).toMatchObject({ killed, endedContainer: 'scoring' });
});

describe('why a pod is not ready', () => {
  test('is what its container waits for or ended with, with how it ended before', () => {
    const oom = { exitCode: 137, reason: 'OOMKilled', finishedAt: seconds(9) };
    expect(reasonOf(pod([container({ state: { terminated: oom } })]))).toBe('OOMKilled');
    const looping = pod([
      container({
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: oom },
      }),
    ]);
    expect(trimPod(looping)).toMatchObject({
      reason: 'CrashLoopBackOff',
      lastTermination: 'exit code 137, OOMKilled',
      endedAt: seconds(9).getTime(),
    });
    const lost = { exitCode: 137, reason: 'ContainerStatusUnknown' };
    expect(trimPod(pod([container({ state: { terminated: lost } })]))).not.toHaveProperty(
      'endedAt',
    );
  });

  test('is the eviction of the pod before what that did to its containers', () => {
    const killed = container({ state: { terminated: { exitCode: 137, reason: 'Error' } } });
    const evicted = trimPod(pod([killed], { phase: 'Failed', reason: 'Evicted' }));
    expect(evicted).toMatchObject({ reason: 'Evicted', failed: true });
  });

  test('is a failed readiness probe only where the container ran before', () => {
    expect(reasonOf(pod([running(seconds(3))]))).toBe('readiness probe failed');
    expect(reasonOf(pod([running(seconds(10))]))).toBe('readiness probe not passed yet');
    expect(reasonOf(pod([running(seconds(12))]))).toBe('readiness probe not passed yet');
    expect(reasonOf(pod([running(seconds(3), { started: false })]))).toBe('starting');
  });

  test('is the same whether a list tells it with dates or a watch with their texts', () => {
    const listed = pod([running(seconds(3))]);
    const watched = JSON.parse(JSON.stringify(listed)) as V1Pod;
    expect(trimPod(watched)).toEqual(trimPod(listed));
  });

  test('is a silent node where the kubelet had said that all is well, and no gate holds it back', () => {
    const well = [running(seconds(3), { ready: true })];
    expect(reasonOf(pod(well))).toBe('its node does not answer');
    const gated = { containers: [], readinessGates: [{ conditionType: 'x' }] };
    expect(reasonOf(pod(well, {}, gated))).toBe('ContainersNotReady');
  });

  test('is an init container that holds it up', () => {
    const waiting = container({ state: { waiting: { reason: 'PodInitializing' } } });
    const stuck = container({ state: { waiting: { reason: 'ImagePullBackOff' } } });
    const done = container({ state: { terminated: { exitCode: 0, reason: 'Completed' } } });
    expect(reasonOf(pod([waiting], { initContainerStatuses: [done, stuck] }))).toBe(
      'ImagePullBackOff',
    );
  });

  test('is who ends it, where Kubernetes says so', () => {
    const conditions = [
      { type: 'Ready', status: 'True' },
      { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' },
    ];
    expect(trimPod(pod([], { conditions })).disruption).toBe('evicted');
    expect(trimPod(pod([])).disruption).toBeUndefined();
  });
});
