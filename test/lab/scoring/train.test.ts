import { expect, test } from '@jest/globals';
import { readDiabetesData, standardize } from '../../../lab/scoring/diabetes-data.ts';
import { diabetesModel } from '../../../lab/scoring/diabetes-model.ts';
import { predict } from '../../../lab/scoring/ridge-regression.ts';
import { trainDiabetesModel } from '../../../lab/scoring/train.ts';

test('the shipped data are the 442 patients of Efron and others', async () => {
  const { rows, targets, featureNames } = await readDiabetesData();
  expect(rows).toHaveLength(442);
  expect(featureNames).toEqual(['age', 'sex', 'bmi', 'bp', 's1', 's2', 's3', 's4', 's5', 's6']);
  // The figures that the data are known by: the range of the target and its mean.
  expect([Math.min(...targets), Math.max(...targets)]).toEqual([25, 346]);
  expect(targets.reduce((sum, y) => sum + y, 0) / 442).toBeCloseTo(152.1335, 4);
});

test('standardised features are those of load_diabetes in scikit-learn', async () => {
  const { rows } = standardize(await readDiabetesData());
  const first = [
    0.03807591, 0.05068012, 0.06169621, 0.02187239, -0.0442235, -0.03482076, -0.04340085,
    -0.00259226, 0.01990749, -0.01764613,
  ];
  for (const [feature, value] of first.entries()) expect(rows[0]?.[feature]).toBeCloseTo(value, 4);
  for (const feature of first.keys()) {
    expect(rows.reduce((sum, row) => sum + (row[feature] ?? 0) ** 2, 0)).toBeCloseTo(1, 10);
  }
});

test('training on the shipped data gives the shipped model', async () => {
  const trained = await trainDiabetesModel();
  const shipped = diabetesModel;
  expect(trained.rSquared.heldOut).toBeCloseTo(shipped.rSquared.heldOut, 10);
  expect(trained.rSquared.training).toBeCloseTo(shipped.rSquared.training, 10);
  for (const [index, coefficient] of trained.coefficients.entries()) {
    expect(coefficient).toBeCloseTo(shipped.coefficients[index] ?? Number.NaN, 6);
  }
});

test('the shipped model explains about half of the variance, on held-out patients too', () => {
  const { rSquared, split } = diabetesModel;
  expect(split).toMatchObject({ trainingRows: 354, heldOutRows: 88 });
  expect(rSquared.training).toBeGreaterThan(0.45);
  expect(rSquared.heldOut).toBeGreaterThan(0.45);
});

test('golden rows are predicted as the shipped model says', () => {
  const model = diabetesModel;
  const predictions = model.golden.data.map((row) => predict(model, row));
  for (const [index, prediction] of predictions.entries()) {
    expect(prediction).toBeCloseTo(model.golden.predictions[index] ?? Number.NaN, 8);
  }
});
