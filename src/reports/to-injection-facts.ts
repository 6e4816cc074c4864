import { findEndedBy } from '../domain/ended-early.ts';
import { listCarrying } from '../domain/left-fault.ts';
import type { Run } from '../domain/run.ts';
import type { InjectionFacts } from './report.ts';

/** Returns what shows the fault, and how it compares with what was approved; null where nothing was to be injected. */
export function toInjectionFacts(run: Run): InjectionFacts | null {
  const { proposal, startRequestedAt, faultSeen, injection, leftFault } = run;
  const carrying = listCarrying(run);
  if (startRequestedAt === undefined || proposal.rehearsal) return null;
  return {
    source: injection?.source ?? faultSeen?.source ?? null,
    approvedPods: proposal.blastRadius.hit,
    hit: injection?.hit ?? [],
    others: injection?.others ?? [],
    mismatches: injection?.mismatches ?? [],
    cutShort: toCutShort(run),
    carrying,
    ...(leftFault && carrying.length === 0 ? { leftUntil: leftFault.at } : {}),
  };
}

/** Where nobody knows how the execution ended, nobody knows that it was cut short. */
function toCutShort(run: Run): InjectionFacts['cutShort'] {
  const by = findEndedBy(run) ?? null;
  return by === 'failure' && run.execution?.unread ? null : by;
}
