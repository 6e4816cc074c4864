import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { mergeSeconds } from '../../src/domain/merge-seconds.ts';
import type { SecondMeasurement } from '../../src/domain/measurement.ts';
import { SecondTally } from '../../src/evidence/predictions/second-tally.ts';
import { startOfTime } from '../support/proposal.ts';

const withoutLatency = ({ p50Ms: _p50, p95Ms: _p95, p99Ms: _p99, ...second }: SecondMeasurement) =>
  second;

test('old seconds become the same minutes as the prober makes of them while it measures', () => {
  const lengths = fc.integer({ min: 1, max: 5_400 });
  const failing = fc.uniqueArray(fc.nat(5_400), { maxLength: 20 });
  const property = fc.property(lengths, failing, (seconds, lost) => {
    const tally = new SecondTally();
    let ours: SecondMeasurement[] = [];
    let mergedAt = startOfTime;
    for (let second = 0; second < seconds; second += 1) {
      const at = startOfTime + second * 1_000;
      const outcome = lost.includes(second) ? 'timeout' : 'good';
      if (at >= mergedAt + 60_000) [ours, mergedAt] = [mergeSeconds(ours, at), at];
      tally.record({ dueAt: at, outcome, latencyMs: 1 });
      const [good, failures] = outcome === 'good' ? [1, {}] : [0, { timeout: 1 }];
      ours.push({ at, sent: 1, good, failures });
    }
    expect(ours).toEqual(tally.measurements().map(withoutLatency));
  });
  expect(() => fc.assert(property, { numRuns: 15 })).not.toThrow();
});
