import { AuthorizationV1Api } from '@kubernetes/client-node';
import type { Cluster } from '../domain/catalogue.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import { isRefused, toClusterError } from './cluster-error.ts';
import { loadKubeConfig, type KubeConfigSource } from './load-kube-config.ts';
import { chaosNamespace } from './pod-chaos.ts';

/** Permissions are asked for in a namespace, or for the cluster where none is named. */
type Permission = {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** What a run does without. */
  readonly optional?: true;
  readonly namespace?: string;
};

const namespaced: readonly Permission[] = [
  { group: '', resource: 'pods', verbs: ['list', 'watch'] },
  { group: 'policy', resource: 'poddisruptionbudgets', verbs: ['list'] },
  {
    group: 'discovery.k8s.io',
    resource: 'endpointslices',
    verbs: ['list', 'watch'],
    optional: true,
  },
  { group: 'apps', resource: 'replicasets', verbs: ['list'], optional: true },
  { group: 'apps', resource: 'statefulsets', verbs: ['list'], optional: true },
];
const elsewhere: readonly Permission[] = [
  { group: '', resource: 'nodes', verbs: ['list', 'watch'], optional: true },
  {
    group: 'chaos-mesh.org',
    resource: 'podchaos',
    verbs: ['list'],
    optional: true,
    namespace: chaosNamespace,
  },
];

type Asked = Permission & { readonly verb: string };

/**
 * Asks the cluster what the bot's account may do (SelfSubjectAccessReview), also of what a look cannot try, such as watching. Rejects with
 * `cluster-forbidden` and the kubectl commands when something needed is missing; resolves to remarks on what runs do without.
 */
export async function findMissingPermissions(
  cluster: Cluster,
  namespaces: readonly string[],
  source: KubeConfigSource,
): Promise<readonly string[]> {
  const inNamespaces = [...new Set(namespaces)].flatMap((namespace) =>
    namespaced.map((permission) => ({ ...permission, namespace })),
  );
  const asked = [...inNamespaces, ...elsewhere].flatMap(toVerbs);
  const allowed = await ask(cluster, asked, source).catch((error: unknown) => {
    // A cluster may not let accounts ask this; what can be read was read.
    if (isRefused(error)) return undefined;
    throw toClusterError(error, 'pods');
  });
  if (!allowed) return ['What its account may do could not be asked.'];
  const missing = asked.filter((_, index) => !allowed[index]);
  const needed = missing.filter(({ optional }) => !optional);
  if (needed.length > 0) throw forbidden(needed);
  return missing.length === 0
    ? []
    : [
        `Runs do without: ${missing.map(print).join(', ')}.${describeLoss(missing)} To allow it: ${printCommands(missing)}.`,
      ];
}

/** Without Chaos Mesh's records, what happened to pods is the only proof of a fault. */
function describeLoss(missing: readonly Asked[]): string {
  return missing.some(({ resource }) => resource === 'podchaos')
    ? " Chaos Mesh's records can't be read, so faults are judged by signature."
    : '';
}

function toVerbs(permission: Permission): Asked[] {
  return permission.verbs.map((verb) => ({ ...permission, verb }));
}

async function ask(
  cluster: Cluster,
  asked: readonly Asked[],
  source: KubeConfigSource,
): Promise<readonly boolean[]> {
  const config = await loadKubeConfig(cluster, source);
  const api = config.makeApiClient(AuthorizationV1Api);
  return Promise.all(
    asked.map(async ({ group, resource, verb, namespace }) => {
      const resourceAttributes = { group, resource, verb, ...(namespace ? { namespace } : {}) };
      const review = await api.createSelfSubjectAccessReview({
        body: { spec: { resourceAttributes } },
      });
      return review.status?.allowed === true;
    }),
  );
}

function forbidden(missing: readonly Asked[]): ChaosError {
  return new ChaosError(
    'cluster-forbidden',
    `The account of the bot may not ${missing.map(print).join(', ')}.`,
    {
      suggestion: `Allow it: ${printCommands(missing)}. The whole role is in docs/kubernetes.md.`,
    },
  );
}

/** `watch pods in default` */
function print({ verb, resource, namespace }: Asked): string {
  return `${verb} ${resource}${namespace ? ` in ${namespace}` : ''}`;
}

/** A role for each namespace and one for the cluster, and their bindings to the account, which only its owner knows. */
function printCommands(missing: readonly Asked[]): string {
  const places = [...new Set(missing.map(({ namespace }) => namespace))];
  return places
    .map((namespace) => {
      const here = missing.filter((one) => one.namespace === namespace);
      const resources = [...new Set(here.map(toResource))].join(',');
      const verbs = [...new Set(here.map(({ verb }) => verb))].join(',');
      const [role, where] = namespace ? ['role', ` --namespace ${namespace}`] : ['clusterrole', ''];
      const name = `chaos-marshal-${toRoleSuffix(namespace)}`;
      const create = `kubectl create ${role} ${name}${where} --verb=${verbs} --resource=${resources}`;
      const bind = `kubectl create ${role}binding ${name}${where} --${role}=${name} --user=ACCOUNT`;
      return `\`${create} && ${bind}\``;
    })
    .join(' and ');
}

function toRoleSuffix(namespace: string | undefined): string {
  if (namespace === undefined) return 'nodes';
  return namespace === chaosNamespace ? 'records' : 'pods';
}

function toResource({ resource, group }: Asked): string {
  return group ? `${resource}.${group}` : resource;
}
