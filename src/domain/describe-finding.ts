import { printDuration } from './duration.ts';
import type { CutFault, EndedBy } from './ended-early.ts';
import type { Finding } from './judgement.ts';

/** A finding as it is shown: a fault that was cut short never held, so what it kept is only `kept`. */
export type ShownFinding = Finding | 'kept';

/** Returns how to show a finding of the time under a fault; `cut` is absent where the fault ran its time. */
export function toShownFinding(finding: Finding, cut: CutFault | undefined): ShownFinding {
  return cut && finding === 'held' ? 'kept' : finding;
}

const endWords: Readonly<Record<EndedBy, string>> = {
  guard: 'a guard ended the fault',
  person: 'the stop',
  failure: 'the fault failed',
  elsewhere: 'the fault was cancelled in Azure',
};

/** `kept until the stop (12s of 60s)` */
export function printKept(cut: CutFault): string {
  const { by, lastedMs, askedMs } = cut;
  const lasted = lastedMs === undefined ? '' : ` (${printLasted(lastedMs, askedMs)})`;
  return `kept until ${endWords[by]}${lasted}`;
}

/** `12s of 60s`: how long a fault lasted, of how long it should have. */
export function printLasted(lastedMs: number, askedMs: number): string {
  const [lasted, asked] = [printDuration(lastedMs), printDuration(askedMs)];
  return lastedMs < askedMs && lasted !== asked ? `${lasted} of ${asked}` : lasted;
}
