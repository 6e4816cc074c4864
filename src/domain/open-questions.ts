import type { Tolerance } from './hypothesis.ts';
import type { Run } from './run.ts';

/** A tolerance that a phase could not decide, and what would have. */
export type OpenQuestion = {
  readonly phase: 'observed' | 'recovered';
  readonly tolerance: Tolerance;
  /** Why a metric had no value often enough. */
  readonly problem?: string;
  /** How many more predictions; undefined when no number of them would. */
  readonly missing: number | undefined;
  /** The time that they take at the service's rate; infinite when no number would do. */
  readonly moreMs: number;
};

/** What the measurements under the fault and after it left untold. */
export function findOpenQuestions(run: Run): readonly OpenQuestion[] {
  const { ratePerSecond } = run.proposal.service.scoring;
  return (['observed', 'recovered'] as const).flatMap((phase) =>
    (run[phase]?.judgement.tolerances ?? [])
      .filter(({ finding }) => finding === 'inconclusive')
      .map(({ tolerance, missing, problem }) => {
        const moreMs = ((missing ?? Number.POSITIVE_INFINITY) / ratePerSecond) * 1_000;
        return { phase, tolerance, missing, moreMs, ...(problem === undefined ? {} : { problem }) };
      }),
  );
}
