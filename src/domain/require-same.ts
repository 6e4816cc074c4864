import { combine, type Judgement, type ToleranceJudgement } from './judgement.ts';

/** Makes each finding inconclusive that would be another one if the phase had begun or ended at another possible time; `others` are judged so. */
export function requireSame(judgement: Judgement, others: readonly Judgement[]): Judgement {
  const tolerances = judgement.tolerances.map((judged, index): ToleranceJudgement => {
    const isSame = others.every((other) => other.tolerances[index]?.finding === judged.finding);
    return isSame ? judged : { ...judged, finding: 'inconclusive', undecided: 'misdated' };
  });
  return { finding: combine(tolerances.map(({ finding }) => finding)), tolerances };
}
