import { describe, expect, test } from '@jest/globals';
import { ObjectStore } from '../../../../lab/kubernetes-api/object-store.ts';
import {
  matchesFields,
  parseFieldSelector,
} from '../../../../lab/kubernetes-api/selectors/field-selector.ts';
import { addPod } from '../api-fixture.ts';

const store = new ObjectStore();
const pod = addPod(store, { name: 'a', nodeName: 'node-1' });

describe('field selectors', () => {
  test.each([
    ['metadata.name=a', true],
    ['metadata.name==a,metadata.namespace=default', true],
    ['spec.nodeName=node-1,status.phase!=Succeeded,status.phase!=Failed', true],
    ['spec.nodeName!=node-1', false],
    ['status.phase=Running', true],
    ['status.nominatedNodeName=', true],
    ['', true],
  ])('%p matches a running pod: %p', (selector, expected) => {
    expect(matchesFields(parseFieldSelector('pods', selector), pod)).toBe(expected);
  });

  test('finds the events of an object', () => {
    const involvedObject = { kind: 'Pod', namespace: 'default', name: 'a', uid: pod.metadata.uid };
    const event = store.create('events', { metadata: { name: 'e' }, involvedObject });
    const matches = (selector: string) =>
      matchesFields(parseFieldSelector('events', selector), event);
    expect(matches(`involvedObject.uid=${pod.metadata.uid},involvedObject.kind=Pod`)).toBe(true);
    expect(matches('involvedObject.name=b')).toBe(false);
  });

  test('a node that says nothing is schedulable', () => {
    const node = store.create('nodes', { metadata: { name: 'n' }, spec: {} });
    const requirements = parseFieldSelector('nodes', 'spec.unschedulable=false');
    expect(matchesFields(requirements, node)).toBe(true);
  });

  test('escaped commas and equal signs belong to the value', () => {
    expect(parseFieldSelector('pods', String.raw`metadata.name=a\,b\=c\\`)).toEqual([
      { path: 'metadata.name', equal: true, value: String.raw`a,b=c\ `.trim() },
    ]);
  });

  test.each(['spec.containers=x', 'metadata.name', 'metadata.labels=x'])(
    '%p is a bad request',
    (selector) => {
      expect(() => parseFieldSelector('pods', selector)).toThrow(
        expect.objectContaining({ code: 400 }),
      );
    },
  );
});
