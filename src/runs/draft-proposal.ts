import type {
  Catalogue,
  CatalogueCluster,
  Cluster,
  ExperimentTemplate,
  ScoringService,
} from '../domain/catalogue.ts';
import { toBlastRadius } from '../domain/blast-radius.ts';
import { findClosed, type Closed } from '../domain/calendar.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import type { RunParameters } from '../domain/command.ts';
import { breakGlass, findPolicy, type Policy } from '../domain/find-policy.ts';
import type { Hypothesis } from '../domain/hypothesis.ts';
import { findGuardMisfit } from '../domain/guard-fit.ts';
import { findMetricProblem } from '../domain/metric.ts';
import { findBreach } from '../domain/limits.ts';
import { findNearestWord } from '../domain/nearest-word.ts';
import { printCommand } from '../domain/print-command.ts';
import type { BlastRadius, Proposal } from '../domain/proposal.ts';
import { tailorExperiment } from '../domain/tailor-experiment.ts';
import { cutText } from '../domain/visible-text.ts';
import { requireBudget } from './check-budget.ts';
import { againstPolicy, requireConditions, type ConditionDeps } from './check-conditions.ts';
import { isIdentityMissing, type IdentityDeps } from './find-identity.ts';
import { requireProposer, type EntitleDeps } from './entitle.ts';
import type { ClusterSight } from './ports/cluster-sight.ts';
import type { DraftRequest } from './use-cases.ts';

export type DraftDeps = EntitleDeps &
  ConditionDeps &
  IdentityDeps & { readonly cluster: ClusterSight };

/** What would be proposed: the template as changed, with the pods that match now. Nothing is recorded and nothing injected. */
export async function draftProposal(request: DraftRequest, deps: DraftDeps): Promise<Proposal> {
  const { parameters, rehearsal, proposer } = request;
  const { catalogue, clock } = deps;
  const template = findExperiment(request.experiment, catalogue, (experiment) =>
    printCommand({ kind: 'run', experiment, parameters, ...(rehearsal ? { rehearsal } : {}) }),
  );
  const tailored = tailorExperiment(template, parameters);
  const service = findService(parameters.service ?? template.service, catalogue);
  requireMetrics(tailored.hypothesis, service);
  requireGuards(template, service);
  const found = findCluster(service, catalogue);
  await requireProposer(proposer, { experiment: template.name, cluster: found.name }, deps);
  const policy = choosePolicy(findPolicy(template, found, catalogue), parameters, catalogue);
  await requirePolicy(policy, found.name, deps);
  const cluster = toCluster(found);
  const played = rehearsal ? { rehearsal } : {};
  const subject = { fault: tailored.fault, service, limits: policy.limits };
  const plan = { ...tailored, service, recoveryLimitMs: template.recoveryLimitMs };
  const budget = await requireBudget({ ...plan, ...played }, deps);
  const named = { experiment: template.name, service, cluster };
  const [blastRadius, identityMissing] = await Promise.all([
    readBlastRadius(subject, cluster, deps),
    rehearsal ? false : isIdentityMissing(named, deps),
  ]);
  const proposedAt = clock.now();
  return {
    ...named,
    title: template.title,
    ...tailored,
    recoveryLimitMs: template.recoveryLimitMs,
    ...budget,
    blastRadius,
    ...policy,
    ...played,
    ...(identityMissing ? { identityMissing } : {}),
    proposer,
    proposedAt,
    expiresAt: proposedAt + catalogue.approvals.expiresAfterMs,
  };
}

/** The rules in force, or, with a reason, those of break-glass. */
function choosePolicy(
  policy: Policy,
  { breakGlass: reason }: RunParameters,
  catalogue: Catalogue,
): Policy {
  if (reason === undefined) return policy;
  const broken = breakGlass(policy, catalogue, reason);
  if (broken) return broken;
  throw againstPolicy({
    rule: 'there is no break-glass here',
    suggestion: 'Leave `break-glass=` out, or have `breakGlass` set up in chaos.yaml.',
  });
}

async function requirePolicy(
  { calendar, conditions }: Policy,
  cluster: string,
  deps: DraftDeps,
): Promise<void> {
  const closed = calendar && findClosed(calendar, deps.clock.now());
  if (closed) throw againstPolicy({ rule: closed.rule, suggestion: printOpening(closed) });
  await requireConditions({ conditions, cluster }, deps);
}

