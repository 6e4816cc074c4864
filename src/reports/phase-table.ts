import { describeCoverage } from '../domain/describe-gaps.ts';
import { printDuration } from '../domain/duration.ts';
import type { PhaseFacts, Report } from './report.ts';
import { printFailures, printInterval, printLatency, printShare } from '../domain/print-numbers.ts';
import { toPhaseTitle } from './text.ts';

/** The numbers of the phases side by side: a heading for each column, and the rows. */
export function toPhaseTable({ phases, fault }: Pick<Report, 'phases' | 'fault'>): {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const row = (name: string, print: (phase: PhaseFacts) => string) => [name, ...phases.map(print)];
  return {
    head: ['Measure', ...phases.map(({ name }) => toPhaseTitle(name, fault))],
    rows: [
      row('Availability', ({ availability }) =>
        availability === null ? '–' : printShare(availability),
      ),
      row('95 % interval', ({ interval }) => (interval ? printInterval(interval) : '–')),
      row('Measured of due', ({ sent, due }) => `${sent} of ${due}`),
      row('Good of measured', ({ good, sent }) => `${good} of ${sent}`),
      row('Failures', ({ failures }) => printFailures(failures)),
      row('p50 of right answers', ({ latency }) => (latency ? printLatency(latency.p50Ms) : '–')),
      row('p95 of right answers', ({ latency }) => (latency ? printLatency(latency.p95Ms) : '–')),
      row('p99 of right answers', ({ latency }) => (latency ? printLatency(latency.p99Ms) : '–')),
      ...(phases.some(({ schedule }) => schedule)
        ? [row('Sent late by p50 / p99 / most', ({ schedule }) => printLateness(schedule))]
        : []),
      row('Minimum pods ready', ({ pods }) => printReady(pods)),
      row('Measured for', ({ startedAt, endedAt }) => printDuration(endedAt - startedAt)),
    ],
  };
}

/** `2 of 3`, and for how long nobody saw them. */
function printReady({ leastReady, desired, unseenMs }: PhaseFacts['pods']): string {
  const ready = `${leastReady} of ${desired}`;
  return unseenMs === undefined ? ready : `${ready}; not seen for ${printDuration(unseenMs)}`;
}

/** `0.2 ms / 1.1 ms / 4.0 ms`: how late predictions were sent. */
function printLateness(schedule: PhaseFacts['schedule']): string {
  if (!schedule) return '–';
  const { p50ErrorMs, p99ErrorMs, maxErrorMs } = schedule;
  return [p50ErrorMs, p99ErrorMs, maxErrorMs].map(printLatency).join(' / ');
}

/** What was due and not measured in each phase and between them, and why; none when everything was measured. */
export function toCoverageNotes({
  phases,
  fault,
  between,
}: Pick<Report, 'phases' | 'fault' | 'between'>): readonly string[] {
  const notes = phases
    .filter(({ sent, due }) => sent < due)
    .map((phase) => `${toPhaseTitle(phase.name, fault)}: ${describeCoverage(phase)}.`);
  return between ? [...notes, `Between the phases: ${describeCoverage(between)}.`] : notes;
}
