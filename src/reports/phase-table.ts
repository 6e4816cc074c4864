import { printDuration } from '../domain/duration.ts';
import type { PhaseFacts, Report } from './report.ts';
import { printFailures, printInterval, printLatency, printShare, toPhaseTitle } from './text.ts';

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
      row('Good of sent', ({ good, sent }) => `${good} of ${sent}`),
      row('Failures', ({ failures }) => printFailures(failures)),
      row('Latency p50', ({ latency }) => (latency ? printLatency(latency.p50Ms) : '–')),
      row('Latency p95', ({ latency }) => (latency ? printLatency(latency.p95Ms) : '–')),
      row('Latency p99', ({ latency }) => (latency ? printLatency(latency.p99Ms) : '–')),
      row('Fewest pods ready', ({ pods }) => `${pods.leastReady} of ${pods.desired}`),
      row('Measured for', ({ startedAt, endedAt }) => printDuration(endedAt - startedAt)),
    ],
  };
}
