import { describe, expect, test } from '@jest/globals';
import { toToleranceLines } from '../../src/cards/describe-tolerances.ts';
import { describeQuantile } from '../../src/domain/describe-quantile.ts';
import { judgeHypothesis } from '../../src/domain/judgement.ts';
import type { PhaseMeasurement } from '../../src/domain/measurement.ts';
import { printObserved } from '../../src/reports/text.ts';
import { sampleCourse, sampleMeasurement, sampleProposal, sampleRun } from '../support/proposal.ts';

const print = { share: (share: number) => `${share * 100}%`, latency: (ms: number) => `${ms}ms` };
const tolerance = { signal: 'p95', comparison: '<=', bound: 500 } as const;
const { hypothesis } = sampleProposal();

/** What the card and the report say of the p95 of a fault. */
function sayOf(during: PhaseMeasurement): readonly (string | undefined)[] {
  const run = sampleRun(sampleCourse({ during }));
  const judged = judgeHypothesis(hypothesis, during).tolerances.find(
    (one) => one.tolerance.signal === 'p95',
  );
  return [
    toToleranceLines(run, 10).find((line) => line.includes('p95')),
    judged && printObserved(judged),
  ].map((text) => text?.replaceAll('\u00A0', ' '));
}

describe('what is said of a quantile', () => {
  test('is the share that is judged, and of which answers the quantile is', () => {
    const [card, report] = sayOf(sampleMeasurement({ sent: 600, good: 414 }));
    expect(card).toBe(
      '✖ deviated: p95 <= 500ms, 69 % right within 500ms (needs 95 %; failed predictions count as slow), p95 of right answers 14 ms'.replace(
        '<',
        String.raw`\<`,
      ),
    );
    expect(report).toBe(
      '69 % right within 500ms (needs 95 %; failed predictions count as slow), p95 of right answers 14 ms',
    );
  });

  test('is that nothing was right where nothing was', () => {
    const [card, report] = sayOf(sampleMeasurement({ sent: 600, good: 0 }));
    expect(card).toMatch(/^✖ deviated: p95 .*, 0 % right within 500ms \(needs 95 %\)$/);
    expect(report).toBe('0 % right within 500ms (needs 95 %)');
  });

  test('is nothing where nothing was measured, and of other tolerances', () => {
    const unknown = { tolerance, finding: 'inconclusive', observed: null } as const;
    expect(describeQuantile(unknown, print)).toBeUndefined();
    expect(describeQuantile({ ...unknown, observed: 9.5 }, print)).toBe(
      'p95 of right answers 9.5ms',
    );
    const other = { signal: 'availability', comparison: '>=', bound: 0.9 } as const;
    expect(
      describeQuantile({ tolerance: other, finding: 'held', observed: 1 }, print),
    ).toBeUndefined();
  });
});
