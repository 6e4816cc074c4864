import type { CommandProblem, RunParameters } from './command.ts';
import { parseDuration } from './duration.ts';
import { parseFaultValue } from './fault-mode.ts';
import { faultModes } from './fault.ts';
import { isMetric, isQuantile, parseTolerance, signals, type Tolerance } from './hypothesis.ts';
import { findNearestWord } from './nearest-word.ts';
import { quoteWord, shorten } from './quote-word.ts';

/** A word that cannot be read, with the words that were probably meant. */
export type WordProblem = Pick<CommandProblem, 'message' | 'suggestion'> & {
  readonly instead?: readonly string[];
};

type Reading = Partial<RunParameters> | WordProblem;

/** Enough for one sentence on a card. */
const longestSentence = 200;

const readers: ReadonlyMap<string, (value: string) => Reading> = new Map([
  ['target', readService],
  ['service', readService],
  ['duration', readDuration],
  ['baseline', readBaseline],
  ['mode', readMode],
  ['value', readValue],
  ['hypothesis', readHypothesis],
  ['break-glass', readBreakGlass],
]);

/** The names of all parameters. */
export const parameterNames: readonly string[] = [...readers.keys()];

export function isProblem(
  reading: object,
): reading is Pick<CommandProblem, 'message' | 'suggestion'> {
  return 'message' in reading;
}

/** Reads one `name=value` or one tolerance, `availability>=99.5%`. */
export function readParameter(text: string): Reading {
  const tolerance = parseTolerance(text);
  if (tolerance) return findEmptyBound(tolerance) ?? { tolerances: [tolerance] };
  const match = /^([a-z][a-z -]*)=(.*)$/is.exec(text);
  if (!match && /[<>]/.test(text)) return notTolerance(text);
  if (!match)
    return {
      message: `"${shorten(text)}" is not a parameter.`,
      suggestion: 'Write `name=value`, for example `duration=90s`.',
    };
  const [, name = '', value = ''] = match;
  const reader = readers.get(name.toLowerCase());
  return reader ? reader(value) : unknownParameter(name, value);
}

/** Adds a reading to the parameters. Each parameter, and each signal's tolerance, may be given once. */
export function mergeParameters(
  before: RunParameters,
  reading: Partial<RunParameters>,
): RunParameters | CommandProblem {
  const again = Object.keys(reading).find(
    (name) => name !== 'tolerances' && Object.hasOwn(before, name),
  );
  if (again) return givenTwice(typedNames.get(again) ?? again);
  const added = reading.tolerances ?? [];
  const signal = added.find((one) =>
    before.tolerances.some((other) => other.signal === one.signal),
  );
  if (signal) return givenTwice(signal.signal);
  return { ...before, ...reading, tolerances: [...before.tolerances, ...added] };
}

const typedNames: ReadonlyMap<string, string> = new Map([
  ['durationMs', 'duration'],
  ['baselineMs', 'baseline'],
  ['breakGlass', 'break-glass'],
  ['service', 'target'],
]);

function givenTwice(name: string): CommandProblem {
  return { message: `${name} is given twice.`, suggestion: 'Keep one of the two.' };
}

/** A bound of 0 decides nothing: it always holds, or never. */
function findEmptyBound({ signal, bound }: Tolerance): WordProblem | undefined {
  if (bound !== 0 || isMetric(signal)) return undefined;
  return {
    message: isQuantile(signal)
      ? `${signal}<=0ms can never hold.`
      : `A bound of 0 for ${signal} always holds, so it checks nothing.`,
    suggestion: 'Write for example `availability>=99%`, `p95<=300ms` or `pods ready>=2`.',
  };
}

function notTolerance(text: string): CommandProblem {
  return {
    message: `"${shorten(text)}" is not a tolerance.`,
    suggestion: 'Write for example `availability>=99%`, `p95<=300ms` or `pods ready>=2`.',
  };
}

function readService(value: string): Reading {
  return value === ''
    ? { message: 'target= names no service.', suggestion: 'For example `target=diabetes`.' }
    : { service: value };
}

