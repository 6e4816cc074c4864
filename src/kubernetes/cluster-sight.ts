import type { V1Pod } from '@kubernetes/client-node';
import type { Cluster, ScoringService } from '../domain/catalogue.ts';
import type { MatchedPods } from '../domain/blast-radius.ts';
import type { BlastRadiusPod } from '../domain/proposal.ts';
import type { ClusterSight } from '../runs/ports/cluster-sight.ts';
import type { Log } from '../runs/ports/log.ts';
import type { ClusterClient, Probed } from './cluster-client.ts';
import { createClusterClients } from './cluster-clients.ts';
import { isRefused, toClusterError, type Readable } from './cluster-error.ts';
import { toCoveringBudgets } from './covering-budgets.ts';
import { readFaultRecords } from './fault-records.ts';
import type { KubeConfigSource } from './load-kube-config.ts';
import { chaosNamespace } from './pod-chaos.ts';
import { createReadSharing } from './share-reads.ts';
import { listAll } from './source.ts';
import { trimPod } from './trimmed-pod.ts';
import { readWantedPods } from './wanted-pods.ts';
import { watchPods } from './watch-pods.ts';

export type ClusterSightOptions = KubeConfigSource & {
  readonly clock: { now(): number };
  readonly log: Log;
};

/** Sees pods through the Kubernetes API. */
export function createClusterSight({ clock, log, ...source }: ClusterSightOptions): ClusterSight {
  const clientOf = createClusterClients({ clock, log, ...source });
  const share = createReadSharing<MatchedPods>();
  const readPods = async (service: ScoringService, cluster: Cluster): Promise<MatchedPods> => {
    const [{ items }, budgets] = await Promise.all([
      withClusterErrors('pods', async () =>
        listAll((await clientOf(cluster)).pods(service), (pod) => pod),
      ),
      withClusterErrors('poddisruptionbudgets.policy', async () =>
        (await clientOf(cluster)).listBudgets(service.namespace),
      ),
    ]);
    const pods = items.filter(isTarget);
    return {
      pods: pods.map(toBlastRadiusPod),
      withoutReadinessProbe: pods.some(hasNoReadinessProbe),
      budgets: toCoveringBudgets(budgets, pods),
    };
  };
  const probePodWatch = (cluster: Cluster, namespace: string) =>
    withClusterErrors('changes of pods', async () =>
      (await clientOf(cluster)).probeWatch('pods', namespace),
    );
  return {
    readPods: (service, cluster) =>
      share(toReadKey(service, cluster), () => readPods(service, cluster)),
    readFaultRecords: async ({ namespace }, cluster) =>
      readFaultRecords(await clientOf(cluster), namespace),
    readWantedPods: async (service, cluster) => readWantedPods(await clientOf(cluster), service),
    watch: (service, cluster, freshWithinMs, before) =>
      watchPods({ client: () => clientOf(cluster), service, freshWithinMs, before, clock, log }),
    async check(cluster, namespaces) {
      const probes = namespaces.flatMap((namespace) => [
        withClusterErrors('pods', async () =>
          (await clientOf(cluster)).probe('pods', namespace),
        ).then(() => probePodWatch(cluster, namespace)),
        withClusterErrors('poddisruptionbudgets.policy', async () =>
          (await clientOf(cluster)).probe('budgets', namespace),
        ),
      ]);
      await Promise.all(probes);
      return findMissing(await clientOf(cluster), namespaces);
    },
  };
}

/** Tells reads of different pods apart. */
function toReadKey({ namespace, selector }: ScoringService, cluster: Cluster): string {
  return JSON.stringify([cluster, namespace, Object.entries(selector)]);
}

/** What is not to be read of that which a run does without, once for all namespaces. Other problems are those of the pods, too. */
async function findMissing(
  client: ClusterClient,
  namespaces: readonly string[],
): Promise<readonly string[]> {
  const find = async (what: keyof typeof without, probe: () => Promise<void>) => {
    const refused = await probe().then(
      () => false,
      (error: unknown) => isRefused(error, [403]),
    );
    return refused ? `${without[what]} ${toClusterError({ code: 403 }, what).suggestion}` : '';
  };
  const missing = await Promise.all([
    ...namespaces.flatMap((namespace) => [
      find('endpointslices.discovery.k8s.io', () => probeBoth(client, 'endpointSlices', namespace)),
      find('replicasets.apps and statefulsets.apps', async () => {
        await client.probe('replicaSets', namespace);
        await client.probe('statefulSets', namespace);
      }),
    ]),
    find('nodes', () => probeBoth(client, 'nodes', '')),
    find('podchaos.chaos-mesh.org', () => client.probe('podChaos', chaosNamespace)),
  ]);
  return [...new Set(missing)].filter((remark) => remark !== '');
}

async function probeBoth(client: ClusterClient, what: Probed, namespace: string): Promise<void> {
  await client.probe(what, namespace);
  await client.probeWatch(what, namespace);
}

const without = {
  'endpointslices.discovery.k8s.io': 'When pods are taken out of rotation is not seen.',
  nodes: 'What happens to nodes is not seen.',
  'replicasets.apps and statefulsets.apps':
    'Whether a workload was scaled down during a run is not seen.',
  'podchaos.chaos-mesh.org':
    "Chaos Mesh's records can't be read, so faults are judged by signature.",
} as const satisfies Partial<Record<Readable, string>>;

async function withClusterErrors<Value>(
  what: Readable,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw toClusterError(error, what);
  }
}

/** Whether a fault can hit a pod: it runs, and is not being deleted. Evicted and completed pods keep their labels. */
function isTarget({ metadata, status }: V1Pod): boolean {
  return metadata?.deletionTimestamp === undefined && (status?.phase ?? 'Running') === 'Running';
}

function toBlastRadiusPod(pod: V1Pod): BlastRadiusPod {
  const { name, uid, node, ready } = trimPod(pod);
  const imageIds = (pod.status?.containerStatuses ?? []).map(
    ({ imageID, image }) => imageID || image,
  );
  return { name, uid, node, ready, imageIds };
}

function hasNoReadinessProbe({ spec }: V1Pod): boolean {
  return spec?.containers.every(({ readinessProbe }) => readinessProbe === undefined) ?? false;
}
