import { describe, expect, test } from '@jest/globals';
import { injectPodChaos } from '../../../../lab/chaos-studio/engine/pod-chaos.ts';
import { createSeededRandom } from '../../../../lab/scoring/seeded-random.ts';
import { createPod, createRecordingCluster } from '../support/recording-cluster.ts';

function inject(spec: Record<string, unknown>, cluster = createCluster()) {
  const jsonSpec = JSON.stringify({ mode: 'all', selector: { namespaces: ['ml'] }, ...spec });
  const undo = injectPodChaos(jsonSpec, { ...cluster, random: createSeededRandom(1) });
  return { events: cluster.events, undo };
}

function createCluster() {
  return createRecordingCluster([
    createPod('a'),
    createPod('b', { spec: { containers: [{ name: 'sidecar' }] } }),
  ]);
}

describe('podChaos', () => {
  test('pod-failure lasts until it is taken away, and is taken away once', () => {
    const { events, undo } = inject({ action: 'pod-failure' });
    expect(events).toEqual(['fail a', 'fail b']);
    undo();
    undo();
    expect(events).toEqual(['fail a', 'fail b', 'restore a', 'restore b']);
  });

  test.each([
    [{}, 0],
    [{ gracePeriod: 5 }, 5],
  ])('pod-kill %j kills with a grace period of %i s and leaves nothing', (extra, grace) => {
    const { events, undo } = inject({ action: 'pod-kill', ...extra });
    undo();
    expect(events).toEqual([`kill a ${grace}`, `kill b ${grace}`]);
  });

  test('a percentage of less than one pod hits one', () => {
    const { events } = inject({ action: 'pod-kill', mode: 'fixed-percent', value: '1' });
    expect(events).toHaveLength(1);
  });

  test('container-kill leaves pods alone that have no such container', () => {
    const { events, undo } = inject({ action: 'container-kill', containerNames: ['scoring'] });
    undo();
    expect(events).toEqual(['kill-containers a scoring']);
  });

  test('what was injected before a pod refused is taken away again', () => {
    const cluster = createCluster();
    const failPod: typeof cluster.faults.failPod = (pod) => {
      if (pod.name === 'b') throw new Error('Pod ml/b does not exist.');
      return cluster.faults.failPod(pod);
    };
    const faults = { ...cluster.faults, failPod };
    expect(() => inject({ action: 'pod-failure' }, { ...cluster, faults })).toThrow(/ml\/b/);
    expect(cluster.events).toEqual(['fail a', 'restore a']);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['no pod', { action: 'pod-kill', selector: { namespaces: ['none'] } }, /no pod is selected/],
    [
      'no such container',
      { action: 'container-kill', containerNames: ['none'] },
      /no target has been selected/,
    ],
    ['an unknown action', { action: 'pod-hug' }, /configuration was invalid.*spec\.action/],
    [
      'an unknown mode',
      { action: 'pod-kill', mode: 'some' },
      /configuration was invalid.*spec\.mode/,
    ],
    ['no selector', { action: 'pod-kill', selector: undefined }, /spec\.selector/],
    ['a count without value', { action: 'pod-kill', mode: 'fixed' }, /spec\.value/],
    ['a value that is a number', { action: 'pod-kill', mode: 'fixed', value: 1 }, /spec\.value/],
    ['a count of zero', { action: 'pod-kill', mode: 'fixed', value: '0' }, /greater than 0/],
    ['101 %', { action: 'pod-kill', mode: 'fixed-percent', value: '101' }, /at most 100/],
    ['no container name', { action: 'container-kill' }, /name of container is required/],
  ])('refuses %s and injects nothing', (_what, spec, message) => {
    const cluster = createCluster();
    expect(() => inject(spec, cluster)).toThrow(message);
    expect(cluster.events).toEqual([]);
  });

  test('refuses what is not JSON', () => {
    const world = { ...createCluster(), random: Math.random };
    expect(() => injectPodChaos('{"action":', world)).toThrow(/not valid JSON/);
  });
});
