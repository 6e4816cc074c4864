import type { CommandProblem } from './command.ts';
import { findNearestWord } from './nearest-word.ts';
import { quoteWord, shorten } from './quote-word.ts';
import type { Word } from './split-words.ts';

/** The names that chaos.yaml gives, so that a wrong one is found before anything else. */
export type Vocabulary = {
  readonly experiments: readonly string[];
  readonly services: readonly string[];
};

/** A message and its words, the verb first. */
export type Typed = { readonly typed: string; readonly words: readonly Word[] };

const contextLength = 40;

/** Returns the problem with the words around it, and marks on both sides of the wrong one. */
export function locate(
  problem: CommandProblem,
  typed: string,
  { from, until }: Word,
): CommandProblem {
  const before = typed.slice(Math.max(0, from - contextLength), from);
  const after = typed.slice(until, until + contextLength);
  const start = from > contextLength ? '…' : '';
  const end = until + contextLength < typed.length ? '…' : '';
  const word = shorten(typed.slice(from, until));
  return { ...problem, where: `${start}${before}▸${word}◂${after}${end}`.trim() };
}

const mostSuggestions = 3;

/** Returns the problem with whole commands: the words as typed, the wrong ones replaced by each of the right spellings. */
export function suggest(
  problem: CommandProblem,
  { typed, words }: Typed,
  { wrong, instead }: { wrong: readonly Word[]; instead: readonly string[] },
): CommandProblem {
  const [first] = wrong;
  const toCommand = (right: string) =>
    words
      .flatMap((word) => {
        if (word === first) return [right];
        return wrong.includes(word) ? [] : [typed.slice(word.from, word.until)];
      })
      .join(' ')
      .replace(/^\//, '');
  const tryInstead = instead.slice(0, mostSuggestions).map(toCommand);
  return tryInstead.length === 0 ? problem : { ...problem, tryInstead };
}

/** Returns the answer to a message that begins with no command's verb. It never offers a run to somebody who may have meant to stop one. */
export function unknownCommand(
  verb: Word,
  message: Typed,
  { kinds, vocabulary }: { kinds: readonly string[]; vocabulary: Vocabulary | undefined },
): CommandProblem {
  const said = verb.text.replace(/^\//, '');
  const problem = { message: `I didn't understand "${shorten(said)}".` };
  const nearest = findNearestWord(said, kinds);
  const experiment = nearest ? undefined : findName(said, vocabulary?.experiments ?? []);
  const right = nearest ?? (experiment && `run ${quoteWord(experiment)}`);
  const answer: CommandProblem = right
    ? suggest({ ...problem, suggestion: `Did you mean \`${right}\`?` }, message, {
        wrong: [verb],
        instead: [right],
      })
    : {
        ...problem,
        suggestion: 'To stop a run, write `stop`. `help` shows every command.',
        tryInstead: ['help'],
      };
  return locate(answer, message.typed, verb);
}

/** Finds a name in any case, or else the nearest one. */
export function findName(typed: string, names: readonly string[]): string | undefined {
  const lower = typed.toLowerCase();
  return names.find((name) => name.toLowerCase() === lower) ?? findNearestWord(typed, names);
}

const mostNames = 10;

/** `There are: a, b, c.`, and how many more. */
export function listNames(names: readonly string[], more: string): string {
  const shown = names.slice(0, mostNames).join(', ');
  const rest = names.length - mostNames;
  return rest > 0 ? `There are: ${shown} and ${rest} more (${more}).` : `There are: ${shown}.`;
}
