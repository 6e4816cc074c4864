import type { Unmet } from '../domain/conditions.ts';
import { printExactDuration } from '../domain/print-command.ts';
import type { Proposal } from '../domain/proposal.ts';
import {
  findOverspending,
  sumCharges,
  type Charge,
  type Overspending,
  type SpendingPlan,
} from '../domain/spending.ts';
import { againstPolicy } from './check-conditions.ts';
import type { Clock } from './ports/clock.ts';
import type { RunStore } from './ports/run-store.ts';

export type BudgetDeps = { readonly runs: Pick<RunStore, 'charges'>; readonly clock: Clock };

/**
 * Whether this run could spend too much of its service's error budget now. No other run of the service ends between this and the start: one run at a time has
 * the cluster.
 */
export async function findBudgetUnmet(
  plan: SpendingPlan,
  deps: BudgetDeps,
): Promise<Unmet | undefined> {
  return toUnmet(findOverspending(plan, await readCharges(plan, deps)));
}

function toUnmet(overspending: Overspending | undefined): Unmet | undefined {
  return overspending && { rule: overspending.rule, suggestion: toSuggestion(overspending) };
}

/** What was spent of the error budget, to be frozen with the proposal. Rejects with `policy-refused` when this could spend too much of what is left. */
export async function requireBudget(
  plan: SpendingPlan,
  deps: BudgetDeps,
): Promise<Pick<Proposal, 'budgetSpentMs'>> {
  const charges = await readCharges(plan, deps);
  const unmet = toUnmet(findOverspending(plan, charges));
  if (unmet) throw againstPolicy(unmet);
  return plan.service.objective ? { budgetSpentMs: sumCharges(charges) } : {};
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

/** What still counts of what runs of the service have spent. */
async function readCharges(
  { service: { objective, name, cluster } }: SpendingPlan,
  { runs, clock }: BudgetDeps,
): Promise<readonly Charge[]> {
  if (!objective) return [];
  return runs.charges({ cluster, service: name, since: clock.now() - objective.overMs });
}
