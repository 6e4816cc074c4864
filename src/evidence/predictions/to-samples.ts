import type { Phase } from '../../domain/run.ts';
import type { Sample } from '../../domain/sample.ts';
import type { DueEntry } from './due-history.ts';

/** A gap of hours is not written out: its end is in the journal. */
const mostSamples = 50_000;

/** Returns what is kept of a due prediction one by one, or of each in a gap. */
export function toSamples(entry: DueEntry, findPhase: (dueAt: number) => Phase): readonly Sample[] {
  if (entry.kind === 'measured') {
    const { dueAt, sentAt, latencyMs, outcome, kept, status, pod } = entry;
    return [
      {
        dueAt,
        lateMs: Math.max(0, sentAt - dueAt),
        latencyMs,
        outcome,
        kept,
        phase: findPhase(dueAt),
        ...(status === undefined ? {} : { status }),
        ...(pod === undefined ? {} : { pod }),
      },
    ];
  }
  const { from, until, due, reason } = entry;
  return Array.from({ length: Math.min(due, mostSamples) }, (_, index) => {
    const dueAt = from + ((until - from) * index) / due;
    return {
      dueAt,
      lateMs: 0,
      latencyMs: 0,
      outcome: reason,
      kept: false,
      phase: findPhase(dueAt),
    };
  });
}
