import { mayHaveFault, type Run } from '../domain/run.ts';

/** While a fault does not end, cancel is sent again each so many ticks: all runs share Azure's limit of cancels. */
export const ticksPerCancel = 15;
/** The same while its execution is not known, for each run of this process of which that is so. */
const ticksPerCancelInDoubt = 5;

/** How often cancel is asked for while the execution is not known, in ticks: Azure accepts the end of an experiment also while nothing of it runs yet. */
export function toTicksInDoubt(conducted: readonly Run[]): number {
  const isInDoubt = (run: Run) => mayHaveFault(run) && run.executionId === undefined;
  return ticksPerCancelInDoubt * Math.max(1, conducted.filter(isInDoubt).length);
}
