import type { Run } from './run.ts';

/**
 * Whether predictions were good again before the last measurement began, for good. Where they failed once more in it, or were never good again, what was lost in
 * it counts as lost to the fault.
 */
export function hadRecovered({ recovered }: Pick<Run, 'recovered'>): boolean {
  if (!recovered) return false;
  const { predictionsGoodAfterMs, predictionsFailedAgain } = recovered.recovery;
  return predictionsGoodAfterMs !== null && !predictionsFailedAgain;
}
