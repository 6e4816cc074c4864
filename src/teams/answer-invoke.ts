import { toPlainText } from '../cards/text.ts';
import { cutText, showInvisible } from '../domain/visible-text.ts';
import { ActivityTypes, type Activity, type TurnContext } from 'botbuilder';
import {
  handleCardAction,
  type CardActionAnswer,
  type CardActionDeps,
} from './handle-card-action.ts';
import { dialogInvokes, handleDialog, type DialogAnswer } from './handle-dialog.ts';

export type InvokeAnswer = CardActionAnswer | DialogAnswer;

/** Does what a click or a form asks for. */
export function handleInvoke(activity: Activity, deps: CardActionDeps): Promise<InvokeAnswer> {
  const { name = '' } = activity;
  if (name === 'adaptiveCard/action') return handleCardAction(activity, deps);
  if ((dialogInvokes as readonly string[]).includes(name)) return handleDialog(activity, deps);
  return Promise.resolve({ message: 'I do not know what to do with this.' });
}

/**
 * Answers an invoke itself: what teams-ai offers for a click would push a card with `refresh`, made for the one who clicked, to everybody.
 */
export async function answerInvoke(context: TurnContext, answer: InvokeAnswer): Promise<void> {
  const value = { status: 200, body: toBody(answer) };
  await context.sendActivity({ type: ActivityTypes.InvokeResponse, value });
}

function toBody(answer: InvokeAnswer): object {
  if ('task' in answer) return toTask(answer);
  return 'card' in answer
    ? { statusCode: 200, type: 'application/vnd.microsoft.card.adaptive', value: answer.card }
    : {
        statusCode: 200,
        type: 'application/vnd.microsoft.activity.message',
        value: toShortText(answer.message),
      };
}

function toTask({ task }: DialogAnswer): DialogAnswer {
  return { task: task.type === 'message' ? { ...task, value: toShortText(task.value) } : task };
}

const longestMessage = 1_000;

/** A sentence that may quote names and reasons, for the person who clicked. Teams formats nothing in it. */
function toShortText(message: string): string {
  return cutText(showInvisible(toPlainText(message)), longestMessage);
}
