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

/** A Deployment writes on its ReplicaSets how many pods it wants in all, whatever a roll-out makes of them, and numbers them. */
const desiredReplicas = 'deployment.kubernetes.io/desired-replicas';
const revision = 'deployment.kubernetes.io/revision';

type Replicas = {
  readonly uid: string;
  /** What made the workload, as a Deployment makes ReplicaSets; undefined for one that stands alone. */
  readonly owner: string | undefined;
  readonly replicas: number;
  /** How many pods its Deployment wanted when it wrote here last; undefined without a Deployment. */
  readonly desired: number | undefined;
  readonly revision: number;
};

/**
 * Returns how many pods the workloads behind a service want now. Undefined where they may not be read or do not say, and where a pod of the service is none
 * of theirs: then nobody knows how many there should be.
 */
export async function readWantedPods(
  client: Pick<ClusterClient, 'pods' | 'workloads'>,
  service: ScoringService,
): Promise<number | undefined> {
  const listReplicas = (source: Source<Workload>) =>
    listAll(source, toReplicas(service)).then(
      ({ items }) => items.filter((found) => found !== undefined),
      (error: unknown) => {
        if (isRefused(error)) return [];
        throw error;
      },
    );
  const [owners, ...lists] = await Promise.all([
    listAll(client.pods(service), toOwner),
    ...client.workloads(service.namespace).map(listReplicas),
  ]);
  const found = lists.flat();
  const known = new Set(found.map(({ uid }) => uid));
  const areTheirs = owners.items.every((owner) => owner === undefined || known.has(owner));
  return found.length > 0 && areTheirs ? sumWanted(found) : undefined;
}

/** Who made a pod; undefined for one that is being deleted or has ended, which counts no more. */
function toOwner({ metadata, status }: V1Pod): string | undefined {
  const isOver = ['Succeeded', 'Failed'].includes(status?.phase ?? '');
  if (isOver || metadata?.deletionTimestamp !== undefined) return undefined;
  return metadata?.ownerReferences?.find(({ controller }) => controller)?.uid ?? '';
}

/** What a workload says of its pods; undefined where they are not of the service. */
function toReplicas({ selector }: ScoringService): (workload: Workload) => Replicas | undefined {
  return ({ metadata, spec }) => {
    const labels = new Map(Object.entries(spec?.template?.metadata?.labels ?? {}));
    const isOfService = Object.entries(selector).every(([key, value]) => labels.get(key) === value);
    if (!isOfService) return undefined;
    const { uid = '', annotations = {}, ownerReferences = [] } = metadata ?? {};
    const written = new Map(Object.entries(annotations));
    const toNumber = (name: string) => {
      const number = Number(written.get(name) ?? NaN);
      return Number.isInteger(number) && number >= 0 ? number : undefined;
    };
    return {
      uid,
      owner: ownerReferences.find(({ controller }) => controller)?.uid,
      replicas: spec?.replicas ?? 1,
      desired: toNumber(desiredReplicas),
      revision: toNumber(revision) ?? 0,
    };
  };
}

function sumWanted(found: readonly Replicas[]): number | undefined {
  const byOwner = Map.groupBy(found, ({ uid, owner }) => owner ?? uid);
  return Array.from(byOwner.values(), findWanted).reduce(
    (sum, wanted) => (sum === undefined || wanted === undefined ? undefined : sum + wanted),
    0,
  );
}

/**
 * How many pods the ReplicaSets of one owner want together. A Deployment keeps its number up to date on those that have pods, and on the newest; in a roll-out
 * their own numbers add up to more, or to none. Where nothing is written, none may mean that others come later.
 */
function findWanted(ofOne: readonly Replicas[]): number | undefined {
  const active = ofOne.filter(({ replicas }) => replicas > 0);
  const newest = (active.length > 0 ? active : ofOne).reduce((one, other) =>
    other.revision > one.revision ? other : one,
  );
  const sum = active.reduce((all, { replicas }) => all + replicas, 0);
  if (newest.owner === undefined) return sum;
  return newest.desired ?? (sum > 0 ? sum : undefined);
}
