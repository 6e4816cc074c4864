import { describe, expect, test } from '@jest/globals';
import { parsePatch } from '../../../../lab/kubernetes-api/patch/apply-patch.ts';

const strategic = 'application/strategic-merge-patch+json';
const merge = 'application/merge-patch+json';
const json = 'application/json-patch+json';
const pod = {
  metadata: { labels: { app: 'a', tier: 'x' }, finalizers: ['one'] },
  spec: {
    containers: [
      { name: 'scoring', image: 'v1', env: [{ name: 'A', value: '1' }] },
      { name: 'sidecar', image: 'v1' },
    ],
    tolerations: [{ key: 'a' }],
  },
};

const apply = (type: string, patch: unknown) => parsePatch(type, JSON.stringify(patch))(pod);

describe('patches', () => {
  test('a merge patch sets, removes with null, and replaces lists', () => {
    const patch = { metadata: { labels: { tier: null, x: 'y' } }, spec: { containers: [] } };
    expect(apply(merge, patch)).toMatchObject({
      metadata: { labels: { app: 'a', x: 'y' } },
      spec: { containers: [], tolerations: [{ key: 'a' }] },
    });
  });

  test('a strategic patch merges containers by name and their environment too', () => {
    const containers = [{ name: 'scoring', image: 'v2', env: [{ name: 'B', value: '2' }] }];
    expect(apply(strategic, { spec: { containers } })).toMatchObject({
      spec: {
        containers: [
          {
            name: 'scoring',
            image: 'v2',
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
            ],
          },
          { name: 'sidecar', image: 'v1' },
        ],
      },
    });
  });

  test('a strategic patch obeys its directives', () => {
    const patched = apply(strategic, {
      metadata: { '$deleteFromPrimitiveList/finalizers': ['one'] },
      spec: {
        '$setElementOrder/containers': [{ name: 'sidecar' }],
        containers: [{ name: 'scoring', $patch: 'delete' }],
        tolerations: [{ key: 'b' }],
      },
    });
    expect(patched).toEqual({
      metadata: { labels: { app: 'a', tier: 'x' }, finalizers: [] },
      spec: { containers: [{ name: 'sidecar', image: 'v1' }], tolerations: [{ key: 'b' }] },
    });
  });

  test('a JSON patch adds, removes, replaces, moves, copies and tests', () => {
    const patched = apply(json, [
      { op: 'test', path: '/metadata/labels/app', value: 'a' },
      { op: 'add', path: '/metadata/labels/example.com~1a', value: 'b' },
      { op: 'remove', path: '/spec/containers/1' },
      { op: 'replace', path: '/spec/containers/0/image', value: 'v2' },
      { op: 'copy', from: '/spec/tolerations/0', path: '/spec/tolerations/-' },
      { op: 'move', from: '/metadata/labels/tier', path: '/metadata/labels/t' },
    ]);
    expect(patched).toMatchObject({
      metadata: { labels: { app: 'a', 'example.com/a': 'b', t: 'x' } },
      spec: {
        containers: [{ name: 'scoring', image: 'v2' }],
        tolerations: [{ key: 'a' }, { key: 'a' }],
      },
    });
  });

  test.each([
    [json, [{ op: 'test', path: '/metadata/labels/app', value: 'b' }], 422],
    [json, [{ op: 'remove', path: '/nope' }], 422],
    [json, [{ op: 'add', path: '/spec/containers/7', value: {} }], 422],
    [json, { op: 'add' }, 400],
    [json, [{ path: '/a' }], 400],
    [strategic, { spec: { containers: [{ image: 'x' }, { name: 'y' }] } }, 400],
    ['application/apply-patch+yaml', {}, 415],
    ['application/json', {}, 415],
  ])('refuses as %s: %j with %p', (type, patch, code) => {
    expect(() => apply(type, patch)).toThrow(expect.objectContaining({ code }));
  });

  test('leaves the patched object as it was', () => {
    const before = structuredClone(pod);
    apply(json, [{ op: 'remove', path: '/spec/containers/0' }]);
    apply(strategic, { spec: { containers: [{ name: 'scoring', image: 'v9' }] } });
    apply(merge, { metadata: null });
    expect(pod).toEqual(before);
  });
});
