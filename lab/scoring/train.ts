import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { type DataSet, readDiabetesData, standardize } from './diabetes-data.ts';
import type { DiabetesModel } from './diabetes-model.ts';
import { fitRidge, predict, toRSquared } from './ridge-regression.ts';
import { createSeededRandom, shuffle } from './seeded-random.ts';

const MODEL_PATH = fileURLToPath(new URL('model.json', import.meta.url));
const ALPHA = 0.1;
const SPLIT_SEED = 20_040_407;
const HELD_OUT_SHARE = 0.2;
const GOLDEN_ROWS = 3;

/** Trains the served model on the shipped data; the same data give the same model to the last digit. */
export async function trainDiabetesModel(): Promise<DiabetesModel> {
  const data = standardize(await readDiabetesData());
  const { training, heldOut } = split(data);
  const model = fitRidge(training, ALPHA);
  const golden = heldOut.rows.slice(0, GOLDEN_ROWS);
  return {
    algorithm: 'ridge regression',
    alpha: ALPHA,
    split: {
      seed: SPLIT_SEED,
      trainingRows: training.rows.length,
      heldOutRows: heldOut.rows.length,
    },
    rSquared: { training: toRSquared(model, training), heldOut: toRSquared(model, heldOut) },
    featureNames: data.featureNames,
    ...model,
    golden: { data: golden, predictions: golden.map((row) => predict(model, row)) },
  };
}

function split(data: DataSet): { training: DataSet; heldOut: DataSet } {
  const order = shuffle([...data.rows.keys()], createSeededRandom(SPLIT_SEED));
  const heldOutRows = Math.round(order.length * HELD_OUT_SHARE);
  const pick = (indices: readonly number[]): DataSet => ({
    ...data,
    rows: indices.map((index) => data.rows[index] ?? []),
    targets: indices.map((index) => data.targets[index] ?? Number.NaN),
  });
  return { heldOut: pick(order.slice(0, heldOutRows)), training: pick(order.slice(heldOutRows)) };
}

async function main(): Promise<void> {
  const model = await trainDiabetesModel();
  const style = await resolveConfig(MODEL_PATH);
  await writeFile(MODEL_PATH, await format(JSON.stringify(model), { ...style, parser: 'json' }));
  const { training, heldOut } = model.rSquared;
  process.stdout.write(
    `R² ${training.toFixed(3)} on training data, ${heldOut.toFixed(3)} held out\n`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
