import type { Hypothesis } from './hypothesis.ts';

/** The least share of the due predictions that must be measured for a bound to hold, 0 to 1, where the hypothesis does not say. */
export const defaultLeastCoverage = 0.95;

/** Returns whether enough of the due predictions were measured (`sent`) for them to speak for all. */
export function isCovered(
  { sent, due }: { readonly sent: number; readonly due: number },
  { leastCoverage = defaultLeastCoverage }: Pick<Hypothesis, 'leastCoverage'>,
): boolean {
  return sent >= leastCoverage * due;
}
