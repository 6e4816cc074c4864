import type { Interval } from '../evidence/statistics/interval.ts';
import type { FailureCounts } from './measurement.ts';

const space = '\u00A0';

/** Prints a share as `98.33%`. A share that is not quite 1 is never printed as 100, nor one that is not quite 0 as 0. */
export function printPercent(share: number): string {
  return `${toPercent(share)}%`;
}

/** Prints a share as `98.33 %`, with the same digits. */
export function printShare(share: number): string {
  return `${toPercent(share)}${space}%`;
}

/** Prints a share that somebody chose, as they would write it: `95%`, `99.9%`. */
export function printBound(share: number): string {
  return `${Number((share * 100).toFixed(4))}%`;
}

/** Prints how much of the evidence that ends a fault there is: `38.1%`. Rounds down, so that 100% means that the guard trips. */
export function printEvidence(share: number): string {
  return `${Math.floor(share * 1_000 + 1e-9) / 10}%`;
}

function toPercent(share: number): string {
  const percent = Number((share * 100).toFixed(8));
  if (Number.isInteger(percent)) return `${percent}`;
  return Math.min(99.99, Math.max(0.01, percent)).toFixed(2);
}

/** Prints an interval of shares as `96.95 to 99.20 %`. */
export function printInterval({ lower, upper }: Interval): string {
  return `${toPercent(lower)} to ${printShare(upper)}`;
}

/** Prints a latency as `8.4 ms` or `1,240 ms`; a dash when there is none. */
export function printLatency(latencyMs: number | undefined): string {
  if (latencyMs === undefined) return '–';
  const shown = latencyMs < 10 ? latencyMs.toFixed(1) : Math.round(latencyMs).toLocaleString('en');
  return `${shown}${space}ms`;
}

/** Prints failures as `refused 12, timeout 3`; `none` when there were none. */
export function printFailures(failures: FailureCounts): string {
  const counts = Object.entries(failures).toSorted(([, left], [, right]) => right - left);
  return counts.map(([kind, count]) => `${kind} ${count}`).join(', ') || 'none';
}
