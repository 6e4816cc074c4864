import type { ErrorCode } from '../domain/chaos-error.ts';

/** A failure that Azure reports in words, and what to do about it. */
export type AzureProblem = {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly suggestion: string;
};

/** What Chaos Studio says when an experiment cannot do its work, as met in the field. */
const problems: readonly AzureProblem[] = [
  {
    pattern: /disable local accounts|static credential is not allowed/i,
    code: 'azure-local-accounts-disabled',
    suggestion:
      'Chaos Mesh faults of Chaos Studio need local accounts on the cluster. Enable them (az aks update --enable-local-accounts) or use a cluster that has them.',
  },
  {
    pattern: /chaos-controller-manager.*not found|expected 'chaos-testing' namespace/is,
    code: 'azure-chaos-mesh-missing',
    suggestion:
      'Install Chaos Mesh with helm in the namespace chaos-testing of the cluster and wait until its pods are ready.',
  },
  {
    pattern: /chaos mesh version .* not (currently )?supported/is,
    code: 'azure-chaos-mesh-unsupported',
    suggestion: 'Install a version of Chaos Mesh that Chaos Studio supports, in chaos-testing.',
  },
  {
    pattern: /empty list of target/i,
    code: 'azure-targets-empty',
    suggestion:
      'Enable the cluster as a target in Chaos Studio, with the capability PodChaos-2.2, then propose the experiment again.',
  },
  {
    pattern: /target resource\(?s?\)? could not be resolved/i,
    code: 'azure-target-unresolved',
    suggestion:
      "Give the experiment's identity the roles Azure Kubernetes Service RBAC Admin and Azure Kubernetes Service Cluster User Role on the cluster.",
  },
  {
    pattern: /configuration was invalid|invalid ?(json|spec|parameter)|missing stressors/i,
    code: 'azure-experiment-invalid',
    suggestion:
      "Azure refused the fault's parameters. Compare them in chaos.yaml with what PodChaos-2.2 takes.",
  },
];

/** The known problem that a message of Azure describes; undefined when it is none that we know. */
export function findAzureProblem(message: string): AzureProblem | undefined {
  return problems.find(({ pattern }) => pattern.test(message));
}

const longestQuote = 300;

/** Azure's words as they may be shown and stored: one line, not long, without anything that could be a token. */
export function quoteAzure(message: string): string {
  const line = message
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/bearer \S+/gi, 'bearer [removed]')
    .replaceAll(/eyJ[\w-]+(\.[\w-]+)*/g, '[removed]')
    .replaceAll(/\b(sig|secret|password|key|token)=[^\s&]+/gi, '$1=[removed]');
  return line.length > longestQuote ? `${line.slice(0, longestQuote)}…` : line;
}
