import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { createClusterSight } from '../../src/kubernetes/cluster-sight.ts';
import {
  addPod,
  addSlice,
  startApiFixture,
  type ApiFixture,
} from '../lab/kubernetes-api/api-fixture.ts';
import {
  startKubernetesProxy,
  type Asked,
  type KubernetesProxy,
} from '../support/kubernetes-proxy.ts';
import { findMissingPermissions } from '../../src/kubernetes/find-missing-permissions.ts';
import { noClusterAccess } from '../support/no-cluster-access.ts';
import { sampleProposal } from '../support/proposal.ts';

type Rule = { apiGroups: string[]; resources: string[]; verbs: string[] };

const { service, cluster } = sampleProposal();
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The rules of the roles in docs/kubernetes.md, one for each group, resource and verb. */
async function readGrants(): Promise<Asked[]> {
  const page = await readFile(new URL('../../docs/kubernetes.md', import.meta.url), 'utf8');
  const [, block = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const documents = parseAllDocuments(block).map(
    (document) => document.toJS() as { rules?: Rule[] },
  );
  const rules = documents.flatMap((document) => document.rules ?? []);
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb }))),
    ),
  );
}

const print = ({ group, resource, verb }: Asked) => `${verb} ${resource}.${group}`;

let fixture: ApiFixture;
let proxy: KubernetesProxy;
let asked: Set<string>;
let withheld: readonly string[];
beforeEach(async () => {
  fixture = await startApiFixture();
  asked = new Set();
  withheld = [];
  const grants = new Set((await readGrants()).map(print));
  proxy = await startKubernetesProxy(
    fixture,
    (what) => {
      asked.add(print(what));
      return grants.has(print(what)) && !withheld.includes(print(what)) ? undefined : 403;
    },
    (what) => !withheld.includes(print(what)),
  );
});
afterEach(async () => {
  proxy.close();
  await fixture.close();
});

const sight = () =>
  createClusterSight({
    kubeconfigPath: proxy.kubeconfigPath,
    access: noClusterAccess,
    clock: { now: () => Date.now() },
    log,
  });

