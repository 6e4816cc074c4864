import { expect, test } from '@jest/globals';
import type { ClusterClient } from '../../src/kubernetes/cluster-client.ts';
import { readFaultRecords } from '../../src/kubernetes/fault-records.ts';
import type { PodChaos } from '../../src/kubernetes/pod-chaos.ts';

const record = toPodChaos({ namespaces: ['default'] });

function toPodChaos(selector: NonNullable<PodChaos['spec']>['selector']): PodChaos {
  const metadata = { uid: 'one', name: 'podchaos-one', namespace: 'chaos-testing' };
  return { metadata, spec: { action: 'pod-kill', ...(selector ? { selector } : {}) } };
}

/** What each namespace answers: its objects, or the status of a refusal. */
function read(answers: Readonly<Record<string, readonly PodChaos[] | number>>) {
  const client = {
    podChaos: (namespace: string) => ({
      path: '',
      readPage: () => {
        const answer = answers[namespace] ?? 404;
        return typeof answer === 'number'
          ? Promise.reject(Object.assign(new Error('refused'), { code: answer }))
          : Promise.resolve({ items: answer });
      },
    }),
  } satisfies Pick<ClusterClient, 'podChaos'>;
  return readFaultRecords(client, 'default');
}

test('no record is only known where every namespace may be read', async () => {
  expect(await read({ default: [], 'chaos-testing': [] })).toEqual([]);
  expect(await read({ default: [], 'chaos-testing': 403 })).toBeUndefined();
  expect(await read({ default: 403, 'chaos-testing': [] })).toBeUndefined();
  expect(await read({})).toBeUndefined();
});

test('records that may be read are told, whatever else may not be', async () => {
  expect(await read({ default: 403, 'chaos-testing': [record] })).toMatchObject([{ uid: 'one' }]);
  expect(await read({ default: [record], 'chaos-testing': [] })).toMatchObject([{ uid: 'one' }]);
});

test.each([
  ['of another namespace', { namespaces: ['staging'] }],
  ['of several namespaces', { namespaces: ['default', 'staging'] }],
  ['of its own namespace', {}],
  ['of pods of another namespace', { namespaces: ['default'], pods: { staging: ['diabetes-0'] } }],
])('a fault on pods %s is none of this service', async (_which, selector) => {
  expect(await read({ default: [], 'chaos-testing': [toPodChaos(selector)] })).toEqual([]);
});

test('a fault is found by the namespace in which it is made, or by its pods, where its selector names no other', async () => {
  const own = { ...toPodChaos({}), metadata: { uid: 'own', namespace: 'default' } };
  const named = toPodChaos({ pods: { default: ['diabetes-0'] } });
  const found = await read({ default: [own], 'chaos-testing': [named] });
  expect(found?.map(({ uid }) => uid)).toEqual(['own', 'one']);
});

test('a cluster that does not answer rejects', async () => {
  await expect(read({ default: [], 'chaos-testing': 500 })).rejects.toThrow();
});
