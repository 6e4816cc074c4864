/** A prediction whose fate is known: `dueAt` in milliseconds. */
export type Known = { readonly dueAt: number; readonly good: boolean };

/** Losses one after another in order of due time, with no good prediction between them. */
export type LossRun = {
  /** When the first of them was due, in milliseconds. */
  readonly from: number;
  /** When the last of them was due, in milliseconds. */
  readonly until: number;
  readonly lost: number;
};

/** Counts of known predictions. `runs` counts runs of losses: each loss that follows a good prediction begins one. */
export type Losses = { readonly due: number; readonly lost: number; readonly runs: number };

/** The known predictions of a span as what the statistics need: how many were due, and the runs of losses in order. */
export type Observation = { readonly due: number; readonly lossRuns: readonly LossRun[] };

/** Returns the counts of an observation. */
export function toLosses({ due, lossRuns }: Observation): Losses {
  return { due, lost: countLost(lossRuns), runs: lossRuns.length };
}

/** Returns how many predictions these runs of losses lost. */
export function countLost(lossRuns: readonly LossRun[]): number {
  return lossRuns.reduce((sum, { lost }) => sum + lost, 0);
}
