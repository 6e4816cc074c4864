import { printDuration } from '../domain/duration.ts';
import { toBudgetMs, toPrice } from '../domain/error-budget.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Run } from '../domain/run.ts';
import { printShare } from '../domain/print-numbers.ts';
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
  return `${price}: ${printOfBudget(totalMs, proposal)}${spent}`;
}

/** `10 of 600 predictions lost, as 1s without any: 0.1 % of the error budget of 43m 12s`; undefined when nothing was measured under a fault. */
export function printSpending(run: Run): string | undefined {
  const spending = toSpending(run);
  if (!spending) return undefined;
  const { lost, sent, ms } = spending;
  const spent = `${lost} of ${sent} predictions lost, as ${printDuration(ms)} without any`;
  return run.proposal.service.objective ? `${spent}: ${printOfBudget(ms, run.proposal)}` : spent;
}

function printOfBudget(ms: number, { service: { objective } }: Proposal): string {
  if (!objective) return '';
  const budgetMs = toBudgetMs(objective);
  const share = ms / budgetMs;
  const shown = share > 0 && share < 0.001 ? `less than ${printShare(0.001)}` : printShare(share);
  return `${shown} of the error budget of ${printDuration(budgetMs)}`;
}
