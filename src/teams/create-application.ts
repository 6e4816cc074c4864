import { ActivityTypes, type Activity, type TurnContext } from 'botbuilder';
import { Application } from '@microsoft/teams-ai';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import { renderWelcomeCard } from '../cards/help-card.ts';
import { renderErrorCard } from '../cards/list-cards.ts';
import { renderEditedCard, renderNoTextCard } from '../cards/unread-cards.ts';
import { toChaosError } from '../domain/chaos-error.ts';
import type { Command, CommandProblem } from '../domain/command.ts';
import type { Clock } from '../runs/ports/clock.ts';
import type { Log } from '../runs/ports/log.ts';
import type { UseCases } from '../runs/use-cases.ts';
import { toConversationId } from './activity.ts';
import { answerInvoke, handleInvoke, type InvokeAnswer } from './answer-invoke.ts';
import type { Conversations } from './conversations.ts';
import type { OutsiderCheck } from './create-outsider-check.ts';
import { handleCommand, type CommandDeps } from './handle-command.ts';
import type { DialogDeps } from './handle-dialog.ts';
import { handleFormMessage, isFormMessage } from './handle-form-message.ts';
import { RateLimit } from './rate-limit.ts';
import { isCallToStop, readCommand, readText, toVocabulary } from './read-command.ts';
import { hasAttachment, isEdit } from './read-message.ts';
import { SeenActivities } from './seen-activities.ts';

export type ApplicationOptions = {
  readonly useCases: UseCases;
  readonly conversations: Conversations;
  readonly outsiders: OutsiderCheck;
  readonly clock: Clock;
  /** Never set back, for limits and for what is remembered for some time. */
  readonly steady: Pick<Clock, 'now'>;
  readonly log: Log;
};

/** More than anybody types; a script that speaks for somebody must not fill the conversation. */
const commandLimit = { burst: 20, perSecond: 0.5 };
/** What a conversation can be told in half a minute, and in an hour. */
const stopAnswerLimit = { burst: 60, perSecond: 0.5 };

type Limits = {
  readonly commands: RateLimit;
  /** Every call to stop stops. Only its answer can be one too many: the answers to a flood would wait for hours. */
  readonly stopAnswers: RateLimit;
};

/** What comes from Teams, by its kind: messages are commands, invokes are clicks and forms, the rest says where the bot is. */
export function createApplication(options: ApplicationOptions): Application {
  const app = new Application({ startTypingTimer: false });
  // The option above is not heeded, and each typing activity would count towards the limits of the thread.
  app.startTypingTimer = () => undefined;
  const messages = new SeenActivities<Promise<void>>();
  const invokes = new SeenActivities(weighAnswer);
  const limits: Limits = {
    commands: new RateLimit(commandLimit),
    stopAnswers: new RateLimit(stopAnswerLimit),
  };
  app.activity(ActivityTypes.Message, ({ activity }) =>
    messages.once(toDeliveryKey(activity), options.steady.now(), () =>
      onMessage(activity, limits, options),
    ),
  );
  app.activity(ActivityTypes.MessageUpdate, ({ activity }) =>
    messages.once(toEditKey(activity), options.steady.now(), () =>
      onEdit(activity, limits, options),
    ),
  );
  app.activity(ActivityTypes.ConversationUpdate, ({ activity }) => {
    onConversationUpdate(activity, options);
    return Promise.resolve();
  });
  app.activity(ActivityTypes.InstallationUpdate, ({ activity }) => {
    onInstallationUpdate(activity, options);
    return Promise.resolve();
  });
  app.addRoute(
    (context) => Promise.resolve(context.activity.type === 'invoke'),
    async (context) => {
      const answer = invokes.once(toDeliveryKey(context.activity), options.steady.now(), () =>
        onInvoke(context, options),
      );
      await answerInvoke(context, await answer);
    },
    true,
  );
  return app;
}

/** Two bytes a character, in memory twice that. What failed holds next to nothing. */
function weighAnswer(answer: Promise<InvokeAnswer>, tell: (bytes: number) => void): void {
  answer.then(
    (given) => tell(4 * JSON.stringify(given).length),
    () => undefined,
  );
}

/** One delivery, by its id in its conversation. A click or a form counts by what it says as well, so that an id tells nobody the answer of another. */
function toDeliveryKey(activity: Activity): string | undefined {
  const { id, type, from, name, value } = activity;
  if (!id) return undefined;
  const said = type === 'invoke' ? JSON.stringify([from.id, from.aadObjectId, name, value]) : '';
  return `${activity.conversation.id} ${id} ${said}`;
}

