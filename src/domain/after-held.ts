import { findUnreachedHits } from './answering-pods.ts';
import { printNames } from './describe-injection.ts';
import { printSeenAgain } from './describe-recovery.ts';
import { isLossy, shortOutageMs } from './impact.ts';
import { toLossSpans } from './loss-spans.ts';
import { toOutageRule } from './outages.ts';
import type { Run } from './run.ts';

/** Returns what to do after a fault that the service held against: to make it harder, unless something else failed in the run. */
export function adviseAfterHeld(run: Run): readonly string[] {
  const doubts = findDoubts(run);
  if (doubts.length > 0)
    return [...doubts.map((doubt) => `Find out why ${doubt}.`), 'Then repeat the experiment.'];
  return [
    'Make it harder: more pods, a longer fault, or a tighter tolerance.',
    'Repeat it after the next release.',
  ];
}

function findDoubts(run: Run): readonly string[] {
  const { before, later } = toLossSpans(run) ?? {};
  const rule = toOutageRule(run);
  const back = toSlowRecovery(run);
  const unreached = findUnreachedHits(run);
  return [
    ...(unreached.length === 0
      ? []
      : [`${printNames(unreached)} had answered none of the predictions before the fault`]),
    ...(before && isLossy(before, rule) ? ['predictions failed before the fault was active'] : []),
    ...(back === undefined ? [] : [`predictions were good again only ${back} after the fault`]),
    ...(back === undefined && failsAfterwards(run)
      ? ['predictions failed after the fault, when they had been good again']
      : []),
    ...(later && isLossy(later, rule)
      ? ['predictions failed later on, when they had been good again']
      : []),
  ];
}

/** Whether more was lost between the end of the fault and the last measurement than a recovery of a moment explains. */
function failsAfterwards(run: Run): boolean {
  const { fault } = toLossSpans(run) ?? {};
  if (!fault || run.faultEndedAt === undefined) return false;
  const from = run.faultEndedAt + shortOutageMs;
  const seconds = fault.seconds.filter(({ at }) => at >= from);
  const [sent, good] = (['sent', 'good'] as const).map((field) =>
    seconds.reduce((sum, second) => sum + second[field], 0),
  );
  const span = { ...fault, from, lost: (sent ?? 0) - (good ?? 0), sent: sent ?? 0, seconds };
  return isLossy(span, toOutageRule(run));
}

/** Returns whether predictions were good again only some time after the fault. */
export function isSlowlyBack(run: Run): boolean {
  return toSlowRecovery(run) !== undefined;
}

/** How long after the fault predictions were good again; undefined where that took a moment only, as far as it was seen. */
function toSlowRecovery({ recovered }: Run): string | undefined {
  const { predictionsGoodAfterMs: afterMs = null, predictionsGoodNotBeforeMs: notBeforeMs } =
    recovered?.recovery ?? {};
  if (afterMs === null || (notBeforeMs ?? afterMs) <= shortOutageMs) return undefined;
  return printSeenAgain({ afterMs, notBeforeMs });
}
