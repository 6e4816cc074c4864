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
    ...(later && isLossy(later, rule)
      ? ['predictions failed later on, when they had been good again']
      : []),
  ];
}

/** How long after the fault predictions were good again; undefined where that took a moment only, as far as it was seen. */
function toSlowRecovery({ recovered }: Run): string | undefined {
  const { predictionsGoodAfterMs: afterMs = null, predictionsGoodNotBeforeMs: notBeforeMs } =
    recovered?.recovery ?? {};
  if (afterMs === null || (notBeforeMs ?? afterMs) <= shortOutageMs) return undefined;
  return printSeenAgain({ afterMs, notBeforeMs });
}
