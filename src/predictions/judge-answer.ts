import type { GoldenPrediction } from '../domain/catalogue.ts';
import type { FailureKind } from '../domain/measurement.ts';

/** What came of one prediction. */
export type Outcome = 'good' | FailureKind;

/** Judges an answer of the scoring service. A status of 200 proves nothing: scoring scripts put their exception's text there. */
export function judgeAnswer(status: number, body: string, golden: GoldenPrediction): Outcome {
  if (status === 429 || status === 503) return 'overloaded';
  // Managed endpoints answer 424 for any failure of the model's container.
  if (status >= 500 || status === 424) return 'server-error';
  if (status < 200 || status >= 300) return 'client-error';
  const predictions = readPredictions(body);
  if (predictions?.length !== golden.expected.length) return 'malformed';
  const right = golden.expected.every(
    (expected, index) =>
      Math.abs(expected - (predictions[index] ?? Number.NaN)) <= golden.absoluteTolerance,
  );
  return right ? 'good' : 'wrong';
}

/** The numbers of an answer such as `[142.3]` or `{"result": [142.3]}`, which some scripts wrap in a JSON string once more. */
function readPredictions(body: string): readonly number[] | undefined {
  let answer = parse(body);
  if (typeof answer === 'string') answer = parse(answer);
  if (isRecord(answer)) answer = answer['result'] ?? answer['predictions'];
  return Array.isArray(answer) && answer.every((item) => typeof item === 'number')
    ? answer
    : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const kindByCode: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  ENOTFOUND: 'refused',
  EAI_AGAIN: 'refused',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'malformed',
};

/** The kind of failure behind an exchange that gave no answer; a connection that broke, also in the middle of an answer, is a reset. */
export function judgeError(thrown: unknown): FailureKind {
  if (!isRecord(thrown)) return 'reset';
  const { name, message } = thrown;
  const code = typeof thrown['code'] === 'string' ? thrown['code'] : '';
  if (name === 'TimeoutError' || name === 'AbortError') return 'timeout';
  if (name === 'HTTPParserError')
    return typeof message === 'string' && message.includes('EOF') ? 'reset' : 'malformed';
  if (certificateProblem.test(code)) return 'refused';
  return kindByCode[code] ?? 'reset';
}

/** Node's codes for a certificate that we do not accept: no connection came about. */
const certificateProblem = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/;
