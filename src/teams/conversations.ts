import { CardFactory, type Activity, type TurnContext } from 'botbuilder';
import type { TeamsAdapter } from '@microsoft/teams-ai';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import { renderRunCard } from '../cards/run-card.ts';
import { renderSummaryCard } from '../cards/summary-card.ts';
import type { RunId } from '../domain/ids.ts';
import type { Progress } from '../domain/progress.ts';
import type { Origin } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import type { Announcer, Clock, Log, MessageLedger } from '../runs/ports.ts';
import { classifyChannelError, isDeleted } from './channel-error.ts';
import { createAdapter, leaveRetriesToQueue, type TeamsAuth } from './create-adapter.ts';
import { OutboundQueue } from './outbound-queue.ts';

export type ConversationsOptions = {
  readonly auth: TeamsAuth;
  readonly messages: MessageLedger;
  readonly clock: Clock;
  readonly log: Log;
};

/** The way out to Teams: cards of runs, and answers to commands. */
export type Conversations = {
  readonly adapter: TeamsAdapter;
  readonly announcer: Announcer;
  /** Posts a card in the thread that `origin` names; queued, never rejects. */
  post(origin: Origin, card: AdaptiveCard): void;
  /** Waits a little for what is still to be said. */
  close(): Promise<void>;
};

type Seen = { readonly run: Run; readonly progress?: Progress };

const closeLimitMs = 3_000;

/** Speaks in conversations, one queue for each. */
export function createConversations(options: ConversationsOptions): Conversations {
  const { auth, clock } = options;
  const adapter = createAdapter(auth);
  const botId = auth.mode === 'required' ? auth.botId : '';
  const queues = new Map<string, OutboundQueue>();
  const newest = new Map<RunId, Seen>();
  let posts = 0;

  const queueOf = ({ conversationId }: Origin): OutboundQueue => {
    const queue =
      queues.get(conversationId) ??
      new OutboundQueue({ ...options, classify: classifyChannelError });
    queues.set(conversationId, queue);
    return queue;
  };
  const inThread = (origin: Origin, speak: (context: TurnContext) => Promise<void>) =>
    adapter.continueConversationAsync(botId, origin.reference, async (context) => {
      leaveRetriesToQueue(context);
      // The activity that continues a conversation is made up: nothing can be a reply to it.
      context.activity.id = '';
      await speak(context);
    });
  const deliver = (run: Run, role: 'card' | 'summary', render: () => AdaptiveCard) =>
    inThread(run.origin, (context) =>
      deliverCard({ runId: run.id, role, card: render(), context }, options.messages),
    );

  const showCard = (run: Run, important: boolean) =>
    queueOf(run.origin).push({
      key: `card ${run.id}`,
      important,
      send: () =>
        deliver(run, 'card', () => {
          const seen = newest.get(run.id) ?? { run };
          if (seen.run.phase === 'ended') newest.delete(run.id);
          return renderRunCard(seen.run, {
            ...(seen.progress ? { progress: seen.progress } : {}),
            now: clock.now(),
          });
        }),
    });

  return {
    adapter,
    announcer: {
      runChanged(run) {
        newest.set(run.id, { ...newest.get(run.id), run });
        showCard(run, true);
        if (run.phase !== 'ended' || !run.approval) return;
        const send = () => deliver(run, 'summary', () => renderSummaryCard(run));
        queueOf(run.origin).push({ key: `summary ${run.id}`, important: true, send });
      },
      progressed(run, progress) {
        const known = newest.get(run.id)?.run;
        newest.set(run.id, { run: known && known.version > run.version ? known : run, progress });
        showCard(run, false);
      },
    },
    post(origin, card) {
      posts += 1;
      const send = () =>
        inThread(origin, async (context) => void (await context.sendActivity(toActivity(card))));
      queueOf(origin).push({ key: `post ${posts}`, important: true, send });
    },
    async close() {
      await Promise.all(Array.from(queues.values(), (queue) => queue.close(closeLimitMs)));
    },
  };
}

type CardDelivery = {
  readonly runId: RunId;
  readonly role: 'card' | 'summary';
  readonly card: AdaptiveCard;
  readonly context: TurnContext;
};

/** Updates the card where it stands, or posts it where there is none or somebody deleted it. */
async function deliverCard(
  { runId, role, card, context }: CardDelivery,
  messages: MessageLedger,
): Promise<void> {
  const activityId = await messages.find(runId, role);
  if (activityId !== undefined) {
    const updated = await context.updateActivity({ ...toActivity(card), id: activityId }).then(
      () => true,
      (error: unknown) => {
        if (isDeleted(error)) return false;
        throw error;
      },
    );
    if (updated) return;
  }
  const posted = await context.sendActivity(toActivity(card));
  if (posted?.id) await messages.save(runId, role, posted.id);
}

function toActivity(card: AdaptiveCard): Partial<Activity> {
  const summary = typeof card['fallbackText'] === 'string' ? card['fallbackText'] : '';
  return { type: 'message', summary, attachments: [CardFactory.adaptiveCard(card)] };
}
