import type { Activity } from 'botbuilder';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import { renderNoteCard } from '../cards/list-cards.ts';
import { formSteps } from '../cards/run-form.ts';
import { readButton } from './read-message.ts';
import { handleDialog, type DialogDeps } from './handle-dialog.ts';

/** Whether a message is the button that opens the run form, or a page of it: clients without dialogs send both as messages. */
export function isFormMessage(activity: Activity): boolean {
  return (formSteps as readonly unknown[]).includes(readButton(activity)['step']);
}

/** The next page of the run form as a card in the conversation, for clients that open no dialogs, such as the Agents Playground. */
export async function handleFormMessage(
  activity: Activity,
  deps: DialogDeps,
): Promise<AdaptiveCard> {
  const { task } = await handleDialog({ ...activity, value: { data: activity.value } }, deps);
  return task.type === 'continue'
    ? (task.value.card.content as AdaptiveCard)
    : renderNoteCard('Propose a run', task.value);
}
