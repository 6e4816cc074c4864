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
import { printExactDuration } from '../domain/print-command.ts';
import type { Proposal } from '../domain/proposal.ts';
import {
  findOverspending,
  listCharges,
  sumCharges,
  type Overspending,
} from '../domain/spending.ts';
import { tailorExperiment } from '../domain/tailor-experiment.ts';
import type { ClusterSight } from './ports.ts';
import { readEarlierRuns, type EarlierDeps } from './read-earlier-runs.ts';
import type { DraftRequest } from './use-cases.ts';

export type DraftDeps = EarlierDeps & {
  readonly catalogue: Catalogue;
  readonly cluster: ClusterSight;
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
  const { approvalRule: _rule, limits: _limits, calendar: _calendar, ...cluster } = found;
  const calendar = template.calendar ?? found.calendar ?? catalogue.calendar;
  const closed = calendar && findClosed(calendar, clock.now());
  if (closed) throw againstPolicy({ rule: closed.rule, suggestion: printOpening(closed) });
  const plan = { ...tailored, service, recoveryLimitMs: template.recoveryLimitMs };
  const budget = await checkBudget(plan, deps);
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
    ...budget,
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

/** What was spent of the service's error budget, to be frozen with the proposal. Rejects when this could spend too much of what is left. */
async function checkBudget(
  plan: Pick<Proposal, 'service' | 'fault' | 'guards' | 'recoveryLimitMs'>,
  deps: DraftDeps,
): Promise<Pick<Proposal, 'budgetSpentMs'>> {
  const runs = await readEarlierRuns(plan.service, deps);
  const now = deps.clock.now();
  const overspending = findOverspending(plan, { runs, now });
  if (overspending) throw againstBudget(overspending);
  return plan.service.objective ? { budgetSpentMs: sumCharges(listCharges(plan, runs, now)) } : {};
}

/** When it would pass, in UTC. */
function printOpening({ opensAt }: Closed): string {
  if (opensAt === undefined) return 'It does not open again in the next months.';
  return `Propose it again from ${printMinute(opensAt)} on.`;
}

const printMinute = (at: number) =>
  `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** Says what the error budget allows, and when it would allow more. */
export function againstBudget({ rule, passesAt, longestMs }: Overspending): ChaosError {
  const ways = [
    ...(longestMs === undefined ? [] : [`with duration=${printExactDuration(longestMs)} or less`]),
    ...(passesAt === undefined ? [] : [`from ${printMinute(passesAt)} on`]),
  ];
  const suggestion =
    ways.length > 0
      ? `It would pass ${ways.join(', or ')}.`
      : 'It never passes as it is: shorten the fault or the recovery limit of the experiment, or set `spendAtMost` among its guards.';
  return againstPolicy({ rule, suggestion });
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
