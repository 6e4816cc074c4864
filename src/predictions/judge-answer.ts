import type { GoldenPrediction, ModelVersion } from '../domain/catalogue.ts';
import type { FailureKind } from '../domain/measurement.ts';
import type { Outcome } from '../domain/prediction-result.ts';
import { comparePrediction } from './compare-prediction.ts';
import { readJsonPath } from './json-path.ts';
import { parseExactJson } from './parse-exact-json.ts';
import { findOwn } from '../domain/find-own.ts';

/** An answer as it came; header names in lower case. */
export type Answer = {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
};

/** What is right of an answer. */
export type Expectation = {
  readonly golden: GoldenPrediction;
  readonly modelVersion?: ModelVersion | undefined;
};

/**
 * Judges an answer of the scoring service. A status of 200 proves nothing: scoring scripts put their exception's text there. An answer of
 * another version of the model is stale, whether right or not.
 */
export function judgeAnswer(answer: Answer, { golden, modelVersion }: Expectation): Outcome {
  const refused = judgeStatus(answer.status);
  if (refused) return refused;
  const parsed = parseAnswer(answer.body);
  if (parsed === undefined) return 'malformed';
  const compared = comparePrediction(parsed, golden);
  if (compared === 'malformed' || !modelVersion) return compared;
  return readVersion(modelVersion, answer.headers, parsed) === modelVersion.expected
    ? compared
    : 'stale';
}

function judgeStatus(status: number): FailureKind | undefined {
  if (status === 429 || status === 503) return 'overloaded';
  // Managed endpoints answer 424 for any failure of the model's container, and 408 when it took too long.
  if (status === 408) return 'timeout';
  if (status >= 500 || status === 424) return 'server-error';
  return status < 200 || status >= 300 ? 'client-error' : undefined;
}

function readVersion(
  { header, path }: ModelVersion,
  headers: Answer['headers'],
  parsed: unknown,
): string | undefined {
  const told = header === undefined ? undefined : findOwn(headers, header.toLowerCase());
  const [version] = path === undefined ? [told] : readJsonPath(path, parsed);
  const isVersion = ['string', 'number', 'bigint'].includes(typeof version);
  return isVersion ? String(version) : undefined;
}

/** The JSON of an answer, which some scripts wrap in a JSON string once more; undefined when it is none. */
function parseAnswer(body: string): unknown {
  const answer = parseExactJson(body);
  if (typeof answer !== 'string') return answer;
  const inner = parseExactJson(answer);
  return typeof inner === 'object' && inner !== null ? inner : answer;
}
