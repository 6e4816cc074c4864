import { readFile } from 'node:fs/promises';

/** Rows of features and, for each row, the value to predict. */
export type DataSet = {
  readonly featureNames: readonly string[];
  readonly rows: readonly (readonly number[])[];
  readonly targets: readonly number[];
};

const DATA_URL = new URL('diabetes.csv', import.meta.url);

/** Reads the shipped diabetes data: 442 rows, 10 features in their own units, target 25 to 346. */
export async function readDiabetesData(): Promise<DataSet> {
  const [header = '', ...lines] = (await readFile(DATA_URL, 'utf8')).trim().split('\n');
  const table = lines.map((line) => line.split(',').map(Number));
  return {
    featureNames: header.split(',').slice(0, -1),
    rows: table.map((row) => row.slice(0, -1)),
    targets: table.map((row) => row.at(-1) ?? Number.NaN),
  };
}

/**
 * Centres each feature on its mean and divides it by its standard deviation times the square root of the number of
 * rows, so that the squares of each column sum to 1: the input that scikit-learn's `load_diabetes()` gives.
 */
export function standardize(data: DataSet): DataSet {
  const scales = data.featureNames.map((_, feature) => toScale(data.rows, feature));
  const rows = data.rows.map((row) =>
    scales.map(({ mean, norm }, feature) => ((row[feature] ?? Number.NaN) - mean) / norm),
  );
  return { ...data, rows };
}

function toScale(rows: DataSet['rows'], feature: number): { mean: number; norm: number } {
  const column = rows.map((row) => row[feature] ?? Number.NaN);
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  return { mean, norm: Math.hypot(...column.map((value) => value - mean)) };
}
