import type { Command, CommandKind, CommandProblem, RunParameters } from './command.ts';
import { parseDuration } from './duration.ts';
import { parseRunId, type RunId } from './ids.ts';
import { findNearestWord } from './nearest-word.ts';

const kinds: readonly CommandKind[] = [
  'run',
  'stop',
  'status',
  'summarize',
  'experiments',
  'history',
  'health',
  'help',
];

/**
 * Reads what somebody typed after the bot's mention was removed, with or without a leading `/chaos` or `chaos`. Nothing typed is a call
 * for help. Gives the problem, never an exception, for words that are no command.
 */
export function parseCommand(text: string): Command | CommandProblem {
  const [verb = 'help', ...words] = toWords(text);
  const kind = kinds.find((candidate) => candidate === verb.toLowerCase().replace(/^\//, ''));
  if (!kind) return unknownCommand(verb);
  switch (kind) {
    case 'run':
      return parseRun(words);
    case 'stop':
      return words[0]?.toLowerCase() === 'all'
        ? { kind, all: true }
        : withRunId(words, (run) => ({ kind, all: false, ...run }));
    case 'status':
      return withRunId(words, (run) => ({ kind, ...run }));
    case 'summarize':
      return parseSummarize(words);
    case 'experiments':
    case 'history':
    case 'health':
    case 'help':
      return { kind };
  }
}

/** Phones and Teams turn what is typed into what looks better; a command means the plain characters. */
function toPlain(text: string): string {
  return text
    .replaceAll(/[\u00a0\u2007\u202f]/g, ' ')
    .replaceAll(/[\u200b-\u200d\u2060\ufeff]/g, '')
    .replaceAll(/[\u2010-\u2015\u2212]/g, '-')
    .replaceAll(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replaceAll(/[\u2018\u2019]/g, "'")
    .replaceAll('≥', '>=')
    .replaceAll('≤', '<=')
    .trim();
}

/** Splits at white space outside of double quotes; quotes may stand around a word or a part of it. */
function toWords(text: string): string[] {
  const words = Array.from(toPlain(text).matchAll(/(?:[^\s"]+|"[^"]*"?)+/g), ([word]) =>
    word.replaceAll('"', ''),
  );
  const first = words[0]?.toLowerCase();
  return first === '/chaos' || first === 'chaos' ? words.slice(1) : words;
}

function unknownCommand(verb: string): CommandProblem {
  const nearest = findNearestWord(verb.replace(/^\//, ''), kinds);
  return {
    message: `"${verb}" is not a command.`,
    suggestion: nearest ? `Did you mean \`${nearest}\`?` : `There are: ${kinds.join(', ')}.`,
  };
}

function withRunId(
  [word]: readonly string[],
  toCommand: (run: { runId?: RunId }) => Command,
): Command | CommandProblem {
  if (word === undefined) return toCommand({});
  const runId = parseRunId(word);
  return runId ? toCommand({ runId }) : notARun(word);
}

function parseSummarize(words: readonly string[]): Command | CommandProblem {
  const word = words[0]?.toLowerCase();
  if (word === 'today' || word === '7d') return { kind: 'summarize', span: word };
  return withRunId(words, (run) => ({ kind: 'summarize', ...run }));
}

function notARun(word: string): CommandProblem {
  return {
    message: `"${word}" is not a run.`,
    suggestion: 'Runs are named like `r-7k2mq4`; `history` shows them.',
  };
}

function parseRun([experiment, ...words]: readonly string[]): Command | CommandProblem {
  if (experiment === undefined) {
    return {
      message: 'Which experiment?',
      suggestion: 'Say `run pod-failure`; `experiments` lists them.',
    };
  }
  const read: Partial<RunParameters>[] = [];
  for (const word of words) {
    const parsed = parseParameter(word);
    if ('message' in parsed) return parsed;
    read.push(parsed);
  }
  const tolerances = read.flatMap((parsed) => parsed.tolerances ?? []);
  return {
    kind: 'run',
    experiment,
    parameters: Object.assign({}, ...read, { tolerances }) as RunParameters,
  };
}

const parameterNames = ['duration', 'mode', 'value', 'service', 'target', 'hypothesis'];

function parseParameter(word: string): Partial<RunParameters> | CommandProblem {
  if (/[<>]=/.test(word)) return { tolerances: [word] };
  const match = /^([a-z]+)=(.*)$/is.exec(word);
  if (!match)
    return {
      message: `"${word}" is not a parameter.`,
      suggestion: 'Write them as `name=value`, for example `duration=90s`.',
    };
  const [, name = '', value = ''] = match;
  switch (name.toLowerCase()) {
    case 'duration':
      return readDuration(value);
    case 'mode':
      return { mode: value };
    case 'value':
      return readValue(value);
    case 'service':
    case 'target':
      return { service: value };
    case 'hypothesis':
      return { hypothesis: value };
    default:
      return unknownParameter(name);
  }
}

function readDuration(value: string): Partial<RunParameters> | CommandProblem {
  const durationMs = parseDuration(value);
  return durationMs === undefined
    ? {
        message: `duration="${value}" is not a duration.`,
        suggestion: 'Write it as `90s`, `5m` or `1h`.',
      }
    : { durationMs };
}

function readValue(value: string): Partial<RunParameters> | CommandProblem {
  return /^\d+%?$/.test(value)
    ? { value: Number(value.replace('%', '')) }
    : {
        message: `value="${value}" is not a whole number.`,
        suggestion: 'Write it as `2` pods or `50%`, as the mode asks.',
      };
}

function unknownParameter(name: string): CommandProblem {
  const nearest = findNearestWord(name, parameterNames);
  return {
    message: `There is no parameter "${name}".`,
    suggestion: nearest
      ? `Did you mean \`${nearest}=\`?`
      : `There are: ${parameterNames.join(', ')}.`,
  };
}