describe('the roles in docs/kubernetes.md', () => {
  test('is enough for all that is seen of a cluster, and grants nothing that is not asked for', async () => {
    await sight().check(cluster, ['default']);
    expect((await sight().readPods(service, cluster)).pods).toHaveLength(2);
    // Chaos Mesh is not installed here.
    expect(await sight().readFaultRecords(service, cluster)).toBeUndefined();
    // The pods here have no owner.
    expect(await sight().readWantedPods(service, cluster)).toBeUndefined();
    const before = [...asked];
    asked.clear();
    const watch = sight().watch(service, cluster, 10_000);
    const watched = ['watch pods.', 'watch endpointslices.discovery.k8s.io', 'watch nodes.'];
    const isAsked = () => watched.every((what) => asked.has(what)) && watch.view().confirmedAt > 0;
    for (let waitedMs = 0; !isAsked() && waitedMs < 5_000; waitedMs += 20) await delay(20);
    addPod(fixture.store, { name: 'diabetes-c' });
    for (let waitedMs = 0; watch.changes().length === 0 && waitedMs < 1_500; waitedMs += 20)
      await delay(20);
    await watch.close();
    expect(watch.changes()[0]).toMatchObject({ pod: 'diabetes-c', kind: 'created' });
    expect([...new Set([...before, ...asked])].toSorted()).toEqual(
      (await readGrants()).map(print).toSorted(),
    );
  });

  test.each([
    ['list pods.', 'list and watch on pods'],
    ['watch pods.', 'watch on pods'],
    ['list poddisruptionbudgets.policy', 'list on poddisruptionbudgets.policy'],
  ])('is named where it is not granted: %s', async (permission, named) => {
    withheld = [permission];
    const forbidden = {
      code: 'cluster-forbidden',
      suggestion: expect.stringContaining(named),
    };
    // What is only watched is missed by no list.
    if (permission.startsWith('list'))
      await expect(sight().readPods(service, cluster)).rejects.toMatchObject(forbidden);
    await expect(sight().check(cluster, ['default'])).rejects.toMatchObject(forbidden);
  });

  test('are not all needed to be seen: what is listed and not watched is a remark', async () => {
    withheld = ['watch endpointslices.discovery.k8s.io', 'watch nodes.'];
    expect(await sight().check(cluster, ['default'])).toEqual([
      expect.stringContaining('When pods are taken out of rotation is not seen.'),
      expect.stringContaining('What happens to nodes is not seen.'),
    ]);
  });

  test('are not all needed to tell a fault: without its records it is judged by signature', async () => {
    withheld = ['list podchaos.chaos-mesh.org'];
    expect(await sight().check(cluster, ['default'])).toEqual([
      "Chaos Mesh's records can't be read, so faults are judged by signature. Give its account list on podchaos.chaos-mesh.org in chaos-testing, where Chaos Studio makes them.",
    ]);
    expect(await sight().readFaultRecords(service, cluster)).toBeUndefined();
    // Where Chaos Mesh is not installed, that is no question of permissions.
    withheld = [];
    expect(await sight().check(cluster, ['default'])).toEqual([]);
  });

  test('are not all needed to see a recovery: without workloads it may stay undecided', async () => {
    withheld = ['list statefulsets.apps'];
    expect(await sight().check(cluster, ['default'])).toEqual([
      'Whether a workload was scaled down during a run is not seen. Give its account list on replicasets.apps and statefulsets.apps in the namespace of the service.',
    ]);
  });

  test('that are missing are named with what runs do without, when the account is asked', async () => {
    const source = { kubeconfigPath: proxy.kubeconfigPath, access: noClusterAccess };
    withheld = ['list nodes.', 'watch nodes.', 'list podchaos.chaos-mesh.org'];
    expect(await findMissingPermissions(cluster, ['default'], source)).toEqual([
      expect.stringMatching(
        /^Runs do without: list nodes, watch nodes, list podchaos in chaos-testing\. Chaos Mesh's records can't be read, so faults are judged by signature\. To allow it: .*`kubectl create role chaos-marshal-records --namespace chaos-testing --verb=list --resource=podchaos\.chaos-mesh\.org && kubectl create rolebinding chaos-marshal-records --namespace chaos-testing --role=chaos-marshal-records --user=ACCOUNT`\.$/,
      ),
    ]);
    withheld = ['list nodes.', 'watch nodes.'];
    const [remark] = await findMissingPermissions(cluster, ['default'], source);
    expect(remark).not.toContain('signature');
    withheld = [];
    expect(await findMissingPermissions(cluster, ['default'], source)).toEqual([]);
  });

  test('are not all needed: what is missing is a remark, and pods are followed without', async () => {
    withheld = ['list endpointslices.discovery.k8s.io', 'list nodes.'];
    const slice = addSlice(fixture.store, [{ pod: 'diabetes-a' }, { pod: 'diabetes-b' }]);
    expect(await sight().check(cluster, ['default', 'default'])).toEqual([
      'When pods are taken out of rotation is not seen. Give its account list and watch on endpointslices.discovery.k8s.io in the namespace of the service.',
      'What happens to nodes is not seen. Give its account list and watch on nodes, which are in no namespace.',
    ]);
    asked.clear();
    const watch = sight().watch(service, cluster, 10_000);
    const wait = async (isDone: () => boolean) => {
      for (let waitedMs = 0; !isDone() && waitedMs < 5_000; waitedMs += 20) await delay(20);
    };
    await wait(() => withheld.every((what) => asked.has(what)) && asked.has('watch pods.'));
    slice.set([{ pod: 'diabetes-a', ready: false }, { pod: 'diabetes-b' }]);
    fixture.store.update('nodes', { name: 'node-0' }, ({ spec }) =>
      Object.assign(spec ?? {}, { unschedulable: true }),
    );
    fixture.store.delete('pods', { namespace: 'default', name: 'diabetes-b' });
    await wait(() => watch.changes().length > 0);
    await watch.close();
    expect(watch.changes().map(({ kind }) => kind)).toEqual(['deleted']);
    expect(watch.nodeChanges()).toEqual([]);
  });
});
