import type { Activity } from 'botbuilder';
import type { TeamsAdapter } from '@microsoft/teams-ai';
import { coverWithFreeze } from '../cards/freeze-banner.ts';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import type { Freeze } from '../domain/freeze.ts';
import type { Comparison } from '../domain/compare-runs.ts';
import type { HealthCheck } from '../domain/health.ts';
import type { RunId } from '../domain/ids.ts';
import type { Unreached } from '../domain/reach.ts';
import type { Run } from '../domain/run.ts';
import { renderSummaryCard } from '../cards/summary-card.ts';
import type { Announcer } from '../runs/ports/announcer.ts';
import type { Clock } from '../runs/ports/clock.ts';
import type { Log } from '../runs/ports/log.ts';
import type { Roster } from '../runs/ports/membership.ts';
import type { MessageLedger } from '../runs/ports/message-ledger.ts';
import { isTargeted, toOrigin } from './activity.ts';
import { createAnnouncer } from './create-announcer.ts';
import { createAdapter, type TeamsAuth } from './create-adapter.ts';
import { createFindMember, type FindMember } from './find-member.ts';
import { createRoster, Members } from './members.ts';
import { toActivity, type MessageForm } from './outbound/message-forms.ts';
import { MessageRecords } from './outbound/message-records.ts';
import type { Urgency } from './outbound/message.ts';
import { OutboundQueues, toPlace } from './outbound/outbound-queues.ts';
import { createRunMessages } from './outbound/run-messages.ts';
import { sendInForm } from './outbound/send-in-form.ts';
import { appLimits, threadLimits, type SendLimit } from './outbound/send-limits.ts';
import { createInThread, postMessage, whisperMessage, type InThread } from './speak.ts';

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
  /** Never set back, for limits, waits and what is remembered for some time; its times are no times of day. */
  readonly steady: Clock;
  readonly log: Log;
  /** What may be sent; the limits of Teams when left out. */
  readonly limits?: { readonly thread: readonly SendLimit[]; readonly app: readonly SendLimit[] };
};

export type AnswerUrgency = Exclude<Urgency, 'live'>;

/** The way out to Teams: cards of runs, and answers to commands. */
export type Conversations = {
  readonly adapter: TeamsAdapter;
  readonly findMember: FindMember;
  readonly announcer: Announcer;
  readonly roster: Roster;
  /** A card as it is shown now: while everything is frozen, with that on top. */
  cover(card: AdaptiveCard): AdaptiveCard;
  /** What came of a run, beside earlier ones, with a link to its report. */
  renderSummary(run: Run): Promise<AdaptiveCard>;
  /** Why no approver sees the card of a proposal, as far as it was found when the card was shown. */
  unreachedOf(runId: RunId): Unreached | undefined;
  /** Posts a card in the thread of an activity; queued, never rejects. An answer to a stop is as urgent as `stop`. */
  post(activity: Activity, card: AdaptiveCard, urgency?: AnswerUrgency): void;
  /** Answers an activity as it came: to the person alone when only the bot was spoken to, in the thread otherwise. */
  reply(activity: Activity, card: AdaptiveCard, urgency?: AnswerUrgency): void;
  /** What could not be said, for `health`. */
  health(): HealthCheck;
  /** The bot was added to a conversation, or hears from it. */
  enter(conversationId: string): void;
  /** The bot was removed from a conversation, or the conversation itself was: nothing more is said there. */
  leave(conversationId: string): void;
  /** Waits a little for what is still to be said. */
  close(): Promise<void>;
};

const closeLimitMs = 3_000;

/**
 * Speaks in conversations, one queue for each. The way in and the way out have an adapter each: botbuilder hands an error of a turn to the adapter's
 * `onTurnError`, which the way in needs and from which the outbound queue would never hear that a message was refused.
 */
export function createConversations(options: ConversationsOptions): Conversations {
  const inThread = createInThread(
    createAdapter(options.auth),
    options.auth.mode === 'required' ? options.auth.botId : '',
  );
  const { steady } = options;
  const limits = options.limits ?? { thread: threadLimits, app: appLimits };
  const queues = new OutboundQueues({ ...options, limits });
  const { deliveries, turns } = queues;
  const findMember = createFindMember(inThread, turns);
  let freeze: Freeze | undefined;
  const cover = (card: AdaptiveCard) => coverWithFreeze(card, freeze);
  const unreached = new Map<RunId, Unreached>();
  const renderSummary = (run: Run) => renderComparedSummary(run, options);
  const say = createSpeaker({ queues, inThread });
  const post: Conversations['post'] = (activity, card, urgency) =>
    say(activity, { urgency, send: postMessage, render: (form) => toActivity(cover(card), form) });
  return {
    adapter: createAdapter(options.auth),
    findMember,
    cover,
    renderSummary,
    unreachedOf: (runId) => unreached.get(runId),
    announcer: createAnnouncer({
      ...options,
      queues,
      runMessages: createRunMessages({
        inThread,
        records: new MessageRecords(options),
        deliveries,
        cover,
      }),
      renderSummary,
      freezeChanged: (changed) => {
        freeze = changed;
      },
      members: new Members({ turns, clock: steady }),
      unreached,
    }),
    roster: createRoster({ findMember, clock: steady }),
    post,
    reply(activity, card, urgency) {
      if (!options.slash || !isTargeted(activity)) return post(activity, card, urgency);
      const render = (form: MessageForm) => toActivity(cover(card), form);
      return say(activity, { urgency, send: whisperMessage, render });
    },
    health: () => deliveries.health(),
    enter: (conversationId) => queues.enter(conversationId),
    leave: (conversationId) => queues.leave(conversationId),
    close: () => queues.close(closeLimitMs),
  };
}

async function renderComparedSummary(
  run: Run,
  { compare, toReportUrl, log }: ConversationsOptions,
): Promise<AdaptiveCard> {
  const comparison = await compare?.(run).catch((error: unknown) => {
    log.warn({ error, runId: run.id }, 'A run could not be compared to earlier ones.');
    return undefined;
  });
  const reportUrl = toReportUrl?.(run.id);
  return renderSummaryCard(run, {
    ...(comparison ? { comparison } : {}),
    ...(reportUrl === undefined ? {} : { reportUrl }),
  });
}

type Answer = {
  readonly urgency: AnswerUrgency | undefined;
  readonly render: (form: MessageForm) => Partial<Activity>;
  readonly send: typeof postMessage | typeof whisperMessage;
};

/** Returns a function that queues an answer in the thread of an activity. */
function createSpeaker({ queues, inThread }: { queues: OutboundQueues; inThread: InThread }) {
  let count = 0;
  return (activity: Activity, { urgency = 'say', render, send }: Answer): void => {
    const origin = toOrigin(activity);
    const what = urgency === 'stop' ? 'The answer to a stop' : 'An answer';
    let form: MessageForm = 'card';
    const memory = {
      read: () => form,
      write(plainer: MessageForm, error: unknown) {
        form = plainer;
        queues.deliveries.shortened(what, toPlace(origin), error);
      },
    };
    count += 1;
    queues.push(origin, {
      key: `post ${count}`,
      urgency,
      what,
      send: () =>
        sendInForm(memory, (chosen) =>
          inThread(origin, async (context) => void (await send(context, render(chosen), origin))),
        ),
    });
  };
}
