import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { RunCounter } from '../../../src/evidence/predictions/run-counter.ts';
import { toUpperLimit } from '../../../src/evidence/statistics/binomial-interval.ts';
import { judgeShare } from '../../../src/evidence/statistics/judge-share.ts';
import {
  toPoissonLimits,
  toRunCountInterval,
} from '../../../src/evidence/statistics/run-count-interval.ts';
import { countDrawn } from '../../support/bursty-losses.ts';

function countRuns(text: string): number {
  const counter = new RunCounter();
  for (const letter of text) counter.see(letter === '.');
  return counter.runs;
}

describe('runs of losses', () => {
  test('a loss after a good prediction, or the first one, begins a run', () => {
    expect(countRuns('xx..x.xxx')).toBe(3);
    expect(countRuns('....')).toBe(0);
  });

  test('time that was not observed ends a run of losses, also across a restart', () => {
    const before = new RunCounter();
    before.see(false);
    const counter = new RunCounter(before.state());
    counter.see(false);
    expect(counter.runs).toBe(1);
    counter.interrupt();
    counter.see(false);
    expect(counter.runs).toBe(2);
  });

  test('the counter agrees with a scan of the whole', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1 }), (goods) => {
        const drawn = Uint8Array.from(goods, (good) => (good ? 0 : 1));
        const text = goods.map((good) => (good ? '.' : 'x')).join('');
        expect(countRuns(text)).toBe(countDrawn(drawn).runs);
      }),
    );
  });
});

describe('the run-count interval', () => {
  test('takes only the beginnings of runs as uncertain', () => {
    // 31 of 600 lost in 3 runs, as SciPy has it.
    const { lower, upper } = toRunCountInterval({ due: 600, lost: 31, runs: 3 });
    expect(lower).toBeCloseTo(0.04769778687149267, 10);
    expect(upper).toBeCloseTo(0.06127878844957054, 10);
  });

  test('reaches from 0 to 3.69/n without losses, and never beyond 1', () => {
    expect(toRunCountInterval({ due: 600, lost: 0, runs: 0 }).lower).toBe(0);
    expect(toRunCountInterval({ due: 600, lost: 0, runs: 0 }).upper).toBeCloseTo(3.6889 / 600, 6);
    expect(toRunCountInterval({ due: 600, lost: 600, runs: 1 }).upper).toBe(1);
    expect(toRunCountInterval({ due: 0, lost: 0, runs: 0 })).toEqual({ lower: 0, upper: 1 });
  });

  // Garwood 1936, table; as SciPy has it.
  test.each([
    [0, 0, 3.6888794541139354],
    [1, 0.025317807984289876, 5.571643390938898],
    [3, 0.6186721228956014, 8.767273069742323],
    [10, 4.7953886961324335, 18.39035604201778],
    [100, 81.36399125092314, 121.62679379242638],
  ])('the limits of a Poisson count of %i', (count, lower, upper) => {
    expect(toPoissonLimits(count).lower).toBeCloseTo(lower, 8);
    expect(toPoissonLimits(count).upper).toBeCloseTo(upper, 8);
  });
});

describe('a share against its bound', () => {
  const outage = { due: 600, lost: 24, runs: 1 };

  test('held, deviated or inconclusive, by where the interval lies', () => {
    const judge = (bound: number) => judgeShare(outage, { bound, arrivals: 'constant' }).finding;
    expect([judge(0.95), judge(0.96), judge(0.97)]).toEqual(['held', 'inconclusive', 'deviated']);
  });

  test('the interval is that of the share kept', () => {
    const { interval, method } = judgeShare(outage, { bound: 0.95, arrivals: 'jittered' });
    expect(method).toBe('run-count');
    expect(interval.lower).toBeCloseTo(1 - (23 + 5.571643) / 600, 6);
    expect(interval.upper).toBeCloseTo(1 - (23 + 0.025318) / 600, 6);
  });

  test('Poisson arrivals are judged by the exact binomial interval, whatever the runs', () => {
    const { finding, interval, method } = judgeShare(outage, { bound: 0.95, arrivals: 'poisson' });
    expect({ finding, method }).toEqual({ finding: 'inconclusive', method: 'clopper-pearson' });
    expect(interval.lower).toBeCloseTo(0.9410657198122292, 10);
  });

  test('nothing known is inconclusive', () => {
    const nothing = { due: 0, lost: 0, runs: 0 };
    expect(judgeShare(nothing, { bound: 0.95, arrivals: 'constant' })).toEqual({
      finding: 'inconclusive',
      method: 'run-count',
      interval: { lower: 0, upper: 1 },
    });
  });

  test('counts that contradict each other are inconclusive', () => {
    for (const arrivals of ['constant', 'poisson'] as const) {
      const wrong = { due: 10, lost: 20, runs: Number.NaN };
      expect(judgeShare(wrong, { bound: 0.95, arrivals }).finding).toBe('inconclusive');
    }
  });

  test('a bound of 1 can deviate but never hold', () => {
    const judge = (lost: number) =>
      judgeShare({ due: 1e6, lost, runs: lost }, { bound: 1, arrivals: 'constant' }).finding;
    expect([judge(0), judge(1)]).toEqual(['inconclusive', 'deviated']);
  });
});

test('the one-sided upper limit is that of Clopper and Pearson', () => {
  expect(toUpperLimit(5, 600)).toBeCloseTo(0.017441325398446703, 10);
  expect(toUpperLimit(0, 60)).toBeCloseTo(1 - 0.05 ** (1 / 60), 10);
  expect(toUpperLimit(0, 0)).toBe(1);
});
