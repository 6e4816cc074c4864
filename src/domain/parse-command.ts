import type { Command, CommandKind, CommandProblem, RunParameters } from './command.ts';
import { parseRunId, type RunId } from './ids.ts';
import { findNearestWord } from './nearest-word.ts';
import { isProblem, mergeParameters, readParameter } from './read-parameters.ts';
import { splitWords, type Word } from './split-words.ts';

/** What can be typed; the kind `choose` is a `run` without more, and `rehearse` one that injects nothing. */
const kinds: readonly (Exclude<CommandKind, 'choose' | 'prepare'> | 'rehearse')[] = [
  'run',
  'rehearse',
  'stop',
  'freeze',
  'unfreeze',
  'status',
  'summarize',
  'audit',
  'experiments',
  'history',
  'health',
  'help',
];

/**
 * Reads what somebody typed after the bot's mention was removed, with or without a leading `/chaos` or `chaos`. Nothing typed is a call
 * for help. Gives the problem and its place, never an exception, for words that are no command.
 */
export function parseCommand(typed: string): Command | CommandProblem {
  const all = splitWords(typed);
  const [verb, ...words] = /^\/?chaos$/i.test(all[0]?.text ?? '') ? all.slice(1) : all;
  if (!verb) return { kind: 'help' };
  const kind = kinds.find((candidate) => candidate === verb.text.toLowerCase().replace(/^\//, ''));
  if (!kind) return locate(unknownCommand(verb.text), typed, verb);
  switch (kind) {
    case 'run':
      return parseRun(typed, words);
    case 'rehearse':
      return parseRun(typed, words, { rehearsal: true });
    case 'stop':
      return words[0]?.text.toLowerCase() === 'all' ? { kind, all: true } : parseStop(typed, words);
    case 'freeze':
      return parseFreeze(words);
    case 'status':
      return withRunId(typed, words, (run) => ({ kind, ...run }));
    case 'audit':
      return withRunId(typed, words, (run) => ({ kind, ...run }));
    case 'summarize':
      return parseSummarize(typed, words);
    case 'experiments':
      return parseExperiments(typed, words);
    case 'unfreeze':
    case 'history':
    case 'health':
    case 'help':
      return { kind };
  }
}

const contextLength = 40;

/** The problem with the words around it, and a mark on both of its sides. */
function locate(problem: CommandProblem, typed: string, { from, until }: Word): CommandProblem {
  const before = typed.slice(Math.max(0, from - contextLength), from);
  const after = typed.slice(until, until + contextLength);
  const start = from > contextLength ? '…' : '';
  const end = until + contextLength < typed.length ? '…' : '';
  const word = typed.slice(from, until).slice(0, 2 * contextLength);
  return { ...problem, where: `${start}${before}▸${word}◂${after}${end}`.trim() };
}

function unknownCommand(verb: string): CommandProblem {
  const nearest = findNearestWord(verb.replace(/^\//, ''), kinds);
  return {
    message: `"${verb}" is not a command.`,
    suggestion: nearest
      ? `Did you mean \`${nearest}\`?`
      : `There are: ${kinds.join(', ')}; for example \`run pod-failure\`.`,
  };
}

function withRunId(
  typed: string,
  [word]: readonly Word[],
  toCommand: (run: { runId?: RunId }) => Command,
): Command | CommandProblem {
  if (word === undefined) return toCommand({});
  const runId = parseRunId(word.text);
  return runId ? toCommand({ runId }) : locate(notARun(word.text), typed, word);
}

function parseStop(typed: string, words: readonly Word[]): Command | CommandProblem {
  const wrong = words.find(({ text }) => !parseRunId(text));
  if (wrong) return locate(notARun(wrong.text), typed, wrong);
  const runIds = words.flatMap(({ text }) => parseRunId(text) ?? []);
  return { kind: 'stop', all: false, ...(runIds.length > 0 ? { runIds } : {}) };
}

function parseSummarize(typed: string, words: readonly Word[]): Command | CommandProblem {
  const word = words[0]?.text.toLowerCase();
  if (word === 'today' || word === '7d') return { kind: 'summarize', span: word };
  return withRunId(typed, words, (run) => ({ kind: 'summarize', ...run }));
}

const longestReason = 200;

/** Never refused for its reason: what is too long is cut. */
function parseFreeze(words: readonly Word[]): Command {
  const reason = words
    .map(({ text }) => text)
    .join(' ')
    .trim()
    .slice(0, longestReason);
  return { kind: 'freeze', ...(reason === '' ? {} : { reason }) };
}

/** `experiments`, or `experiments prepare NAME [target=SERVICE]`. */
function parseExperiments(
  typed: string,
  [verb, experiment, target]: readonly Word[],
): Command | CommandProblem {
  if (verb?.text.toLowerCase() !== 'prepare') return { kind: 'experiments' };
  if (!experiment) return locate(namelessPreparation, typed, verb);
  const service = /^target=(.+)$/i.exec(target?.text ?? '')?.[1];
  if (target && service === undefined) return locate(namelessPreparation, typed, target);
  return { kind: 'prepare', experiment: experiment.text, ...(service ? { service } : {}) };
}

const namelessPreparation: CommandProblem = {
  message: 'Which experiment?',
  suggestion:
    'Its name comes after it: `experiments prepare pod-failure`, with `target=SERVICE` for another service.',
};

function notARun(word: string): CommandProblem {
  return {
    message: `"${word}" is not a run.`,
    suggestion: 'Runs are named like `r-7k2mq4`; `history` shows them.',
  };
}

function parseRun(
  typed: string,
  [experiment, ...words]: readonly Word[],
  said: { readonly rehearsal?: true } = {},
): Command | CommandProblem {
  if (experiment === undefined) return { kind: 'choose' };
  const isParameter = /[<>=]/.test(experiment.text);
  if (isParameter) return locate(namelessRun, typed, experiment);
  let parameters: RunParameters = { tolerances: [] };
  const isDry = ({ text }: Word) => /^(--)?dry$/i.test(text);
  const isRehearsal = ({ text }: Word) => /^(--)?rehearse$/i.test(text);
  for (const word of words.filter((one) => !isDry(one) && !isRehearsal(one))) {
    const merged = readWord(word, parameters);
    if (isProblem(merged)) return locate(merged, typed, word);
    parameters = merged;
  }
  return {
    kind: 'run',
    experiment: experiment.text,
    parameters,
    ...said,
    ...(words.some(isDry) ? { dry: true } : {}),
    ...(words.some(isRehearsal) ? { rehearsal: true } : {}),
  };
}

const namelessRun: CommandProblem = {
  message: 'Which experiment?',
  suggestion: 'Its name stands first: `run pod-failure duration=90s`; `experiments` lists them.',
};

function readWord(word: Word, before: RunParameters): RunParameters | CommandProblem {
  if (word.unclosed)
    return {
      message: 'A quote is opened and not closed.',
      suggestion: 'Close it, as in `hypothesis="Predictions survive"`.',
    };
  const reading = readParameter(word.text);
  return isProblem(reading) ? reading : mergeParameters(before, reading);
}
