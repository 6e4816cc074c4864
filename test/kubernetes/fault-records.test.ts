import { expect, test } from '@jest/globals';
import type { ClusterClient } from '../../src/kubernetes/cluster-client.ts';
import { readFaultRecords } from '../../src/kubernetes/fault-records.ts';
import type { PodChaos } from '../../src/kubernetes/pod-chaos.ts';

const record: PodChaos = { metadata: { uid: 'one', name: 'podchaos-one' } };

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

test('a cluster that does not answer rejects', async () => {
  await expect(read({ default: [], 'chaos-testing': 500 })).rejects.toThrow();
});
