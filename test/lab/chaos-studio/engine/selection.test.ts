import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PodSelector } from '../../../../lab/chaos-studio/engine/pod-chaos-spec.ts';
import type { SelectablePod } from '../../../../lab/chaos-studio/engine/selectable.ts';
import { selectPods } from '../../../../lab/chaos-studio/engine/selection.ts';
import { createPod } from '../support/recording-cluster.ts';

const word = fc.constantFrom('a', 'b', 'c');
const record = fc.dictionary(word, word, { maxKeys: 3 });
const pod: fc.Arbitrary<SelectablePod> = fc.record({
  metadata: fc.record({ name: word, namespace: word, labels: record, annotations: record }),
  spec: fc.record({ nodeName: word }),
  status: fc.record({ phase: fc.constantFrom('Running', 'Pending') }),
});
const pods = fc.array(pod, { maxLength: 12 });
const everywhere = { namespaces: ['a', 'b', 'c'] };

function select(pods: readonly SelectablePod[], selector: PodSelector): readonly SelectablePod[] {
  return selectPods(selector, { pods: () => pods });
}

function expectSelection(
  toSelector: (key: string, value: string) => PodSelector,
  isMeant: (pod: SelectablePod, key: string, value: string) => boolean,
): void {
  fc.assert(
    fc.property(pods, word, word, (pods, key, value) => {
      expect(select(pods, toSelector(key, value))).toEqual(
        pods.filter((pod) => isMeant(pod, key, value)),
      );
    }),
  );
}

describe('a Chaos Mesh selector', () => {
  test('namespaces: any of them', () => {
    expectSelection(
      (left, right) => ({ namespaces: [left, right] }),
      ({ metadata }, left, right) => [left, right].includes(metadata.namespace ?? ''),
    );
  });

  test('without namespaces it means chaos-testing alone', () => {
    const here = createPod('here', { metadata: { name: 'here', namespace: 'chaos-testing' } });
    expect(select([createPod('there'), here], {})).toEqual([here]);
  });

  test('labelSelectors: all of them', () => {
    expectSelection(
      (key, value) => ({ ...everywhere, labelSelectors: { [key]: value } }),
      ({ metadata }, key, value) => metadata.labels?.[key] === value,
    );
  });

  test('annotationSelectors: all of them', () => {
    expectSelection(
      (key, value) => ({ ...everywhere, annotationSelectors: { [key]: value } }),
      ({ metadata }, key, value) => metadata.annotations?.[key] === value,
    );
  });

  test('fieldSelectors', () => {
    expectSelection(
      (_, value) => ({ ...everywhere, fieldSelectors: { 'spec.nodeName': value } }),
      ({ spec }, _, value) => spec?.nodeName === value,
    );
  });

  test.each([
    ['In', ['a', 'b'], (value?: string) => value === 'a' || value === 'b'],
    ['NotIn', ['a', 'b'], (value?: string) => value !== 'a' && value !== 'b'],
    ['Exists', [], (value?: string) => value !== undefined],
    ['DoesNotExist', [], (value?: string) => value === undefined],
  ] as const)('expressionSelectors: %s', (operator, values, isMeant) => {
    expectSelection(
      (key) => ({ ...everywhere, expressionSelectors: [{ key, operator, values: [...values] }] }),
      ({ metadata }, key) => isMeant(metadata.labels?.[key]),
    );
  });

  test('podPhaseSelectors: one of the wanted, none of the unwanted', () => {
    const [running, pending] = ['Running', 'Pending'].map((phase) =>
      createPod(phase, { status: { phase } }),
    ) as [SelectablePod, SelectablePod];
    const selectPhase = (...podPhaseSelectors: string[]) =>
      select([running, pending], { namespaces: ['ml'], podPhaseSelectors });
    expect(selectPhase('Running')).toEqual([running]);
    expect(selectPhase('!Running')).toEqual([pending]);
    expect(selectPhase('Running', 'Pending')).toEqual([running, pending]);
    expect(selectPhase('Running', '!Running')).toEqual([]);
  });

  test('nodes and nodeSelectors count together', () => {
    const pods = ['n1', 'n2', 'n3'].map((nodeName) => createPod(nodeName, { spec: { nodeName } }));
    const nodes = ['n1', 'n2', 'n3'].map((name) => ({
      metadata: { name, labels: { pool: name === 'n2' ? 'gpu' : 'cpu' } },
    }));
    const selected = (selector: PodSelector) =>
      selectPods({ namespaces: ['ml'], ...selector }, { pods: () => pods, nodes: () => nodes }).map(
        ({ metadata }) => metadata.name,
      );
    expect(selected({ nodes: ['n1'] })).toEqual(['n1']);
    expect(selected({ nodeSelectors: { pool: 'gpu' } })).toEqual(['n2']);
    expect(selected({ nodes: ['n1'], nodeSelectors: { pool: 'gpu' } })).toEqual(['n1', 'n2']);
    expect(selected({ nodeSelectors: { pool: 'none' } })).toEqual([]);
  });

  test('pods: named ones alone, whatever else is asked', () => {
    const pods = ['a', 'b'].map((name) => createPod(name));
    expect(
      select(pods, { pods: { ml: ['a', 'gone'], other: ['b'] }, labelSelectors: { no: 'such' } }),
    ).toEqual([pods[0]]);
  });

  test('criteria narrow each other', () => {
    fc.assert(
      fc.property(pods, word, word, (pods, key, value) => {
        const wide = select(pods, { ...everywhere, labelSelectors: { [key]: value } });
        const narrow = select(pods, { namespaces: ['a'], labelSelectors: { [key]: value } });
        expect(narrow.every((pod) => wide.includes(pod))).toBe(true);
      }),
    );
  });

  test.each<[string, PodSelector, RegExp]>([
    [
      'an unknown field',
      { fieldSelectors: { 'spec.colour': 'red' } },
      /not supported: spec.colour/,
    ],
    ['a label that is none', { labelSelectors: { 'a b': 'c' } }, /unable to parse/],
    [
      'In without values',
      { expressionSelectors: [{ key: 'a', operator: 'In' }] },
      /values set can't be empty/,
    ],
    [
      'Exists with values',
      { expressionSelectors: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
      /values set must be empty/,
    ],
  ])('refuses %s', (_what, selector, message) => {
    expect(() => select([], selector)).toThrow(message);
  });
});
