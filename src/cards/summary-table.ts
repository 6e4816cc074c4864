import { toArrivals } from '../domain/arrivals.ts';
import { printCoverage } from '../domain/describe-gaps.ts';
import { printDuration } from '../domain/duration.ts';
import type { PhaseMeasurement } from '../domain/measurement.ts';
import type { Run } from '../domain/run.ts';
import { printFailures, printLatency } from '../domain/print-numbers.ts';
import { printAvailability, printAvailabilityInterval } from './text.ts';

/** A field of the table. */
export type Cell = { readonly text: string; readonly weight: 'Bolder' | 'Default' };

/** Returns the numbers of the three phases side by side; none when nothing was measured. */
export function toSummaryTable(run: Run): { cells: Cell[] }[] {
  const phases = [run.baseline, run.observed, run.recovered].map((phase) => phase?.measurement);
  if (phases.every((phase) => phase === undefined)) return [];
  const row = (title: string, print: (phase: PhaseMeasurement) => string): { cells: Cell[] } => ({
    cells: [
      { text: title, weight: 'Bolder' },
      ...phases.map((phase) => ({ text: phase ? print(phase) : '–', weight: 'Default' as const })),
    ],
  });
  const during = run.proposal.rehearsal ? 'Rehearsal' : 'Fault';
  const header = ['', 'Before', during, 'After'].map((text): Cell => ({
    text,
    weight: 'Bolder',
  }));
  return [
    { cells: header },
    row('Availability', ({ predictions }) => printAvailability(predictions)),
    row('95% CI', ({ predictions }) =>
      printAvailabilityInterval(predictions, toArrivals(run.proposal.service.scoring)),
    ),
    row('Good / measured', ({ predictions: { good, sent } }) => `${good} / ${sent}`),
    row('Failures', ({ predictions }) => printFailures(predictions.failures)),
    row('Measured / due', ({ predictions }) => printCoverage(predictions)),
    row('p50 of right answers', ({ predictions }) => printLatency(predictions.latency?.p50Ms)),
    row('p95 of right answers', ({ predictions }) => printLatency(predictions.latency?.p95Ms)),
    row('Minimum ready', ({ pods: { leastReady, desired, unseenMs } }) =>
      unseenMs === undefined
        ? `${leastReady} of ${desired}`
        : `${leastReady} of ${desired}, unseen for ${printDuration(unseenMs)}`,
    ),
    row('Measured', ({ startedAt, endedAt }) => printDuration(endedAt - startedAt)),
  ];
}
