import type {
  Catalogue,
  CatalogueCluster,
  ExperimentTemplate,
  ScoringService,
} from '../domain/catalogue.ts';
import { joinRules, type ApprovalRule } from '../domain/approval-rule.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import { printDuration } from '../domain/duration.ts';
import { countHitPods, type PodFault } from '../domain/fault.ts';
import { findNearestWord } from '../domain/nearest-word.ts';
import type { BlastRadius, Proposal } from '../domain/proposal.ts';
import { tailorExperiment } from '../domain/tailor-experiment.ts';
import type { Clock, ClusterSight, PodsReading } from './ports.ts';
import type { DraftRequest } from './use-cases.ts';

export type DraftDeps = {
  readonly catalogue: Catalogue;
  readonly cluster: ClusterSight;
  readonly clock: Clock;
};

/** What would be proposed: the template as changed, with the pods that match now. Nothing is recorded and nothing injected. */
export async function draftProposal(
  { experiment, parameters, proposer }: DraftRequest,
  { catalogue, clock, cluster: sight }: DraftDeps,
): Promise<Proposal> {
  const template = findExperiment(experiment, catalogue);
  const tailored = tailorExperiment(template, parameters);
  const service = findService(parameters.service ?? template.service, catalogue);
  const found = findCluster(service, catalogue);
  const { approvalRule: _stricter, ...cluster } = found;
  const reading = await sight.readPods(service, cluster);
  const proposedAt = clock.now();
  return {
    experiment: template.name,
    title: template.title,
    cluster,
    service,
    ...tailored,
    baselineMs: template.baselineMs,
    recoveryLimitMs: template.recoveryLimitMs,
    blastRadius: toBlastRadius(reading, { fault: tailored.fault, service, readAt: proposedAt }),
    approvalRule: toApprovalRule(template, found, catalogue),
    proposer,
    proposedAt,
    expiresAt: proposedAt + catalogue.approvals.expiresAfterMs,
  };
}

/** The rule for all, with what the cluster and the experiment ask for beyond it. */
function toApprovalRule(
  template: ExperimentTemplate,
  cluster: CatalogueCluster,
  { approvals }: Catalogue,
): ApprovalRule {
  return [cluster.approvalRule, template.approvalRule].reduce<ApprovalRule>(
    (rule, stricter) => (stricter ? joinRules(rule, stricter) : rule),
    approvals.rule,
  );
}

function findExperiment(name: string, { experiments }: Catalogue): ExperimentTemplate {
  const found = experiments.find((template) => template.name === name.toLowerCase());
  if (found) return found;
  const names = experiments.map((template) => template.name);
  const nearest = findNearestWord(name.toLowerCase(), names);
  throw new ChaosError('experiment-unknown', `There is no experiment "${name}".`, {
    suggestion: nearest ? `Did you mean \`run ${nearest}\`?` : `There are: ${names.join(', ')}.`,
  });
}

function findService(name: string, { services }: Catalogue): ScoringService {
  const found = services.find((service) => service.name === name.toLowerCase());
  if (found) return found;
  const names = services.map((service) => service.name);
  const nearest = findNearestWord(name, names);
  throw new ChaosError('parameter-invalid', `There is no service "${name}".`, {
    suggestion: nearest ? `Did you mean \`target=${nearest}\`?` : `There are: ${names.join(', ')}.`,
  });
}

function findCluster(service: ScoringService, { clusters }: Catalogue): CatalogueCluster {
  const found = clusters.find((cluster) => cluster.name === service.cluster);
  if (found) return found;
  throw new ChaosError('config-invalid', `The service ${service.name} names an unknown cluster.`, {
    suggestion: 'Correct `cluster` of the service in chaos.yaml.',
  });
}

function toBlastRadius(
  { pods, withoutReadinessProbe }: PodsReading,
  { fault, service, readAt }: { fault: PodFault; service: ScoringService; readAt: number },
): BlastRadius {
  const ready = pods.filter((pod) => pod.ready).length;
  const hit = countHitPods(fault, pods.length);
  if (pods.length === 0) throw noPods(service);
  if (hit.most === 0) throw hitsNothing(fault, pods.length);
  const warnings = [
    ...(withoutReadinessProbe
      ? ['No readiness probe: a failed pod stays Ready and keeps getting predictions.']
      : []),
    ...(hit.most >= ready ? ['Every ready pod may be hit: expect an outage.'] : []),
    ...(fault.mode === 'fixed' && (fault.value ?? 0) > pods.length
      ? [`${fault.value} pods were asked for, but only ${pods.length} match.`]
      : []),
    ...(ready < pods.length
      ? [`${pods.length - ready} of ${pods.length} pods are not ready already.`]
      : []),
    ...(fault.durationMs < 30_000
      ? [
          `${printDuration(fault.durationMs)} is short: few predictions will be seen under the fault.`,
        ]
      : []),
  ];
  return { readAt, pods, ready, hit, warnings };
}

function noPods(service: ScoringService): ChaosError {
  const selector = Object.entries(service.selector).map(([key, value]) => `${key}=${value}`);
  return new ChaosError(
    'no-pods-matched',
    `No pod in ${service.namespace} matches ${selector.join(',')}.`,
    {
      suggestion: `Check \`selector\` and \`namespace\` of ${service.name} in chaos.yaml, and that the service is deployed.`,
    },
  );
}

function hitsNothing(fault: PodFault, matched: number): ChaosError {
  return new ChaosError(
    'parameter-invalid',
    `${fault.value}% of ${matched} pods rounds down to no pod.`,
    {
      suggestion: `Ask for mode=one, or for at least ${Math.ceil(100 / matched)}%.`,
    },
  );
}
