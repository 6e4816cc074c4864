import type { Tolerance } from './hypothesis.ts';
import type { ToleranceJudgement } from './judgement.ts';
import { toBound, toMetricNeed } from './plan-decision.ts';
import type { Run } from './run.ts';
import { countToHold, listNeeds, toUsualNeed, type Need } from './sample-size.ts';

export type MeasuredPhase = 'baseline' | 'observed' | 'recovered';

/** A tolerance that a phase could not decide, and what would. */
export type OpenQuestion = Pick<
  ToleranceJudgement,
  'undecided' | 'coverage' | 'problem' | 'interval'
> & {
  readonly phase: MeasuredPhase;
  readonly tolerance: Tolerance;
  /** How much decides it, for a few supposed values. The run's own value can't say: it is too near to the bound to be known. */
  readonly needs: readonly Need[];
  /** How long the phase should be next time; undefined where length is not what is missing. */
  readonly lengthMs?: number;
};

/** Returns what a phase left undecided. */
export function findOpenIn(run: Run, phase: MeasuredPhase): readonly OpenQuestion[] {
  return (run[phase]?.judgement.tolerances ?? [])
    .filter(({ finding }) => finding === 'inconclusive')
    .map(({ tolerance, undecided, coverage, problem, interval }) => ({
      phase,
      tolerance,
      ...(undecided === undefined ? {} : { undecided }),
      ...(coverage === undefined ? {} : { coverage }),
      ...(problem === undefined ? {} : { problem }),
      ...(interval === undefined ? {} : { interval }),
      ...findLength(run, phase, { tolerance, undecided }),
    }));
}

/** Returns what the measurements under the fault and after it left undecided. */
export function findOpenQuestions(run: Run): readonly OpenQuestion[] {
  return [...findOpenIn(run, 'observed'), ...findOpenIn(run, 'recovered')];
}

const shortMs = 10_000;

function findLength(
  run: Run,
  phase: MeasuredPhase,
  { tolerance, undecided }: Pick<ToleranceJudgement, 'tolerance'> & Pick<OpenQuestion, 'undecided'>,
): Pick<OpenQuestion, 'needs' | 'lengthMs'> {
  const { service } = run.proposal;
  const { durationMs } = run.proposal.fault;
  const plannedMs = phase === 'observed' ? durationMs : run.proposal.baselineMs;
  if (undecided === 'too-few-values') {
    const neededMs = toMetricNeed(tolerance, service)?.atBestMs ?? 0;
    return { needs: [], ...(neededMs > plannedMs ? { lengthMs: neededMs } : {}) };
  }
  const bound = toBound(tolerance, service);
  const isLength = undecided === undefined || undecided === 'measuring-error';
  if (!bound || !isLength) return { needs: [] };
  const leastMs = (countToHold(bound) / bound.ratePerSecond) * 1_000;
  const usualMs = toUsualNeed(bound)?.ms ?? 0;
  // What was measured already is no longer than this for nothing: the truth is near the bound then.
  const lengthMs = Math.max(leastMs, usualMs, plannedMs * 2);
  return { needs: listNeeds(bound), lengthMs: Math.ceil(lengthMs / shortMs) * shortMs };
}
