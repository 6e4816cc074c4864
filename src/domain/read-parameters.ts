import type { CommandProblem, RunParameters } from './command.ts';
import { parseDuration } from './duration.ts';
import { faultModes } from './fault.ts';
import { parseTolerance, signals } from './hypothesis.ts';
import { findNearestWord } from './nearest-word.ts';

type Reading = Partial<RunParameters> | CommandProblem;

/** Enough for a sentence, and little enough for a card. */
const longestSentence = 200;

const readers: Readonly<Record<string, (value: string) => Reading>> = {
  target: readService,
  service: readService,
  duration: readDuration,
  mode: readMode,
  value: readValue,
  hypothesis: readHypothesis,
  'break-glass': readBreakGlass,
};

/** What can stand before a `=`. */
export const parameterNames: readonly string[] = Object.keys(readers);

export function isProblem(reading: object): reading is CommandProblem {
  return 'message' in reading;
}

/** Reads one `name=value` or one tolerance, `availability>=99.5%`. */
export function readParameter(text: string): Reading {
  const tolerance = parseTolerance(text);
  if (tolerance) return { tolerances: [tolerance] };
  const match = /^([a-z][a-z -]*)=(.*)$/is.exec(text);
  if (!match && /[<>]/.test(text)) return notTolerance(text);
  if (!match)
    return {
      message: `"${text}" is not a parameter.`,
      suggestion: 'Write `name=value`, for example `duration=90s`.',
    };
  const [, name = '', value = ''] = match;
  const reader = readers[name.toLowerCase()];
  return reader ? reader(value) : unknownParameter(name);
}

/** Puts the readings together. A parameter may be given once, and each signal one tolerance. */
export function mergeParameters(
  before: RunParameters,
  reading: Partial<RunParameters>,
): RunParameters | CommandProblem {
  const again = Object.keys(reading).find((name) => name !== 'tolerances' && name in before);
  if (again) return givenTwice(typedNames[again] ?? again);
  const added = reading.tolerances ?? [];
  const signal = added.find((one) =>
    before.tolerances.some((other) => other.signal === one.signal),
  );
  if (signal) return givenTwice(signal.signal);
  return { ...before, ...reading, tolerances: [...before.tolerances, ...added] };
}

const typedNames: Readonly<Record<string, string>> = {
  durationMs: 'duration',
  breakGlass: 'break-glass',
};

function givenTwice(name: string): CommandProblem {
  return { message: `${name} is given twice.`, suggestion: 'Keep the one that you mean.' };
}

function notTolerance(text: string): CommandProblem {
  return {
    message: `"${text}" is not a tolerance.`,
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
  return durationMs === undefined
    ? {
        message: `duration="${value}" is not a duration.`,
        suggestion: 'Write it as `90s`, `5m` or `1h`, for example `duration=90s`.',
      }
    : { durationMs };
}

function readMode(value: string): Reading {
  const mode = faultModes.find((candidate) => candidate === value.toLowerCase());
  if (mode) return { mode };
  const nearest = findNearestWord(value, faultModes);
  return {
    message: `There is no mode "${value}".`,
    suggestion: nearest
      ? `Did you mean \`mode=${nearest}\`?`
      : `Modes are: ${faultModes.join(', ')}; for example \`mode=one\`.`,
  };
}

function readValue(value: string): Reading {
  return /^\d{1,9}%?$/.test(value)
    ? { value: Number(value.replace('%', '')) }
    : {
        message: `value="${value}" is not a whole number.`,
        suggestion: 'Write it as `2` pods or `50%`, as the mode asks, for example `value=2`.',
      };
}

function readHypothesis(value: string): Reading {
  return (
    findSentenceProblem(value, {
      empty: 'The hypothesis says nothing.',
      example: 'hypothesis="Predictions survive the loss of one pod"',
    }) ?? { hypothesis: value }
  );
}

function readBreakGlass(value: string): Reading {
  return (
    findSentenceProblem(value, {
      empty: 'Breaking the glass needs a reason.',
      example: examples['break-glass'] ?? '',
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
        message: `That has ${value.length} characters; ${longestSentence} are the most.`,
        suggestion: 'Say it in one sentence.',
      }
    : undefined;
}

function unknownParameter(name: string): CommandProblem {
  const signal = signals.find((candidate) => candidate === name.toLowerCase());
  if (signal)
    return {
      message: `${signal} needs a comparison, not "=".`,
      suggestion: 'Write for example `availability>=99%`, `p95<=300ms` or `pods ready>=2`.',
    };
  const nearest = findNearestWord(name, parameterNames);
  return {
    message: `There is no parameter "${name}".`,
    suggestion: nearest
      ? `Did you mean \`${nearest}=\`? For example \`${examples[nearest] ?? ''}\`.`
      : `There are: ${parameterNames.join(', ')}; for example \`duration=90s\`.`,
  };
}

const examples: Readonly<Record<string, string>> = {
  target: 'target=diabetes',
  service: 'service=diabetes',
  duration: 'duration=90s',
  mode: 'mode=one',
  value: 'value=2',
  hypothesis: 'hypothesis="Predictions survive"',
  'break-glass': 'break-glass="Verifying the fix of incident 4711"',
};
