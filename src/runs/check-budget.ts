import type { Unmet } from '../domain/conditions.ts';
import { printExactDuration } from '../domain/print-command.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Run } from '../domain/run.ts';
import {
  findOverspending,
  listCharges,
  sumCharges,
  type Overspending,
  type SpendingPlan,
} from '../domain/spending.ts';
import { againstPolicy } from './check-conditions.ts';
import type { Clock } from './ports/clock.ts';
import type { RunStore } from './ports/run-store.ts';

export type BudgetDeps = { readonly runs: Pick<RunStore, 'list'>; readonly clock: Clock };

/** A run may have been proposed so long before it ended. */
const longestRunMs = 48 * 3_600_000;
/** More than a team can do in the span of an objective. */
const mostRuns = 10_000;

/**
 * Whether this run could spend too much of its service's error budget now. No other run of the service ends between this and the start: one run at a time has
 * the cluster.
 */
export async function findBudgetUnmet(
  plan: SpendingPlan,
  deps: BudgetDeps,
): Promise<Unmet | undefined> {
  const overspending = findOverspending(plan, {
    runs: await readEarlierRuns(plan, deps),
    now: deps.clock.now(),
  });
  return overspending && { rule: overspending.rule, suggestion: toSuggestion(overspending) };
}

/** What was spent of the error budget, to be frozen with the proposal. Rejects with `policy-refused` when this could spend too much of what is left. */
export async function requireBudget(
  plan: SpendingPlan,
  deps: BudgetDeps,
): Promise<Pick<Proposal, 'budgetSpentMs'>> {
  const unmet = await findBudgetUnmet(plan, deps);
  if (unmet) throw againstPolicy(unmet);
  if (!plan.service.objective) return {};
  const runs = await readEarlierRuns(plan, deps);
  return { budgetSpentMs: sumCharges(listCharges(plan, runs, deps.clock.now())) };
}

function toSuggestion({ passesAt, longestMs }: Overspending): string {
  const ways = [
    ...(longestMs === undefined ? [] : [`with duration=${printExactDuration(longestMs)} or less`]),
    ...(passesAt === undefined
      ? []
      : [`from ${new Date(passesAt).toISOString().slice(0, 16).replace('T', ' ')} UTC on`]),
  ];
  return ways.length > 0
    ? `It would pass ${ways.join(', or ')}.`
    : 'It never passes as it is: shorten the fault or the recovery limit of the experiment, or set `spendAtMost` among its guards.';
}

async function readEarlierRuns(
  { service: { objective } }: SpendingPlan,
  { runs, clock }: BudgetDeps,
): Promise<readonly Run[]> {
  if (!objective) return [];
  const since = clock.now() - objective.overMs - longestRunMs;
  return runs.list({ phases: ['ended'], since, limit: mostRuns });
}
