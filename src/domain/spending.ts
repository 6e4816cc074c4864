import { sum, toStake, type StakePart } from './at-stake.ts';
import { printDuration } from './duration.ts';
import { toBudgetMs, toLostMs, toPrice } from './error-budget.ts';
import { shortestFaultMs } from './fault.ts';
import { hadRecovered } from './had-recovered.ts';
import { joinSeconds } from './join-seconds.ts';
import type { SecondMeasurement } from './measurement.ts';
import { countLost } from './prediction-stream.ts';
import type { Proposal } from './proposal.ts';
import type { Run } from './run.ts';

/** What a run has cost its service: predictions lost since the fault was asked for, and the time without any that they stand for. */
export type Spending = {
  readonly lost: number;
  readonly sent: number;
  readonly ms: number;
  readonly span: LostSpan;
  /** How many were lost in each part of that time; absent where a journal does not tell. */
  readonly parts?: readonly SpendingPart[];
};

export type SpendingPart = {
  readonly name: StakePart['name'];
  readonly lost: number;
  readonly sent: number;
};

/** The span of a run whose lost predictions it is charged with: from the request for the start until the service had recovered, as far as a journal tells. */
export type LostSpan = {
  readonly from: 'start-request' | 'fault';
  readonly until: 'recovery' | 'end' | 'fault-end';
  /** There was no fault: it is of a rehearsal. */
  readonly rehearsed?: true;
};

/** What was lost from the request for the start until the service had recovered; undefined when nothing was measured under a fault. */
export function toSpending(run: Run): Spending | undefined {
  const stake = toStake(run);
  const { ratePerSecond } = run.proposal.service.scoring;
  if (!stake) return toSpendingBySeconds(run);
  const { sent } = sum(stake.parts);
  const lost = countLost(stake.parts);
  const parts = stake.parts.map((part) => ({
    name: part.name,
    lost: part.sent - part.good,
    sent: part.sent,
  }));
  const span = { from: 'start-request', ...toSpanEnd(run) } as const;
  return { lost, sent, ms: toLostMs(lost, ratePerSecond), span, parts };
}

/** The same for a run of which the time between the phases was not recorded: what it lost since the end of the fault is known in whole seconds only. */
function toSpendingBySeconds(run: Run): Spending | undefined {
  const { observed, proposal } = run;
  if (!observed) return undefined;
  const { predictions, endedAt } = observed.measurement;
  const { sent, good } = predictions;
  const waited = findWaited(run, endedAt);
  const lost = sent - good + countLost(waited);
  return {
    lost,
    sent: sent + waited.reduce((all, second) => all + second.sent, 0),
    ms: toLostMs(lost, proposal.service.scoring.ratePerSecond),
    span: { from: 'fault', ...toSpanEnd(run) },
  };
}

const toSpanEnd = (run: Run) => ({
  until: findUntil(run),
  ...(run.proposal.rehearsal ? ({ rehearsed: true } as const) : {}),
});

function findUntil(run: Run): LostSpan['until'] {
  if (!run.recovered) return 'fault-end';
  return hadRecovered(run) ? 'recovery' : 'end';
}

/** The seconds from the end of the fault until the service had recovered: all after it, where it had not. */
function findWaited(run: Run, from: number): readonly SecondMeasurement[] {
  if (!run.recovered) return [];
  const { measurement } = run.recovered;
  const until = hadRecovered(run) ? measurement.startedAt : Number.POSITIVE_INFINITY;
  return joinSeconds([measurement]).filter(({ at }) => at >= from && at < until);
}

/** A run may have been proposed so long before it ended: chaos.yaml lets it wait for 30 days, its start for 7 more, and a fault lasts for 12 h. */
export const longestRunMs = 40 * 24 * 3_600_000;

/** What a run has spent of the error budget of its service, and when it ended, ms since the epoch. */
export type Charge = { readonly at: number; readonly ms: number };

/** Returns what a run that has ended is charged with: nothing for a rehearsal, and the worst for a fault that nobody could measure. */
export function toCharge(run: Run): Charge {
  const { end, phaseSince, proposal } = run;
  const mayHaveCost = run.faultActiveAt !== undefined || run.faultSeen !== undefined;
  const worstMs = mayHaveCost ? toPrice(proposal).totalMs : 0;
  const ms = proposal.rehearsal ? 0 : (toSpending(run)?.ms ?? worstMs);
  return { at: end?.at ?? phaseSince, ms };
}

/** What was spent altogether, as time without any prediction. */
export function sumCharges(charges: readonly Charge[]): number {
  return charges.reduce((sum, { ms }) => sum + ms, 0);
}

/** What the price of a run depends on. A rehearsal injects nothing, and so costs nothing. */
export type SpendingPlan = Pick<
  Proposal,
  'service' | 'fault' | 'guards' | 'recoveryLimitMs' | 'rehearsal'
>;

/** Why a run at its worst would leave too little of the error budget, and what would pass. */
export type Overspending = {
  readonly rule: string;
  /** When enough of what was spent no longer counts, ms since the epoch; absent when the run alone is too much. */
  readonly passesAt?: number;
  /** The longest fault that would pass now; absent when there is none. */
  readonly longestMs?: number;
};

/** Whether a plan at its worst would take the budget of its service below what must be left; undefined when it does not. `charges` are those that count now. */
export function findOverspending(
  plan: SpendingPlan,
  charges: readonly Charge[],
): Overspending | undefined {
  const { objective, name } = plan.service;
  if (objective?.leave === undefined || plan.rehearsal) return undefined;
  const budgetMs = toBudgetMs(objective);
  const mayMs = budgetMs * (1 - objective.leave);
  const [spentMs, { totalMs }] = [sumCharges(charges), toPrice(plan)];
  if (spentMs + totalMs <= mayMs) return undefined;
  const percent = Number((objective.leave * 100).toFixed(2));
  const rule = `${percent}% of the error budget of ${name} (${printDuration(budgetMs)} over ${printDuration(objective.overMs)}) must be left, ${printDuration(spentMs)} are spent, and this run may spend ${printDuration(totalMs)} more`;
  const passesAt = findPassing(charges, mayMs - totalMs, objective.overMs);
  const longestMs = Math.floor((mayMs - spentMs - plan.recoveryLimitMs) / 1_000) * 1_000;
  return {
    rule,
    ...(passesAt === undefined ? {} : { passesAt }),
    ...(longestMs < shortestFaultMs ? {} : { longestMs }),
  };
}

/** When so much of what was spent has fallen out of the span of the objective that no more than `mayMs` remains; undefined when that is never. */
function findPassing(
  charges: readonly Charge[],
  mayMs: number,
  overMs: number,
): number | undefined {
  if (mayMs < 0) return undefined;
  let remaining = sumCharges(charges);
  for (const { at, ms } of charges.toSorted((one, other) => one.at - other.at)) {
    remaining -= ms;
    if (remaining <= mayMs) return at + overMs;
  }
  return undefined;
}
