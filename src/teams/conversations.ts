import type { Activity, TurnContext } from 'botbuilder';
import type { TeamsAdapter } from '@microsoft/teams-ai';
import { coverWithFreeze } from '../cards/freeze-banner.ts';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import type { Freeze } from '../domain/freeze.ts';
import type { Comparison } from '../domain/compare-runs.ts';
import type { RunId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import { renderSummaryCard } from '../cards/summary-card.ts';
import type { Origin } from '../domain/run-event.ts';
import type { Announcer, Clock, Log, MessageLedger, Roster } from '../runs/ports.ts';
import { isTargeted, toOrigin } from './activity.ts';
import { classifyChannelError } from './channel-error.ts';
import { createAnnouncer } from './create-announcer.ts';
import { createAdapter, type TeamsAuth } from './create-adapter.ts';
import { createRoster, Members } from './members.ts';
import { OutboundQueue } from './outbound-queue.ts';
import { appLimits, SendLimits, threadLimits, type SendLimit } from './send-limits.ts';
import { createInThread, postCard, whisperCard } from './speak.ts';

export type ConversationsOptions = {
  readonly auth: TeamsAuth;
  /** Whether what somebody asked for with a slash command is answered to them alone. */
  readonly slash: boolean;
  readonly messages: MessageLedger;
  /** Where a run's report can be read now; without, summaries have no link to it. */
  readonly toReportUrl?: (runId: RunId) => string;
  /** How a run came out beside earlier ones; without, summaries say nothing of them. */
  readonly compare?: (run: Run) => Promise<Comparison | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  /** What may be sent; the limits of Teams when left out. */
  readonly limits?: { readonly thread: readonly SendLimit[]; readonly app: readonly SendLimit[] };
};

/** The way out to Teams: cards of runs, and answers to commands. */
export type Conversations = {
  readonly adapter: TeamsAdapter;
  readonly announcer: Announcer;
  readonly roster: Roster;
  /** A card as it is shown now: while everything is frozen, with that on top. */
  cover(card: AdaptiveCard): AdaptiveCard;
  /** What came of a run, beside earlier ones, with a link to its report. */
  renderSummary(run: Run): Promise<AdaptiveCard>;
  /** Posts a card in the thread of an activity; queued, never rejects. */
  post(activity: Activity, card: AdaptiveCard): void;
  /** Answers an activity as it came: to the person alone when only the bot was spoken to, in the thread otherwise. */
  reply(activity: Activity, card: AdaptiveCard): void;
  /** The bot was added to a conversation, or hears from it. */
  enter(conversationId: string): void;
  /** The bot was removed from a conversation, or the conversation itself was: nothing more is said there. */
  leave(conversationId: string): void;
  /** Waits a little for what is still to be said. */
  close(): Promise<void>;
};

const closeLimitMs = 3_000;

/** Speaks in conversations, one queue for each. */
export function createConversations(options: ConversationsOptions): Conversations {
  const adapter = createAdapter(options.auth);
  const inThread = createInThread(
    adapter,
    options.auth.mode === 'required' ? options.auth.botId : '',
  );
  const { thread, app } = options.limits ?? { thread: threadLimits, app: appLimits };
  const limits = new SendLimits(app);
  const queues = new Map<string, OutboundQueue>();
  const queueOf = (conversationId: string): OutboundQueue => {
    const queue =
      queues.get(conversationId) ??
      new OutboundQueue({
        ...options,
        classify: classifyChannelError,
        threadLimits: thread,
        appLimits: limits,
      });
    queues.set(conversationId, queue);
    return queue;
  };
  let freeze: Freeze | undefined;
  const cover = (card: AdaptiveCard) => coverWithFreeze(card, freeze);
  const renderSummary = async (run: Run) => {
    const comparison = await options.compare?.(run).catch((error: unknown) => {
      options.log.warn({ error, runId: run.id }, 'A run could not be compared to earlier ones.');
      return undefined;
    });
    const reportUrl = options.toReportUrl?.(run.id);
    return renderSummaryCard(run, {
      ...(comparison ? { comparison } : {}),
      ...(reportUrl === undefined ? {} : { reportUrl }),
    });
  };
  let count = 0;
  const say = (origin: Origin, speak: (context: TurnContext) => Promise<unknown>) => {
    count += 1;
    queueOf(origin.conversationId).push({
      key: `post ${count}`,
      important: true,
      send: () => inThread(origin, async (context) => void (await speak(context))),
    });
  };
  const post = (activity: Activity, card: AdaptiveCard) => {
    const origin = toOrigin(activity);
    say(origin, (context) => postCard(context, cover(card), origin));
  };
  return {
    adapter,
    cover,
    renderSummary,
    announcer: createAnnouncer({
      ...options,
      inThread,
      cover,
      renderSummary,
      freezeChanged: (changed) => {
        freeze = changed;
      },
      queueOf,
      members: new Members({ ...options, limits }),
    }),
    roster: createRoster(inThread),
    post,
    reply(activity, card) {
      if (options.slash && isTargeted(activity))
        say(toOrigin(activity), (context) => whisperCard(context, cover(card)));
      else post(activity, card);
    },
    enter: (conversationId) => queues.get(conversationId)?.enter(),
    leave: (conversationId) => queueOf(conversationId).leave(),
    async close() {
      await Promise.all(Array.from(queues.values(), (queue) => queue.close(closeLimitMs)));
    },
  };
}
