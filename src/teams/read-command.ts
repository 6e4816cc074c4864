import type { Activity } from 'botbuilder';
import type { Command, CommandProblem } from '../domain/command.ts';
import type { Vocabulary } from '../domain/explain-problem.ts';
import { parseCommand, tooLong } from '../domain/parse-command.ts';
import type { UseCases } from '../runs/use-cases.ts';
import { toText } from './activity.ts';

/** The longest raw text that is looked at, in characters: a command in the markup that Teams puts around it. */
const longestMarkup = 16_000;

/** Reads the command of a message. Nothing beyond the bound is looked at, not even to remove its markup. */
export function readCommand(
  { text }: Pick<Activity, 'text'>,
  vocabulary: Vocabulary,
): Command | CommandProblem {
  const markup: unknown = text;
  if (typeof markup !== 'string') return { kind: 'help' };
  const command = parseCommand(toText(markup.slice(0, longestMarkup)), vocabulary);
  return markup.length <= longestMarkup || isCallToStop(command) ? command : tooLong;
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
