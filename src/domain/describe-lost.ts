import { printDuration } from './duration.ts';
import type { LostTotals } from './lost-totals.ts';
import { printShare } from './print-numbers.ts';
import type { LostSpan, Spending, SpendingPart } from './spending.ts';

/** Prints the span that a total of lost predictions is of: `from the start request to recovery`. */
export function printLostSpan({ from, until, rehearsed }: LostSpan): string {
  if (rehearsed) {
    return until === 'fault-end'
      ? 'in the rehearsal'
      : `from the beginning of the rehearsal to ${untilWords[until]}`;
  }
  if (from === 'fault' && until === 'fault-end') return 'during the fault';
  return `from the ${fromWords[from]} to ${untilWords[until]}`;
}

const fromWords: Readonly<Record<LostSpan['from'], string>> = {
  'start-request': 'start request',
  fault: 'beginning of the fault',
};

const untilWords: Readonly<Record<LostSpan['until'], string>> = {
  recovery: 'recovery',
  end: 'the end of the run',
  'fault-end': 'the end of the fault',
};

/** `11 of 232 predictions failed from the start request to recovery`, in which part of that time, and what that stands for. */
export function describeSpending(
  { lost, sent, ms, span, parts = [] }: Spending,
  budgetMs?: number,
): string {
  const failed = `${lost} of ${sent} predictions failed ${printLostSpan(span)}${printParts(parts, span)}`;
  const spent = `${failed}, equal to ${printDuration(ms)} of full outage`;
  return budgetMs === undefined ? spent : `${spent}: ${printOfBudget(ms, budgetMs)}`;
}

/** `6.94 % of the error budget of 43m 12s` */
export function printOfBudget(ms: number, budgetMs: number): string {
  return `${printShare(ms / budgetMs)} of the error budget of ${printDuration(budgetMs)}`;
}

/** Where the last measurement counts as well, the service had not recovered for good when that began. */
function printPart(name: SpendingPart['name'], { until, rehearsed }: LostSpan): string {
  switch (name) {
    case 'preparing':
      return rehearsed ? 'before it' : 'before the fault was active';
    case 'fault':
      return rehearsed ? 'in the rehearsal' : 'during the fault';
    case 'waiting':
      return until === 'recovery'
        ? 'from its end to recovery'
        : 'from its end to the last measurement';
    case 'after':
      return 'in the last measurement';
  }
}

/** ` (0 of 26 before the fault was active, 303 of 600 during the fault)`: parts in which nothing was due are left out. */
function printParts(parts: readonly SpendingPart[], span: LostSpan): string {
  const measured = parts.filter(({ sent }) => sent > 0);
  if (measured.length < 2 || measured.every(({ lost }) => lost === 0)) return '';
  return ` (${measured.map(({ name, lost, sent }) => `${lost} of ${sent} ${printPart(name, span)}`).join(', ')})`;
}

/** `3 of 11 in 1 outage, 8 outside of outages`; empty where nothing was lost. */
export function describeInOutages({ lost, inOutages, outages, outside }: LostTotals): string {
  if (lost === 0) return '';
  if (inOutages === 0) return 'none in an outage';
  const count = outages === 1 ? '1 outage' : `${outages} outages`;
  if (outside.lost === 0) return `all of them in ${count}`;
  const within = `${inOutages} of ${lost} in ${count}`;
  return `${within}, ${outside.lost} outside of outages`;
}
