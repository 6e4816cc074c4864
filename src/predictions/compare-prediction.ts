import type { GoldenPrediction, PredictedValue } from '../domain/catalogue.ts';
import { readJsonPath } from './json-path.ts';
import { parseExactJson } from './parse-exact-json.ts';
import { rankLabels } from './rank-labels.ts';

export type Comparison = 'good' | 'drifted' | 'wrong' | 'malformed';

/**
 * Holds a parsed answer against its golden one: malformed without as many values as expected, wrong with another label or a value of
 * another kind, drifted with numbers outside the tolerance.
 */
export function comparePrediction(answer: unknown, golden: GoldenPrediction): Comparison {
  const expected = readExpected(golden);
  if (golden.topK !== undefined)
    return compareRanking(answer, { ...golden, expected }, golden.topK);
  const values = readValues(answer, golden.path, expected);
  if (values?.length !== expected.length) return 'malformed';
  const findings = expected.map((each, index) => compareValue(each, values[index], golden));
  if (findings.includes('wrong')) return 'wrong';
  return findings.includes('drifted') ? 'drifted' : 'good';
}

/** Integers that a number would round are bigints, here and in parsed answers. */
type ExactValue = PredictedValue | bigint;

function readExpected({ expected, expectedText }: GoldenPrediction): readonly ExactValue[] {
  return expectedText === undefined
    ? expected
    : (parseExactJson(expectedText) as readonly ExactValue[]);
}

const isNumeric = (value: unknown) => typeof value === 'number' || typeof value === 'bigint';

function compareValue(
  expected: ExactValue,
  value: unknown,
  { absoluteTolerance, relativeTolerance = 0 }: GoldenPrediction,
): Comparison {
  if (typeof expected !== 'number' && typeof expected !== 'bigint')
    return value === expected ? 'good' : 'wrong';
  if (typeof value !== 'number' && typeof value !== 'bigint') return 'wrong';
  const most = absoluteTolerance + relativeTolerance * Math.abs(Number(expected));
  return findDistance(expected, value) <= most ? 'good' : 'drifted';
}

/** Exact for integers of any length. */
function findDistance(left: number | bigint, right: number | bigint): number {
  if (typeof left === 'number' && typeof right === 'number') return Math.abs(left - right);
  if (!isWhole(left) || !isWhole(right)) return Math.abs(Number(left) - Number(right));
  return Math.abs(Number(BigInt(left) - BigInt(right)));
}

const isWhole = (value: number | bigint) => typeof value === 'bigint' || Number.isInteger(value);

function compareRanking(
  answer: unknown,
  { path, expected }: { readonly path?: string; readonly expected: readonly ExactValue[] },
  topK: number,
): Comparison {
  const ranking = rankLabels(readPlace(answer, path));
  if (!ranking) return 'malformed';
  const top = new Set(ranking.slice(0, topK));
  return expected.every((label) => top.has(label)) ? 'good' : 'wrong';
}

/** The values to compare. A lone one counts when it is of the kind expected: a text where a number belongs is an exception's. */
function readValues(
  answer: unknown,
  path: string | undefined,
  [first]: readonly ExactValue[],
): readonly unknown[] | undefined {
  const value = readPlace(answer, path);
  if (Array.isArray(value)) return value as readonly unknown[];
  const isOfKind = isNumeric(first) ? isNumeric(value) : typeof value === typeof first;
  return isOfKind ? [value] : undefined;
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
