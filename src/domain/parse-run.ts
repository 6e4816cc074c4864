import { findAmountProblem, printAmount } from './amount.ts';
import type { Command, CommandProblem, RunParameters } from './command.ts';
import {
  findName,
  listNames,
  locate,
  suggest,
  type Typed,
  type Vocabulary,
} from './explain-problem.ts';
import { quoteWord, shorten } from './quote-word.ts';
import { isProblem, mergeParameters, readParameter, type WordProblem } from './read-parameters.ts';
import type { Word } from './split-words.ts';

/** Reads what follows the verb of a run: the experiment's name first, then parameters in any order. A wrong name is reported before a wrong parameter. */
export function parseRun(
  message: Typed,
  vocabulary: Vocabulary | undefined,
  said: { readonly rehearsal?: true } = {},
): Command | CommandProblem {
  const { typed, words: all } = message;
  const [, experiment, ...words] = all;
  if (experiment === undefined) return { kind: 'choose' };
  const isParameter = /[<>=]/.test(experiment.text);
  const wrongName = isParameter
    ? nameless(message, vocabulary)
    : findUnknown(experiment, message, vocabulary);
  if (wrongName) return locate(wrongName, typed, experiment);
  const given = words.filter((one) => !isDry(one) && !isRehearsal(one));
  const read = readWords(given, message, vocabulary);
  if (isProblem(read)) return read;
  return {
    kind: 'run',
    experiment: experiment.text,
    parameters: read,
    ...said,
    ...(words.some(isDry) ? { dry: true } : {}),
    ...(words.some(isRehearsal) ? { rehearsal: true } : {}),
  };
}

const isDry = ({ text }: Word) => /^(--)?dry[.!]?$/i.test(text);
const isRehearsal = ({ text }: Word) => /^(--)?rehearse[.!]?$/i.test(text);

function readWords(
  words: readonly Word[],
  message: Typed,
  vocabulary: Vocabulary | undefined,
): RunParameters | CommandProblem {
  let parameters: RunParameters = { tolerances: [] };
  for (const word of words) {
    const merged = readWord(word, parameters, vocabulary);
    if (isProblem(merged)) {
      const { instead = [], ...problem } = merged;
      return locate(suggest(problem, message, { wrong: [word], instead }), message.typed, word);
    }
    parameters = merged;
  }
  return requireAmount(parameters, words, message) ?? parameters;
}

function readWord(
  word: Word,
  before: RunParameters,
  vocabulary: Vocabulary | undefined,
): RunParameters | WordProblem {
  if (word.unclosed)
    return {
      message: 'A quote is opened and never closed.',
      suggestion: 'Close it, as in `hypothesis="Predictions survive"`.',
    };
  const reading = readParameter(word.text);
  if (isProblem(reading)) return reading;
  return findUnknownService(reading, vocabulary) ?? mergeParameters(before, reading);
}

function findUnknownService(
  { service }: Partial<RunParameters>,
  vocabulary: Vocabulary | undefined,
): WordProblem | undefined {
  if (service === undefined || vocabulary === undefined) return undefined;
  const { services } = vocabulary;
  const name = findName(service, services);
  if (name?.toLowerCase() === service.toLowerCase()) return undefined;
  const right = name && `target=${quoteWord(name)}`;
  return {
    message: `There is no service "${shorten(service)}".`,
    suggestion: right
      ? `Did you mean \`${right}\`?`
      : listNames(services, '`experiments` shows them'),
    ...(right ? { instead: [right] } : {}),
  };
}

/** A mode that is typed must fit its value. A value alone depends on the template's mode, which is checked later. */
function requireAmount(
  { mode, value, valueUnit: unit }: RunParameters,
  words: readonly Word[],
  message: Typed,
): CommandProblem | undefined {
  const amount = { ...(value === undefined ? {} : { value }), ...(unit ? { unit } : {}) };
  const problem = mode && findAmountProblem({ mode, ...amount });
  if (!problem) return undefined;
  const wrong = words.filter(({ text }) => /^(mode|value)=/i.test(text));
  const [first] = wrong;
  const instead = problem.instead.map(printAmount);
  const answer = {
    message: `${problem.message}.`,
    suggestion: `Write ${instead.map((one) => `\`${one}\``).join(' or ')}.`,
  };
  return (
    first &&
    locate(suggest(answer, message, { wrong, instead }), message.typed, wrong.at(-1) ?? first)
  );
}

/** The first word is a parameter, so the experiment's name is missing. */
function nameless(message: Typed, vocabulary: Vocabulary | undefined): CommandProblem {
  const [verb] = message.words;
  const problem = {
    message: 'Which experiment?',
    suggestion: 'Its name comes first: `run pod-failure duration=90s`; `experiments` lists them.',
  };
  const instead = (vocabulary?.experiments ?? []).map(
    (name) => `${verb?.text ?? 'run'} ${quoteWord(name)}`,
  );
  return verb ? suggest(problem, message, { wrong: [verb], instead }) : problem;
}

function findUnknown(
  experiment: Word,
  message: Typed,
  vocabulary: Vocabulary | undefined,
): CommandProblem | undefined {
  if (vocabulary === undefined) return undefined;
  const { experiments } = vocabulary;
  const name = findName(experiment.text, experiments);
  if (name?.toLowerCase() === experiment.text.toLowerCase()) return undefined;
  const problem = { message: `There is no experiment "${shorten(experiment.text)}".` };
  if (name === undefined)
    return {
      ...problem,
      suggestion: listNames(experiments, '`experiments` lists them'),
      tryInstead: ['experiments'],
    };
  return suggest({ ...problem, suggestion: `Did you mean \`run ${name}\`?` }, message, {
    wrong: [experiment],
    instead: [quoteWord(name)],
  });
}
