import type { DiabetesModel } from './diabetes-model.ts';
import { predict } from './ridge-regression.ts';

/** What the scoring script would have raised; its message is the text that the script answers with. */
export class ScoringError extends Error {
  override readonly name = 'ScoringError';
}

/** Scores the body `{"data": [[10 numbers], ...]}`: one prediction a row. Throws ScoringError when it is anything else. */
export function score(model: DiabetesModel, body: string): number[] {
  const rows = parseRows(body);
  const width = model.featureNames.length;
  return rows.map((row) => {
    if (row.length !== width) {
      throw new ScoringError(
        `X has ${row.length} features, but Ridge is expecting ${width} features as input.`,
      );
    }
    return predict(model, row);
  });
}

function parseRows(body: string): number[][] {
  const data = parseData(body);
  if (!Array.isArray(data) || data.length === 0 || !data.every(Array.isArray)) {
    throw new ScoringError('Expected 2D array with at least one row, as in {"data": [[...]]}.');
  }
  return data.map((row: unknown[]) => row.map(toNumber));
}

function parseData(body: string): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (cause) {
    throw new ScoringError(`The request body is not JSON: ${String(cause)}`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || !('data' in parsed)) {
    // A missing key, as Python writes a KeyError.
    throw new ScoringError("'data'");
  }
  return parsed.data;
}

function toNumber(value: unknown): number {
  if (typeof value !== 'number') {
    throw new ScoringError(`could not convert to float: ${JSON.stringify(value)}`);
  }
  return value;
}
