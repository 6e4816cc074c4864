import { beforeAll, expect, test } from '@jest/globals';
import { toHeadline } from '../../src/domain/headline.ts';
import { expectTruth } from '../support/truth/expect-truth.ts';
import { conductRealRun, type RealRun } from '../support/truth/real-run.ts';

const kinds = ['hang', 'refuse', 'drop-syn'] as const;
const hypothesis = {
  title: 'Predictions survive',
  // A busy machine may not measure all that is due.
  leastCoverage: 0.5,
  tolerances: [{ signal: 'availability', comparison: '>=', bound: 0.5 }],
} as const;

/** The service is dead from a second after the fault begins until it ends. All at once: each takes as long as it takes. */
let conducted: ReadonlyMap<string, RealRun>;
beforeAll(async () => {
  const runs = kinds.map(async (behaviour) => {
    const real = await conductRealRun({
      ratePerSecond: 20,
      faultMs: 8_000,
      hypothesis,
      script: ({ faultAt = NaN, faultEndsAt = NaN }) =>
        Number.isFinite(faultEndsAt)
          ? [{ from: faultAt + 1_000, until: faultEndsAt, behaviour }]
          : [],
    });
    return [behaviour, real] as const;
  });
  conducted = new Map(await Promise.all(runs));
}, 600_000);

test.each(kinds)('a service that is dead for most of the fault deviates: %s', (kind) => {
  const real = conducted.get(kind);
  if (!real) throw new Error('not conducted');
  expect(real.run.end).toMatchObject({ ending: 'completed', verdict: 'deviated' });
  expectTruth(real);
  expect(toHeadline(real.run)).toMatchObject({ noticed: 'outage' });
});
