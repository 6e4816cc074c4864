import type {
  Catalogue,
  CatalogueCluster,
  ExperimentTemplate,
  ScoringService,
} from '../domain/catalogue.ts';
import { joinRules, type ApprovalRule } from '../domain/approval-rule.ts';
import { toBlastRadius } from '../domain/blast-radius.ts';
import { findClosed, type Closed } from '../domain/calendar.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import { findBreach, joinLimits, type Limits } from '../domain/limits.ts';
import { findNearestWord } from '../domain/nearest-word.ts';
import type { Proposal } from '../domain/proposal.ts';
import { tailorExperiment } from '../domain/tailor-experiment.ts';
import { requireProposer, type EntitleDeps } from './entitle.ts';
import type { Clock, ClusterSight } from './ports.ts';
import type { DraftRequest } from './use-cases.ts';

export type DraftDeps = EntitleDeps & {
  readonly cluster: ClusterSight;
  readonly clock: Clock;
};

/** What would be proposed: the template as changed, with the pods that match now. Nothing is recorded and nothing injected. */
export async function draftProposal(
  { experiment, parameters, proposer }: DraftRequest,
  deps: DraftDeps,
): Promise<Proposal> {
  const { catalogue, clock, cluster: sight } = deps;
  const template = findExperiment(experiment, catalogue);
  const tailored = tailorExperiment(template, parameters);
  const service = findService(parameters.service ?? template.service, catalogue);
  const found = findCluster(service, catalogue);
  await requireProposer(proposer, { experiment: template.name, cluster: found.name }, deps);
  const { approvalRule: _rule, limits: _limits, calendar: _calendar, ...more } = found;
  const { access: _access, ...cluster } = more;
  const calendar = template.calendar ?? found.calendar ?? catalogue.calendar;
  const closed = calendar && findClosed(calendar, clock.now());
  if (closed) throw againstPolicy({ rule: closed.rule, suggestion: printOpening(closed) });
  const reading = await sight.readPods(service, cluster);
  const proposedAt = clock.now();
  const { fault } = tailored;
  const blastRadius = toBlastRadius(reading, { fault, service, readAt: proposedAt });
  const limits = toLimits(template, found, catalogue);
  const breach = findBreach(limits, { fault, service, blastRadius });
  if (breach) throw againstPolicy(breach);
  return {
    experiment: template.name,
    title: template.title,
    cluster,
    service,
    ...tailored,
    baselineMs: template.baselineMs,
    recoveryLimitMs: template.recoveryLimitMs,
    blastRadius,
    limits,
    ...(calendar ? { calendar } : {}),
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

function toLimits(
  template: ExperimentTemplate,
  cluster: CatalogueCluster,
  { limits }: Catalogue,
): Limits {
  return [cluster.limits, template.limits].reduce<Limits>(
    (joined, tighter) => (tighter ? joinLimits(joined, tighter) : joined),
    limits,
  );
}

/** When it would pass, in UTC. */
function printOpening({ opensAt }: Closed): string {
  if (opensAt === undefined) return 'It does not open again in the next months.';
  return `Propose it again from ${new Date(opensAt).toISOString().slice(0, 16).replace('T', ' ')} UTC on.`;
}

function againstPolicy({ rule, suggestion }: { rule: string; suggestion: string }): ChaosError {
  return new ChaosError('policy-refused', `The policy refuses this: ${rule}.`, { suggestion });
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
  const found = services.find((service) => service.name.toLowerCase() === name.toLowerCase());
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
