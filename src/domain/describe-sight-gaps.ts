import { unmeasuredLabels, unmeasuredWords } from './describe-gaps.ts';
import type { SightGapCause } from './measurement.ts';
import { labelSightProblem, printSightProblem } from './sight-problem.ts';

/** Says why pods were not seen, as a part of a sentence: `the bot was restarted`. */
export function printSightGapCause(cause: SightGapCause): string {
  return cause.code === 'restart' || cause.code === 'paused'
    ? unmeasuredWords[cause.code]
    : printSightProblem(cause);
}

/** The same where there is little room: `bot restarted`. */
export function labelSightGapCause(cause: SightGapCause): string {
  return cause.code === 'restart' || cause.code === 'paused'
    ? unmeasuredLabels[cause.code]
    : labelSightProblem(cause);
}
