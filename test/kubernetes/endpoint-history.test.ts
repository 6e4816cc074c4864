import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { EndpointHistory } from '../../src/kubernetes/endpoint-history.ts';
import { NodeHistory } from '../../src/kubernetes/node-history.ts';
import type { TrimmedSlice } from '../../src/kubernetes/trimmed-slice.ts';

const slice = (
  uid: string,
  resourceVersion: number,
  ready: Readonly<Record<string, boolean>>,
  service = 'diabetes',
): TrimmedSlice => ({
  uid,
  name: uid,
  resourceVersion,
  service,
  endpoints: new Map(
    Object.entries(ready).map(([pod, is]) => [pod, { pod, ready: is, terminating: false }]),
  ),
});
const told = (history: EndpointHistory) =>
  history.changes().map(({ at, pod, kind }) => `${at} ${pod} ${kind}`);

describe('the history of endpoints', () => {
  test('keeps a pod in rotation as long as any slice of the service has it as ready', () => {
    const history = new EndpointHistory(() => true);
    history.replace([slice('four', 1, { a: true }), slice('six', 1, { a: true })], 1, 0);
    history.observe(slice('four', 2, {}), 1);
    expect(told(history)).toEqual([]);
    history.remove(slice('six', 3, {}), 2);
    expect(told(history)).toEqual(['2 a out-of-rotation']);
  });

  test('tells services apart', () => {
    const history = new EndpointHistory(() => true);
    const other = slice('other', 1, { a: true }, 'always');
    history.replace([slice('one', 1, { a: true }), other], 1, 0);
    history.observe(slice('one', 2, { a: false }), 1);
    expect(history.changes()[0]?.detail).toBe('out of rotation of service diabetes');
  });

  test('know whether any service sends traffic to a pod, once they were listed', () => {
    const history = new EndpointHistory(() => true);
    expect(history.inRotation('a')).toBeUndefined();
    const other = slice('other', 1, { a: true }, 'always');
    history.replace([slice('one', 1, { a: true, b: false }), other], 1, 0);
    const seen = () => ['a', 'b', 'never'].map((uid) => history.inRotation(uid));
    expect(seen()).toEqual([true, false, false]);
    history.observe(slice('one', 2, { a: false, b: true }), 1);
    expect(seen()).toEqual([true, true, false]);
    history.remove(other, 2);
    expect(seen()).toEqual([false, true, false]);
  });

  test('is of our pods, also when that is known only later, and keeps no room for others', () => {
    const ours = new Set(['a']);
    const history = new EndpointHistory((uid) => ours.has(uid));
    history.replace([slice('one', 1, { a: true, b: true, x: true })], 1, 0);
    history.observe(slice('one', 2, { a: false, b: false, x: true }), 1);
    expect(told(history)).toEqual(['1 a out-of-rotation']);
    ours.add('b');
    expect(told(history)).toEqual(['1 a out-of-rotation', '1 b out-of-rotation']);
    for (let version = 3; version < 30_000; version += 1)
      history.observe(slice('one', version, { a: false, b: false, x: version % 2 === 0 }), version);
    expect(told(history)).toEqual(['1 a out-of-rotation', '1 b out-of-rotation']);
  });

  test('is the same whatever is repeated or told by lists, before the first one too', () => {
    const step = fc.record({
      uid: fc.constantFrom('one', 'two', 'three'),
      ready: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.boolean()),
      isList: fc.boolean(),
      isTwice: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(3), (steps, early) => {
        const [plain, disturbed] = [
          new EndpointHistory(() => true),
          new EndpointHistory(() => true),
        ];
        const now = new Map<string, TrimmedSlice>();
        plain.replace([], 0, 0);
        const known = steps.length > early ? early : 0;
        for (const [index, { uid, ready, isList, isTwice }] of steps.entries()) {
          const version = slice(uid, index + 1, ready);
          now.set(uid, version);
          plain.observe(version, index);
          if (isList && index >= known) disturbed.replace([...now.values()], index + 1, index);
          else disturbed.observe(version, index);
          if (isTwice) disturbed.observe(version, index);
          if (index === known - 1) disturbed.replace([...now.values()], index + 1, index);
          if (known === 0 && index === 0) disturbed.replace([...now.values()], index + 1, index);
        }
        const later = (history: EndpointHistory) =>
          history.changes().filter(({ at }) => at >= Math.max(1, known));
        expect(later(disturbed)).toEqual(later(plain));
      }),
    );
  });
});

