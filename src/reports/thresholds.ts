import { toShownFinding, type ShownFinding } from '../domain/describe-finding.ts';
import { combine } from '../domain/judgement.ts';
import { printTolerance } from '../domain/hypothesis.ts';
import type { PhaseName, Report } from './report.ts';
import { printFinding, printObserved, toCutFault } from './text.ts';

/** One tolerance of the hypothesis with what was observed of it. */
export type Threshold = {
  readonly tolerance: string;
  /** Of all phases since the fault began. */
  readonly finding: ShownFinding;
  /** `98.33 % during the fault, 100 % after it: held` */
  readonly value: string;
};

/** The sign of a finding: colour says nothing alone. */
export const findingSigns: Readonly<Record<ShownFinding, string>> = {
  held: '✓',
  deviated: '✕',
  inconclusive: '?',
  kept: '–',
};

/** Puts each tolerance next to its values under the fault and after it, or in the baseline where no fault was measured. */
export function toThresholds({ hypothesis, phases, fault }: Report): readonly Threshold[] {
  const underFault = phases.filter(({ name }) => name !== 'before');
  const shown = underFault.length > 0 ? underFault : phases;
  // What holds only after a fault that was not measured was not kept until its end.
  const cut = shown.some(({ name }) => name === 'fault') ? toCutFault(fault) : undefined;
  return hypothesis.tolerances.flatMap((tolerance, index) => {
    const judged = shown.flatMap(({ name, tolerances }) => {
      const judgement = tolerances[index];
      return judgement ? [{ name, judgement }] : [];
    });
    if (judged.length === 0) return [];
    const values = judged.map(
      ({ name, judgement }) => `${printObserved(judgement)} ${whenWords(name, fault.rehearsed)}`,
    );
    const all = combine(judged.map(({ judgement }) => judgement.finding));
    const finding = toShownFinding(all, cut);
    return [
      {
        tolerance: printTolerance(tolerance),
        finding,
        value: `${values.join(', ')}: ${printFinding(finding, cut)}`,
      },
    ];
  });
}

function whenWords(name: PhaseName, isRehearsal: boolean): string {
  if (name === 'before') return 'before any fault';
  if (isRehearsal) return name === 'fault' ? 'in the rehearsal' : 'after it';
  return name === 'fault' ? 'during the fault' : 'after it';
}
