import type { Activity } from 'botbuilder';
import type { Command, CommandProblem } from '../domain/command.ts';
import type { Vocabulary } from '../domain/explain-problem.ts';
import { parseCommand, tooLong } from '../domain/parse-command.ts';
import type { UseCases } from '../runs/use-cases.ts';
import { toText } from './activity.ts';
import { readButtonCommand } from './read-message.ts';

type Message = Pick<Activity, 'text'> & Partial<Pick<Activity, 'value'>>;

/** The longest raw text that is looked at, in characters: a command in the markup that Teams puts around it. */
const longestMarkup = 16_000;

/** Reads the command of a message, or of a button. Nothing beyond the bound is looked at, not even to remove its markup. */
export function readCommand(message: Message, vocabulary: Vocabulary): Command | CommandProblem {
  const markup = readMarkup(message);
  const command = parseCommand(toText(markup.slice(0, longestMarkup)), vocabulary);
  return markup.length <= longestMarkup || isCallToStop(command) ? command : tooLong;
}

/** Returns the text of a message without its markup, as much of it as is looked at. */
export function readText(message: Message): string {
  return toText(readMarkup(message).slice(0, longestMarkup));
}

/** The text of a message; where nothing was typed, the command of the button that was pressed. */
function readMarkup(message: Message): string {
  const { text } = message as { text?: unknown };
  return typeof text === 'string' && text.trim() !== '' ? text : readButtonCommand(message);
}

/** Whether it stops or freezes: such a message is never counted or refused for being too many. */
export function isCallToStop(command: Command | CommandProblem): boolean {
  return 'kind' in command && (command.kind === 'stop' || command.kind === 'freeze');
}

/** The names of chaos.yaml that a message may use. */
export function toVocabulary(useCases: Pick<UseCases, 'experiments' | 'services'>): Vocabulary {
  return {
    experiments: useCases.experiments().map(({ name }) => name),
    services: useCases.services(),
  };
}