function readDuration(value: string): Reading {
  const durationMs = parseDuration(value);
  if (durationMs === undefined)
    return {
      message: `duration="${shorten(value)}" is not a duration.`,
      suggestion: 'Write it as `90s`, `5m` or `1h`, for example `duration=90s`.',
    };
  return durationMs === 0
    ? {
        message: `duration="${shorten(value)}" is no time at all.`,
        suggestion: 'A fault lasts at least 10 s, for example `duration=90s`.',
      }
    : { durationMs };
}

function readBaseline(value: string): Reading {
  const baselineMs = parseDuration(value);
  return baselineMs === undefined
    ? {
        message: `baseline="${shorten(value)}" is not a duration.`,
        suggestion: 'Write it as `90s`, `5m` or `1h`, for example `baseline=2m`.',
      }
    : { baselineMs };
}

function readMode(value: string): Reading {
  const mode = faultModes.find((candidate) => candidate === value.toLowerCase());
  if (mode) return { mode };
  const nearest = findNearestWord(value, faultModes);
  return {
    message: `There is no mode "${shorten(value)}".`,
    suggestion: nearest
      ? `Did you mean \`mode=${nearest}\`?`
      : `Modes are: ${faultModes.join(', ')}; for example \`mode=one\`.`,
    ...(nearest ? { instead: [`mode=${nearest}`] } : {}),
  };
}

function readValue(value: string): Reading {
  const read = parseFaultValue(value);
  if (read === undefined)
    return {
      message: `value="${shorten(value)}" is not a whole number.`,
      suggestion: 'Write `value=2` for two pods or `value=50%` for a percentage of them.',
    };
  return { value: read.value, valueUnit: read.isPercentage ? 'percent' : 'pods' };
}

function readHypothesis(value: string): Reading {
  return (
    findSentenceProblem(value, {
      empty: 'The hypothesis is empty.',
      example: 'hypothesis="Predictions survive the loss of one pod"',
    }) ?? { hypothesis: value }
  );
}

function readBreakGlass(value: string): Reading {
  return (
    findSentenceProblem(value, {
      empty: 'break-glass needs a reason.',
      example: examples.get('break-glass') ?? '',
    }) ?? { breakGlass: value }
  );
}

function findSentenceProblem(
  value: string,
  { empty, example }: { empty: string; example: string },
): CommandProblem | undefined {
  if (value.trim() === '') return { message: empty, suggestion: `For example \`${example}\`.` };
  return value.length > longestSentence
    ? {
        message: `This text has ${value.length} characters; at most ${longestSentence} are allowed.`,
        suggestion: 'Write one sentence.',
      }
    : undefined;
}

function unknownParameter(name: string, value: string): CommandProblem {
  const signal = signals.find((candidate) => candidate === name.toLowerCase());
  if (signal)
    return {
      message: `${signal} needs a comparison, not "=".`,
      suggestion: 'Write for example `availability>=99%`, `p95<=300ms` or `pods ready>=2`.',
    };
  const nearest = findNearestWord(name, parameterNames);
  return {
    message: `There is no parameter "${shorten(name)}".`,
    suggestion: nearest
      ? `Did you mean \`${nearest}=\`? For example \`${examples.get(nearest) ?? ''}\`.`
      : `There are: ${parameterNames.join(', ')}; for example \`duration=90s\`.`,
    ...(nearest ? { instead: [`${nearest}=${quoteWord(value)}`] } : {}),
  };
}

const examples: ReadonlyMap<string, string> = new Map([
  ['target', 'target=diabetes'],
  ['service', 'service=diabetes'],
  ['duration', 'duration=90s'],
  ['baseline', 'baseline=2m'],
  ['mode', 'mode=one'],
  ['value', 'value=2'],
  ['hypothesis', 'hypothesis="Predictions survive"'],
  ['break-glass', 'break-glass="Verifying the fix of incident 4711"'],
]);
