import type { V1Pod } from '@kubernetes/client-node';
import { expect, test } from '@jest/globals';
import type { ClusterClient } from '../../src/kubernetes/cluster-client.ts';
import { readWantedPods, type Workload } from '../../src/kubernetes/wanted-pods.ts';
import { sampleProposal } from '../support/proposal.ts';

const { service } = sampleProposal();
const labels = { ...service.selector, 'pod-template-hash': '5d9c' };
const ownedBy = (uid: string) => [{ controller: true, uid, apiVersion: '', kind: '', name: '' }];

const workload = (uid: string, replicas: number, others: Workload['metadata'] = {}): Workload => ({
  metadata: { uid, ...others },
  spec: { replicas, template: { metadata: { labels } } },
});
const ofDeployment = (desired: number, revision = 1) => ({
  ownerReferences: ownedBy('deployment'),
  annotations: {
    'deployment.kubernetes.io/desired-replicas': String(desired),
    'deployment.kubernetes.io/revision': String(revision),
  },
});
const pod = (owner?: string, { status, deletionTimestamp }: Ending = {}): V1Pod => ({
  metadata: {
    ...(deletionTimestamp ? { deletionTimestamp } : {}),
    ...(owner ? { ownerReferences: ownedBy(owner) } : {}),
  },
  ...(status ? { status } : {}),
});
type Ending = Pick<V1Pod, 'status'> & { readonly deletionTimestamp?: Date };

type Answers = {
  readonly pods?: readonly V1Pod[];
  readonly replicaSets?: readonly Workload[] | number;
  readonly statefulSets?: readonly Workload[] | number;
};

function read({ pods = [], replicaSets = [], statefulSets = [] }: Answers) {
  const toSource = <Item>(answer: readonly Item[] | number) => ({
    path: '',
    readPage: () =>
      typeof answer === 'number'
        ? Promise.reject(Object.assign(new Error('refused'), { code: answer }))
        : Promise.resolve({ items: answer }),
  });
  const client = {
    pods: () => toSource(pods),
    workloads: () => [toSource(replicaSets), toSource(statefulSets)],
  } satisfies Pick<ClusterClient, 'pods' | 'workloads'>;
  return readWantedPods(client, service);
}

test.each<[string, Answers, number | undefined]>([
  ['a ReplicaSet', { pods: [pod('a')], replicaSets: [workload('a', 2)] }, 2],
  ['a StatefulSet', { pods: [pod('a')], statefulSets: [workload('a', 4)] }, 4],
  ['two Deployments', { replicaSets: [workload('a', 2), workload('b', 1)] }, 3],
  [
    'a Deployment in a roll-out, which takes pods away before it makes others',
    {
      pods: [pod('old'), pod('new')],
      replicaSets: [
        workload('old', 1, ofDeployment(3)),
        workload('new', 1, ofDeployment(3)),
        workload('older', 0, ofDeployment(9)),
      ],
    },
    3,
  ],
  [
    'a Deployment that was scaled down',
    { pods: [pod('a'), pod('a')], replicaSets: [workload('a', 2, ofDeployment(2))] },
    2,
  ],
  [
    'a Deployment that takes all pods away before it makes others',
    {
      replicaSets: [workload('old', 0, ofDeployment(3)), workload('older', 0, ofDeployment(9, 0))],
    },
    3,
  ],
  [
    'the same, when it has begun with the others',
    { replicaSets: [workload('old', 0, ofDeployment(9)), workload('new', 0, ofDeployment(3, 2))] },
    3,
  ],
  [
    'a Deployment whose roll-out makes more pods than it wants',
    { replicaSets: [workload('old', 2, ofDeployment(2)), workload('new', 1, ofDeployment(2, 2))] },
    2,
  ],
  [
    'a Deployment that was scaled to none',
    { replicaSets: [workload('a', 0, ofDeployment(0, 2)), workload('b', 0, ofDeployment(3))] },
    0,
  ],
  [
    'something that makes ReplicaSets and does not say how many it wants',
    { replicaSets: [workload('a', 2, { ownerReferences: ownedBy('rollout') })] },
    2,
  ],
  [
    'the same, with no pods: others may come',
    { replicaSets: [workload('a', 0, { ownerReferences: ownedBy('rollout') })] },
    undefined,
  ],
  ['a workload that wants none', { replicaSets: [workload('a', 0)] }, 0],
  [
    'no number, which is one',
    { replicaSets: [{ spec: { template: { metadata: { labels } } } }] },
    1,
  ],
  [
    'pods of others that are ending or have ended',
    {
      pods: [
        pod('a'),
        pod('job', { status: { phase: 'Succeeded' } }),
        pod(undefined, { deletionTimestamp: new Date() }),
      ],
      replicaSets: [workload('a', 2)],
      statefulSets: 404,
    },
    2,
  ],
  ['no workload of the service', { replicaSets: [{ spec: { replicas: 3 } }] }, undefined],
  ['a pod without an owner', { pods: [pod()], replicaSets: [workload('a', 2)] }, undefined],
  ['pods of something else', { pods: [pod('daemon')], replicaSets: [workload('a', 2)] }, undefined],
  [
    'a StatefulSet that may not be read',
    { pods: [pod('a'), pod('set')], replicaSets: [workload('a', 1)], statefulSets: 403 },
    undefined,
  ],
  ['nothing that may be read', { replicaSets: 403, statefulSets: 403 }, undefined],
])('%s', async (_name, answers, wanted) => {
  expect(await read(answers)).toBe(wanted);
});

test('a cluster that does not answer rejects', async () => {
  await expect(read({ replicaSets: 500 })).rejects.toThrow('refused');
});
