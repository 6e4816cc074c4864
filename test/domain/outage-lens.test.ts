import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { createOutageLens } from '../../src/domain/outage-lens.ts';
import { findOutages } from '../../src/domain/outages.ts';
import { joinSeconds } from '../../src/domain/join-seconds.ts';
import type { Run } from '../../src/domain/run.ts';
import { isMeasured, type Sample } from '../../src/domain/sample.ts';
import { SecondTally } from '../../src/evidence/predictions/second-tally.ts';
import { sampleCourse, sampleMeasurement, sampleRun } from '../support/proposal.ts';
import { sampleAt } from '../support/samples.ts';

/** A run whose seconds under the fault are those of these predictions. */
function toRun(samples: readonly Sample[]): Run {
  const tally = new SecondTally();
  for (const sample of samples) if (isMeasured(sample)) tally.record(sample);
  const during = { ...sampleMeasurement(), seconds: tally.measurements() };
  return sampleRun(sampleCourse({ during }));
}

function narrow(run: Run, samples: readonly Sample[]) {
  const lens = createOutageLens(run);
  for (const sample of samples) lens.see(sample);
  return lens.read();
}

const due = (second: number) => sampleAt(second).dueAt;
const refused = (second: number) => sampleAt(second, { outcome: 'refused' });

describe('outages seen in single predictions', () => {
  test('last from the first lost one until the first good one after the last', () => {
    const samples = [
      sampleAt(1.2),
      refused(1.4),
      sampleAt(1.6),
      refused(2.1),
      sampleAt(2.3),
      sampleAt(2.5),
      refused(9.9),
      sampleAt(10.4),
    ];
    expect(narrow(toRun(samples), samples)).toEqual({
      kept: 8,
      outages: new Map([
        [due(1), { from: due(1.4), until: due(2.3) }],
        [due(9), { from: due(9.9), until: due(10.4) }],
      ]),
    });
  });

  test('end as the seconds say when no good one followed', () => {
    const samples = [sampleAt(1), refused(1.5), refused(2.5)];
    const { outages } = narrow(toRun(samples), samples);
    expect(outages.get(due(1))).toEqual({ from: due(1.5), until: due(3) });
  });

  test('are left as the seconds say where a lost one is not among them', () => {
    const samples = [sampleAt(1), refused(1.5), refused(1.7), sampleAt(2), refused(7), sampleAt(8)];
    const run = toRun(samples);
    const { kept, outages } = narrow(run, samples.toSpliced(1, 1));
    expect([kept, [...outages.keys()]]).toEqual([5, [due(7)]]);
  });

  test('are the same in whatever order they are seen, lie in their seconds, and hold every lost one', () => {
    const stream = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.boolean()), {
      minLength: 1,
      maxLength: 80,
    });
    const property = fc.property(stream, fc.array(fc.nat()), (gaps, shuffle) => {
      let second = 1;
      const samples = gaps.map(([gapMs, isGood]) => {
        second += gapMs / 1_000;
        return isGood ? sampleAt(second) : refused(second);
      });
      const run = toRun(samples);
      const shuffled = samples
        .map((sample, index) => [shuffle[index % (shuffle.length || 1)] ?? 0, sample] as const)
        .toSorted(([one], [other]) => one - other)
        .map(([, sample]) => sample);
      const { outages } = narrow(run, samples);
      expect(narrow(run, shuffled).outages).toEqual(outages);
      const found = findOutages(joinSeconds([run.observed?.measurement ?? sampleMeasurement()]));
      expect([...outages.keys()]).toEqual(found.map(({ from }) => from));
      for (const { from, until } of found) {
        const lost = samples.filter(
          ({ dueAt, outcome }) => outcome !== 'good' && dueAt >= from && dueAt < until,
        );
        const span = outages.get(from);
        expect(span?.from).toBe(lost[0]?.dueAt);
        expect(span?.from).toBeGreaterThanOrEqual(from);
        expect(span?.until).toBeGreaterThan(lost.at(-1)?.dueAt ?? NaN);
        const next = samples.find(
          ({ dueAt, outcome }) => outcome === 'good' && dueAt > (lost.at(-1)?.dueAt ?? NaN),
        );
        expect(span?.until).toBe(next?.dueAt ?? until);
      }
    });
    expect(() => fc.assert(property)).not.toThrow();
  });
});
