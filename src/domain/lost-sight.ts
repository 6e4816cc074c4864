import { printSightGapCause } from './describe-sight-gaps.ts';
import { listGaps, listSightGaps } from './list-gaps.ts';
import type { Gap, SightGapCause } from './measurement.ts';
import { printRepeat } from './repeat-command.ts';
import type { Run } from './run.ts';

type Span = Pick<Gap, 'from' | 'until'>;

/** Returns what to do where a guard ended a fault because nothing was observed in a span: nobody has to find out what the journal knows. */
export function adviseLostSight(run: Run, span: Span): string {
  const cause = findCause(run, span);
  if (!cause) return 'Find out why nothing was observed, then repeat the experiment.';
  const repeat = printRepeat(run.proposal);
  switch (cause.code) {
    case 'restart':
      return `Run it again without a restart of the bot: ${repeat}`;
    case 'paused':
      return `Run it again when the bot's machine has less to do or more CPU, so that the bot is not paused: ${repeat}`;
    default:
      return `See to it that the bot can read the pods again (${printSightGapCause(cause)}), then repeat it: ${repeat}`;
  }
}

/** What kept the bot from observing for most of the span; undefined where the journal does not tell. */
function findCause(run: Run, { from, until }: Span): SightGapCause | undefined {
  const own = listGaps(run).flatMap(({ reason, ...gap }) =>
    reason === 'restart' || reason === 'paused' ? [{ ...gap, cause: { code: reason } }] : [],
  );
  return [...own, ...listSightGaps(run)].find(
    (gap) => 2 * (Math.min(gap.until, until) - Math.max(gap.from, from)) > until - from,
  )?.cause;
}
