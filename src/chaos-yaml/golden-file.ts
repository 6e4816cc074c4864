import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import type { GoldenPrediction } from '../domain/catalogue.ts';
import { findNearestWord } from '../domain/nearest-word.ts';
import { golden, goldenShape } from './golden-schema.ts';
import { findMemberText } from './json-member.ts';
import type { Problem } from './problem.ts';
import { wordIssue } from './word-issue.ts';

/** A proposal holds every golden prediction, so that its digest covers them: a file must stay small enough to be a part of it. */
const largestBytes = 1_048_576;

/** Reads a JSON Lines file of golden predictions, one on each line. Gives every problem at once, with its line. */
export function readGoldenFile(
  path: string,
): { value: readonly GoldenPrediction[] } | { problems: readonly string[] } {
  const text = readText(path);
  if (text === undefined)
    return { problems: [`${path}:1: cannot be read; goldenFile is relative to chaos.yaml`] };
  const bytes = Buffer.byteLength(text);
  if (bytes > largestBytes) {
    const problem = `${path}:1: has ${bytes} bytes, and ${largestBytes} are the most; keep a sample of the inputs`;
    return { problems: [problem] };
  }
  const lines = text.split('\n').map((line, index) => ({ line, at: `${path}:${index + 1}` }));
  const read = lines.filter(({ line }) => line.trim() !== '').map(readLine);
  const problems = read.flatMap((each) => each.problems);
  if (read.length === 0) problems.push(`${path}:1: holds no golden prediction`);
  return problems.length > 0 ? { problems } : { value: read.flatMap(({ value }) => value) };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

type Line = { readonly value: readonly GoldenPrediction[]; readonly problems: readonly string[] };

function readLine({ line, at }: { line: string; at: string }): Line {
  const json = parse(line);
  if (json === undefined)
    return { value: [], problems: [`${at}: is not JSON, one object on a line`] };
  const parsed = golden.safeParse(json, { errorMap: wordIssue });
  if (parsed.success)
    return { value: [{ ...parsed.data, ...findTexts(line, parsed.data) }], problems: [] };
  const problems = parsed.error.issues.flatMap(toProblems);
  return {
    value: [],
    problems: problems.map(({ path, message }) => [at, ...path, message].join(': ')),
  };
}

/** What of a line must be kept as it stands there: parsed and written again it would be another. */
function findTexts(
  line: string,
  { input, expected }: GoldenPrediction,
): Pick<GoldenPrediction, 'inputText' | 'expectedText'> {
  const inputText = findMemberText(line, 'input');
  const expectedText = findMemberText(line, 'expected');
  const isRounded = expected.some(
    (value) => typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value),
  );
  return {
    ...(inputText === undefined || inputText === JSON.stringify(input) ? {} : { inputText }),
    ...(expectedText === undefined || !isRounded ? {} : { expectedText }),
  };
}

/** A key that is unknown is a problem of its own, with the nearest one that there is. */
function toProblems(issue: z.ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ path: issue.path.length > 0 ? [issue.path.join('.')] : [], message: issue.message }];
  return issue.keys.map((key) => {
    const nearest = findNearestWord(key.slice(0, 200), Object.keys(goldenShape.shape));
    return { path: [key], message: `unknown key${nearest ? `; did you mean "${nearest}"?` : ''}` };
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
