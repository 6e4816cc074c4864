import type { GoldenPrediction, PredictedValue } from '../domain/catalogue.ts';
import { readJsonPath } from './json-path.ts';
import { rankLabels } from './rank-labels.ts';

export type Comparison = 'good' | 'drifted' | 'wrong' | 'malformed';

/**
 * Holds a parsed answer against its golden one: malformed without as many values as expected, wrong with another label or a value of
 * another kind, drifted with numbers outside the tolerance.
 */
export function comparePrediction(answer: unknown, golden: GoldenPrediction): Comparison {
  if (golden.topK !== undefined) return compareRanking(answer, golden, golden.topK);
  const values = readValues(answer, golden);
  if (values?.length !== golden.expected.length) return 'malformed';
  const findings = golden.expected.map((expected, index) =>
    compareValue(expected, values[index], golden),
  );
  if (findings.includes('wrong')) return 'wrong';
  return findings.includes('drifted') ? 'drifted' : 'good';
}

function compareValue(
  expected: PredictedValue,
  value: unknown,
  { absoluteTolerance, relativeTolerance = 0 }: GoldenPrediction,
): Comparison {
  if (typeof expected !== 'number') return value === expected ? 'good' : 'wrong';
  if (typeof value !== 'number') return 'wrong';
  const most = absoluteTolerance + relativeTolerance * Math.abs(expected);
  return Math.abs(expected - value) <= most ? 'good' : 'drifted';
}

function compareRanking(answer: unknown, golden: GoldenPrediction, topK: number): Comparison {
  const ranking = rankLabels(readPlace(answer, golden.path));
  if (!ranking) return 'malformed';
  const top = new Set(ranking.slice(0, topK));
  return golden.expected.every((expected) => top.has(expected)) ? 'good' : 'wrong';
}

/** The values to compare. A lone one counts when it is of the kind expected: a text where a number belongs is an exception's. */
function readValues(answer: unknown, { path, expected }: GoldenPrediction) {
  const value = readPlace(answer, path);
  if (Array.isArray(value)) return value as readonly unknown[];
  return typeof value === typeof expected[0] ? [value] : undefined;
}

/** What stands at the path, or where scoring scripts put their predictions: `[142.3]`, `{"result": [142.3]}`. */
function readPlace(answer: unknown, path: string | undefined): unknown {
  if (path !== undefined) {
    const selected = readJsonPath(path, answer);
    return selected.length > 1 ? selected : selected[0];
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return answer;
  const { result, predictions } = answer as Record<string, unknown>;
  return result ?? predictions ?? answer;
}
