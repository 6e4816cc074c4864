import { ChaosError, type ErrorCode } from '../domain/chaos-error.ts';

type Known = { readonly code: ErrorCode; readonly message: string; readonly suggestion: string };

const byStatus: Readonly<Record<number, Known>> = {
  401: {
    code: 'cluster-unauthorized',
    message: 'The Kubernetes API refused the credential of the kubeconfig.',
    suggestion: 'Renew the credential, or point KUBECONFIG at one that is valid.',
  },
  403: {
    code: 'cluster-forbidden',
    message: 'The bot may not read pods there.',
    suggestion: 'Give its account get, list and watch on pods in the namespace of the service.',
  },
  404: {
    code: 'cluster-unreachable',
    message: 'What answers at the address of the cluster is not a Kubernetes API.',
    suggestion: 'Check the server of the kubeconfig.',
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
export function toClusterError(thrown: unknown): ChaosError {
  if (thrown instanceof ChaosError) return thrown;
  const { code, message } = (thrown ?? {}) as { code?: unknown; message?: unknown };
  const missingPlugin = code === 'ENOENT' && String(message).includes('spawn');
  const known = missingPlugin
    ? noPlugin
    : ((typeof code === 'number' ? byStatus[code] : undefined) ?? unreachable);
  return new ChaosError(known.code, known.message, { suggestion: known.suggestion, cause: thrown });
}
