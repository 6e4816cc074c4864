import { printCommand } from './print-command.ts';
import type { Proposal } from './proposal.ts';
import { mostBaselineMs } from './tailor-experiment.ts';

/** What a repetition changes: how long the fault and the baseline last, ms, and whether anything is injected. */
export type RepeatChanges = {
  readonly durationMs?: number;
  readonly baselineMs?: number;
  readonly rehearsal?: boolean;
};

type Repeated = Pick<
  Proposal,
  'experiment' | 'service' | 'fault' | 'hypothesis' | 'baselineMs' | 'rehearsal'
>;

/**
 * Prints the command that asks for the same run again, with all that it had been asked for: a rehearsal stays one. Why the calendar was set aside has to be
 * given anew. No full stop may follow: who copies the command would copy it, too.
 */
export function printRepeat(
  { experiment, service, fault, hypothesis, ...proposal }: Repeated,
  changes: RepeatChanges = {},
): string {
  const { durationMs = fault.durationMs, baselineMs = proposal.baselineMs } = changes;
  const isRehearsal = changes.rehearsal ?? proposal.rehearsal ?? false;
  return printCommand({
    kind: 'run',
    experiment,
    ...(isRehearsal ? { rehearsal: true } : {}),
    parameters: {
      service: service.name,
      durationMs,
      // The longest baseline that a command may ask for bounds it.
      baselineMs: Math.min(baselineMs, mostBaselineMs),
      mode: fault.mode,
      ...(fault.value === undefined ? {} : { value: fault.value }),
      hypothesis: hypothesis.title,
      tolerances: hypothesis.tolerances,
    },
  });
}
