import { renderErrorCard, renderList } from './list-cards.ts';
import type { AdaptiveCard } from './adaptive-card.ts';

/** Answers a message that has a picture or a file and no text. */
export function renderNoTextCard(): AdaptiveCard {
  return renderErrorCard({
    message: "I can't read pictures or files, and this message has no text.",
    suggestion: 'Type a command, for example `status`. `help` lists all of them.',
    tryInstead: ['help', 'status'],
  });
}

/** Answers a message that was edited, with a button for the command that it has become. */
export function renderEditedCard(command: string | undefined): AdaptiveCard {
  const heading = 'Edited messages are not run';
  const note = 'Nothing was done after the edit. ';
  return command === undefined
    ? renderList(heading, `${note}Send the command as a new message.`, [])
    : renderList(heading, `${note}Send the command as a new message, or press its button.`, [], {
        commands: [command],
      });
}
