import type { Command, CommandKind, CommandProblem } from './command.ts';
import { parseRunId, type RunId } from './ids.ts';
import { locate, unknownCommand, type Vocabulary } from './explain-problem.ts';
import { takePage } from './page.ts';
import { parseRun } from './parse-run.ts';
import { readStop, toFreeze } from './read-stop.ts';
import { splitWords, type Word } from './split-words.ts';
import { shorten } from './quote-word.ts';

/** The verbs of commands. `choose` is a `run` without an experiment, and `rehearse` a run without a fault. */
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

/** The longest text that is read, in characters; a command has a few hundred at most. */
export const longestCommand = 2_000;

/**
 * Reads a message without its mentions, with or without a leading `/chaos` or `chaos`. An empty text is a call for help. Every text that may be a call
 * to stop is one, unless it begins with the verb of another command. Returns a problem for a text that is no command; never throws.
 */
export function parseCommand(typed: string, vocabulary?: Vocabulary): Command | CommandProblem {
  const text = typed.slice(0, longestCommand);
  const command = parseBounded(text, vocabulary);
  const isStop = 'kind' in command && (command.kind === 'stop' || command.kind === 'freeze');
  return typed.length <= longestCommand || isStop ? command : tooLong;
}

export const tooLong: CommandProblem = {
  message: `This message is too long for a command: at most ${longestCommand.toLocaleString('en')} characters are read.`,
  suggestion: 'Write the command in a message of its own. `help` shows every command.',
  tryInstead: ['help'],
};

function parseBounded(typed: string, vocabulary?: Vocabulary): Command | CommandProblem {
  const all = splitWords(typed);
  const spoken = isAddress(all[0]) ? all.slice(1) : all;
  const [verb, ...words] = spoken;
  if (!verb) return { kind: 'help' };
  const kind = kinds.find((candidate) => candidate === toVerb(verb.text));
  if (kind === undefined || kind === 'stop')
    return (
      readStop(spoken) ?? unknownCommand(verb, { typed, words: spoken }, { kinds, vocabulary })
    );
  const paged = takePage(words);
  switch (kind) {
    case 'run':
      return parseRun({ typed, words: spoken }, vocabulary);
    case 'rehearse':
      return parseRun({ typed, words: spoken }, vocabulary, { rehearsal: true });
    case 'freeze':
      return toFreeze(words.map(({ text }) => text));
    case 'status':
    case 'audit':
      return withRunId(typed, paged.words, (run) => ({ kind, ...run, ...paged.page }));
    case 'summarize':
      return parseSummarize(typed, paged);
    case 'help':
      // `help stop` asks about a command; "help, make it stop" and "Help! Stop!" do not.
      return (
        (words.length > 1 || verb.text.endsWith('!') ? readStop(words) : undefined) ?? { kind }
      );
    case 'experiments':
      return words[0]?.text.toLowerCase() === 'prepare'
        ? parsePreparation(typed, words)
        : { kind, ...paged.page };
    case 'history':
    case 'health':
      return { kind, ...paged.page };
    case 'unfreeze':
      return { kind };
  }
}

const isAddress = (word: Word | undefined) => /^\/?chaos[,:]?$/i.test(word?.text ?? '');

/** The verb without a slash before it, and without the punctuation that phones and people put behind it. */
function toVerb(text: string): string {
  const [, verb = ''] = /^\/?([a-z]{1,40})[.,:;!?]{0,40}$/.exec(text.toLowerCase()) ?? [];
  return verb;
}

function withRunId(
  typed: string,
  [word]: readonly Word[],
  toCommand: (run: { runId?: RunId }) => Command,
): Command | CommandProblem {
  if (word === undefined) return toCommand({});
  const runId = parseRunId(word.text.replace(/[.,!?]$/, ''));
  return runId ? toCommand({ runId }) : locate(notARun(word.text), typed, word);
}

function parseSummarize(
  typed: string,
  { words, page }: ReturnType<typeof takePage>,
): Command | CommandProblem {
  const word = words[0]?.text.toLowerCase().replace(/[.,!?]$/, '');
  if (word === 'today' || word === '7d') return { kind: 'summarize', span: word, ...page };
  return withRunId(typed, words, (run) => ({ kind: 'summarize', ...run, ...page }));
}

/** `experiments`, or `experiments prepare NAME [target=SERVICE]`. */
function parsePreparation(
  typed: string,
  [verb, experiment, target]: readonly Word[],
): Command | CommandProblem {
  if (!verb || !experiment)
    return verb ? locate(namelessPreparation, typed, verb) : namelessPreparation;
  const service = /^target=(.+)$/i.exec(target?.text ?? '')?.[1];
  if (target && service === undefined) return locate(namelessPreparation, typed, target);
  return { kind: 'prepare', experiment: experiment.text, ...(service ? { service } : {}) };
}

const namelessPreparation: CommandProblem = {
  message: 'Which experiment?',
  suggestion:
    'Its name comes last: `experiments prepare pod-failure`, with `target=SERVICE` for another service.',
};

function notARun(word: string): CommandProblem {
  return {
    message: `"${shorten(word)}" is not the id of a run.`,
    suggestion: 'Ids look like `r-7k2mq4`; `history` lists them.',
    tryInstead: ['history'],
  };
}
