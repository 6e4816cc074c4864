import type { ErrorCode } from '../domain/chaos-error.ts';

/** A failure that Chaos Studio reports in words alone, and what to do about it. */
export type AzureProblem = {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  /** Completes "Could not ...:". */
  readonly what: string;
  readonly suggestion: string;
};

/** What Chaos Studio says when an experiment cannot do its work, as met in the field. */
const problems: readonly AzureProblem[] = [
  {
    pattern: /disable local accounts|static credential is not allowed/i,
    code: 'azure-local-accounts-disabled',
    what: 'the cluster disables local accounts, which Chaos Mesh faults of Chaos Studio need',
    suggestion:
      'Chaos Mesh faults of Chaos Studio need local accounts on the cluster. Enable them (`az aks update --enable-local-accounts`) or use a cluster that has them.',
  },
  {
    pattern: /chaos-controller-manager.*not found|expected 'chaos-testing' namespace/is,
    code: 'azure-chaos-mesh-missing',
    what: 'Chaos Mesh is not installed on the cluster',
    suggestion:
      'Install Chaos Mesh with helm in the namespace chaos-testing of the cluster and wait until its pods are ready.',
  },
  {
    pattern: /chaos mesh version .* not (currently )?supported/is,
    code: 'azure-chaos-mesh-unsupported',
    what: 'Chaos Studio does not support the version of Chaos Mesh on the cluster',
    suggestion: 'Install a version of Chaos Mesh that Chaos Studio supports, in chaos-testing.',
  },
  {
    pattern: /empty list of target/i,
    code: 'azure-targets-empty',
    what: 'the cluster is not a target of Chaos Studio',
    suggestion:
      'Enable the cluster as a target in Chaos Studio, with the capability PodChaos-2.2, then propose the experiment again.',
  },
  {
    pattern: /target resource\(?s?\)? could not be resolved/i,
    code: 'azure-target-unresolved',
    what: "the experiment's identity lacks its roles on the cluster",
    suggestion:
      "Give the experiment's identity the roles Azure Kubernetes Service RBAC Admin and Azure Kubernetes Service Cluster User Role on the cluster; `experiments prepare NAME` shows the commands.",
  },
  {
    pattern: /HttpClient\.Timeout of \d+ seconds/i,
    code: 'azure-cluster-unreachable',
    what: 'Chaos Studio cannot reach the API server of the cluster',
    suggestion:
      "Let Chaos Studio through: add the service tag ChaosStudio to the API server's authorized IP ranges (`az aks update --api-server-authorized-ip-ranges`), or use VNet injection for a private cluster.",
  },
  {
    pattern: /configuration was invalid|invalid ?(json|spec|parameter)|missing stressors/i,
    code: 'azure-experiment-invalid',
    what: "Azure refused the fault's parameters",
    suggestion:
      "Azure refused the fault's parameters. Compare them in chaos.yaml with what PodChaos-2.2 takes.",
  },
];

/** The known problem that a message of Azure describes; undefined when it is none that we know. */
export function findAzureProblem(message: string): AzureProblem | undefined {
  const text = message.slice(0, 4_000);
  return problems.find(({ pattern }) => pattern.test(text));
}