describe('the history of endpoints after a restart', () => {
  const before = (...pods: string[]) => ({
    at: 10,
    items: pods.map((pod) => ({ uid: pod, pod, service: 'diabetes' })),
  });

  test('tells once what differs from before, as changed since then', () => {
    const ours = new Set(['a', 'b', 'c']);
    const history = new EndpointHistory((uid) => ours.has(uid), before('a', 'b', 'gone'));
    expect(history.rotation()).toBeUndefined();
    history.replace([slice('one', 1, { a: false, b: true, c: true, other: true })], 1, 70);
    history.replace([slice('one', 1, { a: false, b: true, c: true, other: true })], 1, 72);
    history.observe(slice('one', 2, { a: true, b: true, c: true }), 75);
    expect(history.changes()).toMatchObject([
      { at: 70, pod: 'a', kind: 'out-of-rotation', unseenSince: 10 },
      { at: 70, pod: 'c', kind: 'in-rotation', unseenSince: 10 },
      { at: 75, pod: 'a', kind: 'in-rotation' },
    ]);
    expect(history.changes()[2]).not.toHaveProperty('unseenSince');
    expect(history.rotation()).toEqual(before('a', 'b', 'c').items);
  });

  test('tells nothing where all is as before, or nothing is known of before', () => {
    for (const known of [before('a'), undefined]) {
      const history = new EndpointHistory(() => true, known);
      history.replace([slice('four', 1, { a: true }), slice('six', 1, { a: true })], 1, 70);
      expect(history.changes()).toEqual([]);
    }
  });
});

describe('the history of nodes', () => {
  const node = { uid: 'n', name: 'n', ready: true, unschedulable: false, bootId: 'one' };

  test('tells once what differs from before a restart, also of nodes that carry no pod any more', () => {
    const down = { ...node, ready: false };
    const others = [
      { ...node, uid: 'm', name: 'm' },
      { ...node, uid: 'o', name: 'o' },
    ];
    const history = new NodeHistory(() => false, { at: 10, items: [down, ...others] });
    const now = [node, { ...node, uid: 'again', name: 'm' }, { ...node, uid: 'x', name: 'x' }];
    const listed = now.map((one) => ({ ...one, resourceVersion: 1 }));
    history.replace(listed, 1, 30);
    history.replace(listed, 1, 38);
    expect(history.changes()).toEqual([
      { at: 30, node: 'n', kind: 'ready', detail: 'ready', unseenSince: 10 },
      { at: 30, node: 'm', kind: 'gone', detail: 'gone', unseenSince: 10 },
      { at: 30, node: 'm', kind: 'new', detail: 'new, ready', unseenSince: 10 },
      { at: 30, node: 'o', kind: 'gone', detail: 'gone', unseenSince: 10 },
    ]);
    expect(history.nodes()?.map(({ name }) => name)).toEqual(['n', 'm']);
  });

  test('says each thing once, with the reason', () => {
    const history = new NodeHistory(() => true);
    history.replace([{ ...node, resourceVersion: 1 }], 1, 0);
    const silent = { ...node, ready: false, reason: 'NodeStatusUnknown', resourceVersion: 2 };
    history.observe(silent, 1);
    history.observe(silent, 1);
    history.replace([{ ...silent, resourceVersion: 3 }], 3, 2);
    history.observe({ ...node, bootId: 'two', resourceVersion: 4 }, 3);
    expect(history.changes()).toEqual([
      { at: 1, node: 'n', kind: 'not-ready', detail: 'not ready (NodeStatusUnknown)' },
      { at: 3, node: 'n', kind: 'rebooted', detail: 'rebooted' },
      { at: 3, node: 'n', kind: 'ready', detail: 'ready' },
    ]);
  });
});
