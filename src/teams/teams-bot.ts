import { ActivityTypes, type Request, type Response, type TurnContext } from 'botbuilder';
import { Application } from '@microsoft/teams-ai';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import { renderErrorCard, renderHelpCard } from '../cards/list-cards.ts';
import { toChaosError } from '../domain/chaos-error.ts';
import type { Clock, Log } from '../runs/ports.ts';
import type { UseCases } from '../runs/use-cases.ts';
import { toConversationId, toOrigin } from './activity.ts';
import { findRebuff, notTheChannel, type Rebuff } from './admission.ts';
import type { Conversations } from './conversations.ts';
import type { TeamsAuth } from './create-adapter.ts';
import { handleCardAction, type CardActionAnswer } from './handle-card-action.ts';
import { handleCommand } from './handle-command.ts';
import { HeldAnswer, reply } from './held-answer.ts';
import { SeenActivities } from './seen-activities.ts';

export type TeamsBotOptions = {
  readonly auth: TeamsAuth;
  readonly useCases: UseCases;
  readonly conversations: Conversations;
  readonly clock: Clock;
  readonly log: Log;
};

export type TeamsBot = {
  /** Answers one POST of the channel. Never rejects. */
  handle(request: Request & { body?: unknown }, response: Response): Promise<void>;
};

/** The way in from Teams: messages are commands, clicks are card actions. */
export function createTeamsBot(options: TeamsBotOptions): TeamsBot {
  const { conversations, log, auth } = options;
  const { adapter } = conversations;
  const app = createApplication(options);
  adapter.onTurnError = async (context, error) => {
    log.error({ error, activityType: context.activity.type }, 'A turn failed.');
    if (isInvoke(context)) await answerInvoke(context, { message: toChaosError(error).message });
  };
  return {
    async handle(request, response) {
      const { authorization } = request.headers as { authorization?: string };
      const rebuff = findRebuff(request.body, authorization, auth);
      if (rebuff) return refuse(response, rebuff);
      const answer = new HeldAnswer(response);
      let isKnown = false;
      await adapter.process(request, answer, async (context) => {
        isKnown = true;
        await app.run(context);
      });
      if (answer.code < 400) return reply(response, answer.code, answer.body);
      // What botbuilder says is for us, and it says 500 to a wrong signature.
      log.warn({ status: answer.code, reason: answer.body, isKnown }, 'An activity was refused.');
      if (isKnown) reply(response, answer.code, { error: 'The bot could not do this.' });
      else refuse(response, notTheChannel);
    },
  };
}

function refuse(response: Response, { status, error }: Rebuff): void {
  reply(response, status, { error });
}

const isInvoke = ({ activity }: TurnContext) => activity.type === 'invoke';

function createApplication(options: TeamsBotOptions): Application {
  const app = new Application({ startTypingTimer: false });
  // The option above is not heeded, and each typing activity would count towards the limits of the thread.
  app.startTypingTimer = () => undefined;
  const seen = new SeenActivities();
  app.activity(ActivityTypes.Message, async (context) => {
    const { activity } = context;
    const delivery = { id: activity.id, conversationId: toConversationId(activity) };
    if (seen.isNew(delivery, options.clock.now())) await onMessage(context, options);
  });
  app.conversationUpdate('membersAdded', (context) => onMembersAdded(context, options));
  // adaptiveCards.actionExecute would push a returned card to everybody; the answer here goes to who clicked.
  app.addRoute(
    (context) => Promise.resolve(isInvoke(context)),
    (context) => onInvoke(context, options),
    true,
  );
  return app;
}

async function onMessage(
  context: TurnContext,
  { conversations, log, ...deps }: TeamsBotOptions,
): Promise<void> {
  const { activity } = context;
  const reply = await handleCommand(activity, deps).catch((thrown: unknown) => {
    const error = toChaosError(thrown);
    log.warn({ code: error.code, error }, 'A command failed.');
    return renderErrorCard(error);
  });
  if (reply) conversations.post(toOrigin(activity), reply);
}

/** Somebody added the bot: say what to do first. People who join are not greeted. */
async function onMembersAdded(
  { activity }: TurnContext,
  { conversations }: TeamsBotOptions,
): Promise<void> {
  const botAdded = activity.membersAdded?.some(({ id }) => id === activity.recipient?.id);
  if (botAdded) conversations.post(toOrigin(activity), renderHelpCard());
}

async function onInvoke(
  context: TurnContext,
  { useCases, clock, conversations }: TeamsBotOptions,
): Promise<void> {
  const { activity } = context;
  const tell = (card: AdaptiveCard) => conversations.post(toOrigin(activity), card);
  const answer =
    activity.name === 'adaptiveCard/action'
      ? await handleCardAction(activity, { useCases, clock, tell })
      : { message: 'I do not know what to do with this.' };
  await answerInvoke(context, answer);
}

async function answerInvoke(context: TurnContext, answer: CardActionAnswer): Promise<void> {
  const body =
    'card' in answer
      ? { statusCode: 200, type: 'application/vnd.microsoft.card.adaptive', value: answer.card }
      : {
          statusCode: 200,
          type: 'application/vnd.microsoft.activity.message',
          value: answer.message,
        };
  await context.sendActivity({ type: ActivityTypes.InvokeResponse, value: { status: 200, body } });
}
