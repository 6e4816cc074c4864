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

/**
 * Returns whether enough of what was due in a phase was measured, and enough of that is known to belong to it. What could not be may have gone another way, and
 * what may belong to another phase says nothing of this one.
 */
export function isPhaseCovered(
  {
    predictions,
    startedAt,
    endedAt,
    misdatedMs = 0,
  }: Pick<PhaseMeasurement, 'predictions' | 'startedAt' | 'endedAt' | 'misdatedMs'>,
  hypothesis: Pick<Hypothesis, 'leastCoverage'>,
): boolean {
  const lengthMs = endedAt - startedAt;
  return (
    isCovered({ sent: predictions.sent, due: countDue(predictions) }, hypothesis) &&
    isCovered({ sent: lengthMs - misdatedMs, due: lengthMs }, hypothesis)
  );
}
