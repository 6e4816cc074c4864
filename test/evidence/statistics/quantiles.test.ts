import { describe, expect, test } from '@jest/globals';
import {
  toBetaQuantile,
  toBinomialProbability,
  toChiSquareQuantile,
  toNormalProbability,
  toNormalQuantile,
  toTQuantile,
} from '../../../src/evidence/statistics/quantiles.ts';

/** Relative to the value, since the large ones have few decimals. */
function expectClose(actual: number, expected: number): void {
  expect(actual / expected).toBeCloseTo(1, 8);
}

describe('quantiles agree with R and SciPy', () => {
  test.each([
    [0.025, 2, 0.05063561596857975],
    [0.975, 2, 7.377758908227871],
    [0.025, 10, 3.2469727802368413],
    [0.975, 20, 34.16960690283833],
    [0.05, 6, 1.6353828943279067],
    [0.975, 37.4, 56.1593609074698],
    [0.025, 1_999, 1876.9770330918507],
    [0.975, 1_999, 2124.81130603695],
    [0.025, 2_001, 1878.9150482883376],
    [0.975, 2_001, 2126.873291113057],
    [0.975, 1e6, 1002773.701467926],
    [0.025, 1e7, 9991236.669053895],
  ])('chi-square, %d with %d degrees of freedom', (probability, degrees, expected) => {
    expectClose(toChiSquareQuantile(probability, degrees), expected);
  });

  test.each([
    [0.025, 590, 11, 0.9695635405010712],
    [0.975, 591, 10, 0.9919794929632011],
    [0.95, 6, 595, 0.017441325398446703],
    [0.025, 59_000, 110_000, 0.3468414363972052],
  ])('beta, %d with %d and %d', (probability, alpha, beta, expected) => {
    expectClose(toBetaQuantile(probability, alpha, beta), expected);
  });

  test.each([
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [4, 2.7764451051977934],
    [9, 2.262157162798205],
    [19, 2.0930240544083087],
  ])('t, 0.975 with %d degrees of freedom', (degrees, expected) => {
    expectClose(toTQuantile(0.975, degrees), expected);
    expectClose(toTQuantile(0.025, degrees), -expected);
  });

  test('normal and binomial', () => {
    expectClose(toNormalQuantile(0.975), 1.959963984540054);
    expectClose(toNormalProbability(-1.96), 0.024997895148220435);
    expectClose(toBinomialProbability(57, 1_536, 0.05), 0.009596837989430741);
  });
});

test('the binomial probability is 0 below and 1 above what can be', () => {
  expect(toBinomialProbability(-1, 10, 0.5)).toBe(0);
  expect(toBinomialProbability(10, 10, 0.5)).toBe(1);
});

test('numbers that make no sense give NaN, and never an endless search', () => {
  for (const wrong of [Number.NaN, 0, -1, Number.POSITIVE_INFINITY]) {
    expect(toChiSquareQuantile(0.5, wrong)).toBeNaN();
    expect(toBetaQuantile(0.5, wrong, 1)).toBeNaN();
    expect(toBetaQuantile(0.5, 1, wrong)).toBeNaN();
    expect(toTQuantile(0.5, wrong)).toBeNaN();
  }
  for (const wrong of [Number.NaN, 0, 1]) {
    expect(toChiSquareQuantile(wrong, 2)).toBeNaN();
    expect(toBetaQuantile(wrong, 1, 1)).toBeNaN();
    expect(toTQuantile(wrong, 2)).toBeNaN();
    expect(toNormalQuantile(wrong)).toBeNaN();
  }
});

test('the chi-square quantile works for any number of degrees of freedom', () => {
  for (let degrees = 1; degrees < 1e8; degrees *= 1.003)
    for (const probability of [0.025, 0.05, 0.95, 0.975])
      expect(toChiSquareQuantile(probability, degrees)).toBeGreaterThan(0);
});
