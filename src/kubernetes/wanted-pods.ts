import type { V1Pod } from '@kubernetes/client-node';
import type { ScoringService } from '../domain/catalogue.ts';
import type { ClusterClient } from './cluster-client.ts';
import { isRefused } from './cluster-error.ts';
import { listAll, type Source } from './source.ts';

/** A ReplicaSet or a StatefulSet, as far as it is read. */
export type Workload = {
  readonly metadata?: {
    readonly uid?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly controller?: boolean; readonly uid?: string }[];
  };
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly metadata?: { readonly labels?: Record<string, string> } };
  };
};

/** A Deployment writes here how many pods it wants in all, also in the midst of a roll-out. */
const desiredReplicas = 'deployment.kubernetes.io/desired-replicas';

type Wish = { readonly uid: string; readonly owner: string; readonly own: number; all: number };

/**
 * Returns how many pods the workloads behind a service want now. Undefined where they may not be read, or where a pod of the service is none of theirs: then
 * nobody knows how many there should be.
 */
export async function readWantedPods(
  client: Pick<ClusterClient, 'pods' | 'workloads'>,
  service: ScoringService,
): Promise<number | undefined> {
  const listWishes = (source: Source<Workload>) =>
    listAll(source, toWish(service)).then(
      ({ items }) => items.filter((wish) => wish !== undefined),
      (error: unknown) => {
        if (isRefused(error)) return [];
        throw error;
      },
    );
  const [owners, ...lists] = await Promise.all([
    listAll(client.pods(service), toOwner),
    ...client.workloads(service.namespace).map(listWishes),
  ]);
  const wishes = lists.flat();
  const known = new Set(wishes.map(({ uid }) => uid));
  const areTheirs = owners.items.every((owner) => owner === undefined || known.has(owner));
  return wishes.length > 0 && areTheirs ? addWishes(wishes) : undefined;
}

/** Who made a pod; undefined for one that is being deleted or has ended, which counts no more. */
function toOwner({ metadata, status }: V1Pod): string | undefined {
  const isOver = ['Succeeded', 'Failed'].includes(status?.phase ?? '');
  if (isOver || metadata?.deletionTimestamp !== undefined) return undefined;
  return metadata?.ownerReferences?.find(({ controller }) => controller)?.uid ?? '';
}

/** What a workload wants of a service's pods; undefined where its pods are not of the service. */
function toWish({ selector }: ScoringService): (workload: Workload) => Wish | undefined {
  return ({ metadata, spec }) => {
    const labels = new Map(Object.entries(spec?.template?.metadata?.labels ?? {}));
    const isOfService = Object.entries(selector).every(([key, value]) => labels.get(key) === value);
    if (!isOfService) return undefined;
    const { uid = '', annotations = {}, ownerReferences = [] } = metadata ?? {};
    const own = spec?.replicas ?? 1;
    const all = new Map(Object.entries(annotations)).get(desiredReplicas);
    const owner = ownerReferences.find(({ controller }) => controller)?.uid;
    return { uid, owner: owner ?? uid, own, all: own === 0 ? 0 : Number(all ?? 0) || 0 };
  };
}

/** The ReplicaSets of one Deployment want together what it wants, no less. */
function addWishes(wishes: readonly Wish[]): number {
  return [...Map.groupBy(wishes, ({ owner }) => owner).values()]
    .map((ofOne) =>
      Math.max(
        ofOne.reduce((sum, { own }) => sum + own, 0),
        ...ofOne.map(({ all }) => all),
      ),
    )
    .reduce((sum, wanted) => sum + wanted, 0);
}