/** What the fault would hit now. Rejects with `policy-refused` what goes past the limits. */
async function readBlastRadius(
  { fault, service, limits }: Pick<Proposal, 'fault' | 'service' | 'limits'>,
  cluster: Cluster,
  deps: DraftDeps,
): Promise<BlastRadius> {
  const matched = await deps.cluster.readPods(service, cluster);
  const blastRadius = toBlastRadius(matched, { fault, service, readAt: deps.clock.now() });
  const breach = findBreach(limits, { fault, service, blastRadius });
  if (breach) throw againstPolicy(breach);
  return blastRadius;
}

/** Without what the catalogue says beside the cluster itself. */
export function toCluster({
  name,
  resourceId,
  location,
  context,
  connect,
  experimentIdentityId,
}: Cluster): Cluster {
  return {
    name,
    resourceId,
    location,
    ...(context === undefined ? {} : { context }),
    ...(connect === undefined ? {} : { connect }),
    ...(experimentIdentityId === undefined ? {} : { experimentIdentityId }),
  };
}

/** When it would pass, in UTC. */
function printOpening({ opensAt }: Closed): string {
  if (opensAt === undefined) return 'It does not open again in the next months.';
  return `Propose it again from ${new Date(opensAt).toISOString().slice(0, 16).replace('T', ' ')} UTC on.`;
}

/** Rejects with `experiment-unknown`, and offers the whole command with the nearest name. */
export function findExperiment(
  name: string,
  { experiments }: Catalogue,
  toCommand = (experiment: string) => `run ${experiment}`,
): ExperimentTemplate {
  const lower = name.toLowerCase();
  const found =
    experiments.find((template) => template.name === name) ??
    experiments.find((template) => template.name.toLowerCase() === lower);
  if (found) return found;
  const names = experiments.map((template) => template.name);
  const nearest = findNearestWord(name.toLowerCase(), names);
  throw new ChaosError('experiment-unknown', `There is no experiment "${cutText(name, 60)}".`, {
    suggestion: nearest
      ? `Did you mean \`run ${nearest}\`?`
      : `Experiments: ${listNames(names)}. \`experiments\` describes them.`,
    tryInstead: nearest ? [toCommand(nearest)] : ['experiments'],
  });
}

const mostNames = 10;

/** The first few names, and how many more there are. */
function listNames(names: readonly string[]): string {
  const more = names.length - mostNames;
  return `${names.slice(0, mostNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

export function findService(name: string, { services }: Catalogue): ScoringService {
  const found = services.find((service) => service.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  const names = services.map((service) => service.name);
  const nearest = findNearestWord(name, names);
  throw new ChaosError('parameter-invalid', `There is no service "${cutText(name, 60)}".`, {
    suggestion: nearest ? `Did you mean \`target=${nearest}\`?` : `Services: ${listNames(names)}.`,
  });
}

/** Rejects with `parameter-invalid` a tolerance that speaks of what the service does not have. */
function requireMetrics({ tolerances }: Hypothesis, { name, metrics = [] }: ScoringService): void {
  const has = { name, metrics: metrics.map((metric) => metric.name) };
  const problem = tolerances
    .map((tolerance) => findMetricProblem(tolerance, has))
    .find((one) => one !== undefined);
  if (problem === undefined) return;
  throw new ChaosError('parameter-invalid', `This cannot be judged: ${problem}.`, {
    suggestion: 'Metrics are set up under the service in chaos.yaml, as `metrics`.',
  });
}

/** Throws `parameter-invalid` when a guard of the experiment cannot work on the service, as chaos.yaml is refused for its own service. */
function requireGuards({ name, guards }: ExperimentTemplate, service: ScoringService): void {
  const misfit = guards
    .map((guard) => findGuardMisfit(guard, service))
    .find((one) => one !== undefined);
  if (misfit === undefined) return;
  throw new ChaosError(
    'parameter-invalid',
    `${name} cannot run against ${service.name}: its guard ${misfit.setting} ${misfit.message}.`,
    {
      suggestion: `Run it against its own service, or change \`${misfit.setting}\` in chaos.yaml.`,
    },
  );
}

export function findCluster(service: ScoringService, { clusters }: Catalogue): CatalogueCluster {
  const found = clusters.find((cluster) => cluster.name === service.cluster);
  if (found) return found;
  throw new ChaosError('config-invalid', `The service ${service.name} names an unknown cluster.`, {
    suggestion: 'Correct `cluster` of the service in chaos.yaml.',
  });
}
