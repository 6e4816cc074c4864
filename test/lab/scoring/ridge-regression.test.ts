import { expect, test } from '@jest/globals';
import { array, assert, double, property, tuple } from 'fast-check';
import { fitRidge, predict, toRSquared } from '../../../lab/scoring/ridge-regression.ts';

const data = {
  featureNames: ['a', 'b'],
  rows: [
    [0, 0],
    [1, 0],
    [0, 1],
    [2, 3],
  ],
  targets: [5, 7, 4, 6],
};

test('without penalty a linear relation is found exactly', () => {
  const model = fitRidge(data, 0);
  expect(model.intercept).toBeCloseTo(5, 10);
  expect(model.coefficients[0]).toBeCloseTo(2, 10);
  expect(model.coefficients[1]).toBeCloseTo(-1, 10);
  expect(toRSquared(model, data)).toBeCloseTo(1, 10);
});

test('a large penalty leaves the mean of the targets', () => {
  expect(predict(fitRidge(data, 1e9), [2, 3])).toBeCloseTo(5.5, 5);
});

test('the solution meets the normal equations of ridge regression', () => {
  const value = double({ min: -10, max: 10, noNaN: true });
  const row = tuple(value, value, value, value);
  const penalty = double({ min: 0.01, max: 10, noNaN: true });
  assert(
    property(array(row, { minLength: 5, maxLength: 30 }), penalty, (table, alpha) => {
      const rows = table.map((entry) => entry.slice(0, 3));
      const targets = table.map((entry) => entry[3]);
      const model = fitRidge({ featureNames: ['a', 'b', 'c'], rows, targets }, alpha);
      const residuals = targets.map((y, index) => y - predict(model, rows[index] ?? []));
      for (const [j, coefficient] of model.coefficients.entries()) {
        const gradient = residuals.reduce((sum, r, i) => sum + r * (rows[i]?.[j] ?? 0), 0);
        expect(gradient).toBeCloseTo(alpha * coefficient, 4);
      }
    }),
  );
});
