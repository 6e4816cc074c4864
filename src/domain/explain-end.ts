import type { Run } from './run.ts';

/** What was done to a run by somebody, as the sentence in the journal begins. */
const doing = /^(Rejected|Withdrawn|Stopped)\b/;

/**
 * Why a run ended, in one sentence, with who ended it where somebody did; undefined while it goes on. The sentence in the journal names nobody, so that names can be
 * erased.
 */
export function explainEnd({ end, rejection, stop }: Pick<Run, 'end' | 'rejection' | 'stop'>) {
  const by = (rejection ?? stop)?.by.name;
  // A name may hold `$1`, which a text as replacement would read.
  return by === undefined ? end?.why : end?.why.replace(doing, (done) => `${done} by ${by}`);
}
