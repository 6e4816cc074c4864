import type { Run } from '../domain/run.ts';
import type { Verdict } from '../domain/run-event.ts';

const verdicts: readonly Verdict[] = ['held', 'deviated', 'inconclusive', 'void'];

/** Counts ended runs by their verdict: `7 runs ended: 3 held, 2 deviated, 1 inconclusive, 1 void.` */
export function printVerdicts(runs: readonly Run[]): string {
  if (runs.length === 0) return 'No run ended in this time.';
  const count = (verdict: Verdict | null) =>
    runs.filter(({ end }) => (end?.verdict ?? null) === verdict).length;
  const counted = verdicts.map((verdict) => `${count(verdict)} ${verdict}`).join(', ');
  const without = count(null);
  const rest = without === 0 ? '' : `, ${without} without a verdict`;
  return `${runs.length === 1 ? '1 run' : `${runs.length} runs`} ended: ${counted}${rest}.`;
}
