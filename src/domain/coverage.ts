import type { Hypothesis } from './hypothesis.ts';
import { countDue, type PhaseMeasurement } from './measurement.ts';

/** The least share of the due predictions that must be measured for a bound to hold, 0 to 1, where the hypothesis does not say. */
export const defaultLeastCoverage = 0.95;

/** Returns whether enough of the due predictions were measured (`sent`) for them to speak for all. */
export function isCovered(
  { sent, due }: { readonly sent: number; readonly due: number },
  { leastCoverage = defaultLeastCoverage }: Pick<Hypothesis, 'leastCoverage'>,
): boolean {
  return sent >= leastCoverage * due;
}

/** Returns whether enough of what was due in a phase was measured. What could not be may have gone another way. */
export function isPhaseCovered(
  { predictions }: Pick<PhaseMeasurement, 'predictions'>,
  hypothesis: Pick<Hypothesis, 'leastCoverage'>,
): boolean {
  return isCovered({ sent: predictions.sent, due: countDue(predictions) }, hypothesis);
}
