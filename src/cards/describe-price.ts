import { printDuration } from '../domain/duration.ts';
import { toBudgetMs, toPrice } from '../domain/error-budget.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Run } from '../domain/run.ts';
import { describeSpending, printOfBudget } from '../domain/describe-lost.ts';
import { toSpending } from '../domain/spending.ts';

/** `4m of full outage (60s of fault, 3m to recover): 9.3 % of the error budget of 43m 12s, 12s of it used` */
export function printPrice(proposal: Proposal): string {
  if (proposal.rehearsal) return 'None: this is a rehearsal';
  const { faultMs, recoveryMs, totalMs, capped } = toPrice(proposal);
  const fault = `${printDuration(faultMs)} ${capped ? 'until the error-budget cap ends the fault' : 'of fault'}`;
  const price = `${printDuration(totalMs)} of full outage (${fault}, ${printDuration(recoveryMs)} to recover)`;
  const { objective } = proposal.service;
  if (!objective) return price;
  const spent = proposal.budgetSpentMs
    ? `, ${printDuration(proposal.budgetSpentMs)} of it used`
    : ', none of it used so far';
  return `${price}: ${printOfBudget(totalMs, toBudgetMs(objective))}${spent}`;
}

/** Says what a run has cost, as its report does; undefined when nothing was measured under a fault. */
export function printSpending(run: Run): string | undefined {
  const spending = toSpending(run);
  const { objective } = run.proposal.service;
  return spending && describeSpending(spending, objective && toBudgetMs(objective));
}
