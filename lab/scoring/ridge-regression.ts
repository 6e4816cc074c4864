import type { DataSet } from './diabetes-data.ts';

/** A linear model: the prediction is the intercept plus the sum of coefficient times feature. */
export type LinearModel = {
  readonly intercept: number;
  readonly coefficients: readonly number[];
};

/**
 * Fits ridge regression in closed form: coefficients w solve (X'X + alpha I) w = X'y on centred X and y, and the
 * intercept is not penalised (as scikit-learn's `Ridge` does it).
 */
export function fitRidge({ rows, targets }: DataSet, alpha: number): LinearModel {
  const means = toColumns(rows).map(toMean);
  const targetMean = toMean(targets);
  const columns = toColumns(rows).map((column, j) => column.map((x) => x - (means[j] ?? 0)));
  const centredTargets = targets.map((y) => y - targetMean);
  const gram = columns.map((left, i) =>
    columns.map((right, j) => dot(left, right) + (i === j ? alpha : 0)),
  );
  const coefficients = solve(
    gram,
    columns.map((column) => dot(column, centredTargets)),
  );
  return { intercept: targetMean - dot(coefficients, means), coefficients };
}

export function predict({ intercept, coefficients }: LinearModel, row: readonly number[]): number {
  return intercept + dot(coefficients, row);
}

/** R², the share of the targets' variance that the model explains; 1 is perfect, 0 no better than their mean. */
export function toRSquared(model: LinearModel, { rows, targets }: DataSet): number {
  const mean = toMean(targets);
  const residuals = targets.map((y, index) => y - predict(model, rows[index] ?? []));
  const deviations = targets.map((y) => y - mean);
  return 1 - dot(residuals, residuals) / dot(deviations, deviations);
}

/** Solves A x = b by Gaussian elimination with partial pivoting. */
function solve(matrix: readonly number[][], vector: readonly number[]): number[] {
  const system = matrix.map((row, i) => [...row, vector[i] ?? 0]);
  for (let pivot = 0; pivot < system.length; pivot += 1) eliminate(system, pivot);
  const solution = Array.from(vector, () => 0);
  for (let i = system.length - 1; i >= 0; i -= 1) {
    const row = system[i] ?? [];
    const known = row
      .slice(i + 1, -1)
      .reduce((sum, a, j) => sum + a * (solution[i + 1 + j] ?? 0), 0);
    solution[i] = ((row.at(-1) ?? 0) - known) / (row[i] ?? Number.NaN);
  }
  return solution;
}

/** Brings the largest entry of the pivot's column to its row and clears the column below. */
function eliminate(system: number[][], pivot: number): void {
  const size = (row: readonly number[]) => Math.abs(row[pivot] ?? 0);
  const [best = [], ...rest] = system.slice(pivot).toSorted((a, b) => size(b) - size(a));
  const cleared = rest.map((row) => {
    const factor = (row[pivot] ?? 0) / (best[pivot] ?? Number.NaN);
    return row.map((value, j) => value - factor * (best[j] ?? 0));
  });
  system.splice(pivot, system.length - pivot, best, ...cleared);
}

function toColumns(rows: DataSet['rows']): number[][] {
  return (rows[0] ?? []).map((_, feature) => rows.map((row) => row[feature] ?? Number.NaN));
}

function toMean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? Number.NaN), 0);
}
