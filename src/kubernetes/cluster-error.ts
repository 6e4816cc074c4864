import { ChaosError, type ErrorCode } from '../domain/chaos-error.ts';
import { chaosNamespace } from './pod-chaos.ts';

type Known = { readonly code: ErrorCode; readonly message: string; readonly suggestion: string };

/** What the bot reads, as permissions name it. */
export type Readable =
  | 'pods'
  | 'changes of pods'
  | 'poddisruptionbudgets.policy'
  | 'endpointslices.discovery.k8s.io'
  | 'nodes'
  | 'replicasets.apps and statefulsets.apps'
  | 'podchaos.chaos-mesh.org';

const byStatus: Readonly<Record<number, Known>> = {
  401: {
    code: 'cluster-unauthorized',
    message: 'The Kubernetes API refused the credential of the kubeconfig.',
    suggestion: 'Renew the credential, or point KUBECONFIG at one that is valid.',
  },
  404: {
    code: 'cluster-unreachable',
    message: 'What answers at the address of the cluster is not a Kubernetes API.',
    suggestion: 'Check the server of the kubeconfig.',
  },
};

const forbidden: Readonly<Record<Readable, Known>> = {
  pods: {
    code: 'cluster-forbidden',
    message: 'The bot may not read pods there.',
    suggestion: 'Give its account list and watch on pods in the namespace of the service.',
  },
  'changes of pods': {
    code: 'cluster-forbidden',
    message: 'The bot may list pods there, but not watch them.',
    suggestion: 'Give its account watch on pods in the namespace of the service.',
  },
  'poddisruptionbudgets.policy': {
    code: 'cluster-forbidden',
    message: 'The bot may not read disruption budgets there, so it cannot keep them.',
    suggestion:
      'Give its account list on poddisruptionbudgets.policy in the namespace of the service.',
  },
  'endpointslices.discovery.k8s.io': {
    code: 'cluster-forbidden',
    message: 'The bot may not read endpoint slices there.',
    suggestion:
      'Give its account list and watch on endpointslices.discovery.k8s.io in the namespace of the service.',
  },
  nodes: {
    code: 'cluster-forbidden',
    message: 'The bot may not read nodes there.',
    suggestion: 'Give its account list and watch on nodes, which are in no namespace.',
  },
  'replicasets.apps and statefulsets.apps': {
    code: 'cluster-forbidden',
    message: 'The bot may not read there how many pods a workload wants.',
    suggestion:
      'Give its account list on replicasets.apps and statefulsets.apps in the namespace of the service.',
  },
  'podchaos.chaos-mesh.org': {
    code: 'cluster-forbidden',
    message: "The bot may not read Chaos Mesh's records there.",
    suggestion: `Give its account list on podchaos.chaos-mesh.org in ${chaosNamespace}, where Chaos Studio makes them.`,
  },
};

const unreachable: Known = {
  code: 'cluster-unreachable',
  message: 'The Kubernetes API does not answer.',
  suggestion: 'Check the server of the kubeconfig, its certificate authority and the network.',
};

const noPlugin: Known = {
  code: 'cluster-unauthorized',
  message: 'The kubeconfig gets its credential from a program that is not installed here.',
  suggestion:
    'Install that program (for AKS: kubelogin) or use a kubeconfig that holds a credential.',
};

/** Names what went wrong with the cluster. The original error is the cause; its text, which may hold a token, is not repeated. */
export function toClusterError(thrown: unknown, what: Readable): ChaosError {
  if (thrown instanceof ChaosError) return thrown;
  const { code, message } = (thrown ?? {}) as { code?: unknown; message?: unknown };
  const missingPlugin = code === 'ENOENT' && String(message).includes('spawn');
  const known = missingPlugin ? noPlugin : (findKnown(code, what) ?? unreachable);
  return new ChaosError(known.code, known.message, { suggestion: known.suggestion, cause: thrown });
}

function findKnown(code: unknown, what: Readable): Known | undefined {
  if (code === 403) return forbidden[what];
  return typeof code === 'number' ? byStatus[code] : undefined;
}

/** Whether the API answered that this may not be read, or that it does not know it. */
export function isRefused(thrown: unknown, statuses: readonly number[] = [403, 404]): boolean {
  const { code, statusCode } = (thrown ?? {}) as { code?: unknown; statusCode?: unknown };
  return statuses.some((status) => code === status || statusCode === status);
}