/** An edited message keeps its id: each of its texts is a message of its own. */
function toEditKey(activity: Activity): string | undefined {
  const key = toDeliveryKey(activity);
  return key === undefined ? undefined : `${key}edited to ${readText(activity)}`;
}

/** An edited command is not run: nobody sees when it became what it is. One that has become a stop stops all the same. */
async function onEdit(
  activity: Activity,
  limits: Limits,
  options: ApplicationOptions,
): Promise<void> {
  if (!isEdit(activity)) return;
  const { conversations, steady, useCases } = options;
  const text = readText(activity);
  const command = readCommand(activity, toVocabulary(useCases));
  if (isCallToStop(command)) return onMessage(activity, limits, options);
  if (!limits.commands.take(activity.from.id, steady.now())) return;
  conversations.enter(toConversationId(activity));
  const isCommand = 'kind' in command && text !== '';
  conversations.reply(activity, renderEditedCard(isCommand ? text : undefined));
}

async function onMessage(
  activity: Activity,
  limits: Limits,
  { conversations, log, ...deps }: ApplicationOptions,
): Promise<void> {
  conversations.enter(toConversationId(activity));
  const command = readCommand(activity, toVocabulary(deps.useCases));
  // A call to stop or to freeze is never too many.
  const isStop = isCallToStop(command);
  const isWithin = (isStop ? limits.stopAnswers : limits.commands).take(
    activity.from.id,
    deps.steady.now(),
  );
  if (!isStop && !isWithin)
    return log.warn({ conversationId: toConversationId(activity) }, 'Too many commands of one.');
  const card = await answerMessage(activity, command, {
    ...deps,
    tell: (told) => conversations.post(activity, told),
    renderSummary: (run) => conversations.renderSummary(run),
  }).catch((thrown: unknown) => {
    const error = toChaosError(thrown);
    log.warn({ code: error.code, error }, 'A command failed.');
    return renderErrorCard(error);
  });
  if (card && isWithin) conversations.reply(activity, card, isStop ? 'stop' : 'say');
}

/** A message is a command, a page of the run form where there are no dialogs, or nothing that can be read. */
function answerMessage(
  activity: Activity,
  command: Command | CommandProblem,
  deps: CommandDeps & DialogDeps,
): Promise<AdaptiveCard | undefined> {
  if (isFormMessage(activity)) return handleFormMessage(activity, deps);
  const isUnreadable = readText(activity) === '' && hasAttachment(activity);
  return isUnreadable
    ? Promise.resolve(renderNoTextCard())
    : handleCommand(activity, command, deps);
}

function onInvoke(
  { activity }: TurnContext,
  { useCases, clock, conversations, outsiders }: ApplicationOptions,
): Promise<InvokeAnswer> {
  const answer = handleInvoke(activity, {
    useCases,
    outsiders,
    clock,
    tell: (card) => conversations.post(activity, card),
    renderSummary: (run) => conversations.renderSummary(run),
    unreachedOf: (runId) => conversations.unreachedOf(runId),
  });
  return answer.then((given) =>
    'card' in given ? { card: conversations.cover(given.card) } : given,
  );
}

/** Somebody added the bot: say what to do first. Runs know their conversation by its id, so that new names of channels and teams change nothing. */
function onConversationUpdate(activity: Activity, { conversations }: ApplicationOptions): void {
  const isBot = ({ id }: { id: string }) => id === activity.recipient?.id;
  const { eventType, channel } = (activity.channelData ?? {}) as {
    eventType?: string;
    channel?: { id?: string };
  };
  if (activity.membersAdded?.some(isBot)) {
    conversations.enter(toConversationId(activity));
    conversations.post(activity, renderWelcomeCard());
  }
  if (activity.membersRemoved?.some(isBot)) conversations.leave(toConversationId(activity));
  if (eventType === 'channelDeleted' && channel?.id) conversations.leave(channel.id);
  if (eventType === 'channelRestored' && channel?.id) conversations.enter(channel.id);
}

/** Teams says so beside the update of the members, which is the one that is greeted. */
function onInstallationUpdate(activity: Activity, { conversations }: ApplicationOptions): void {
  if (activity.action?.startsWith('remove')) conversations.leave(toConversationId(activity));
  else conversations.enter(toConversationId(activity));
}
