import type { TurnContext } from 'botbuilder';
import type { AdaptiveCard } from '../../cards/adaptive-card.ts';
import type { RunId } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import type { DeliveredMessage, MessageRole } from '../../runs/ports/message-ledger.ts';
import { BoundedMap } from '../bounded-map.ts';
import { postMessage, updateMessage, type InThread } from '../speak.ts';
import { isDeleted, SendAgainError } from './channel-error.ts';
import type { DeliveryLog } from './delivery-log.ts';
import { toActivity, type MessageForm } from './message-forms.ts';
import { isSaidOnce, type MessageRecords } from './message-records.ts';
import { toPlace } from './outbound-queues.ts';
import { sendInForm } from './send-in-form.ts';

/** More messages than change at a time. One that is forgotten is tried anew, as a whole card where it stood. */
const mostKept = 1_000;

export type RunMessagesOptions = {
  readonly inThread: InThread;
  readonly records: MessageRecords;
  readonly deliveries: DeliveryLog;
  /** Puts on a card what every card has to show. */
  readonly cover: (card: AdaptiveCard) => AdaptiveCard;
};

/** A card, and the version of the run that it shows. */
export type Rendered = {
  readonly card: AdaptiveCard;
  readonly version: number;
  readonly onDelivered?: () => void;
};

export type RunMessage = {
  readonly run: Run;
  readonly role: MessageRole;
  /** Posts it although one of its role was posted before: it says something else. */
  readonly anew?: boolean;
  /** Of a role that has several posts, one after the other: which one this is, counted from 1. None is posted twice. */
  readonly edition?: number;
  /** Undefined when there is nothing to say any more. */
  readonly render: (context: TurnContext) => Rendered | undefined | Promise<Rendered | undefined>;
};

export type RunMessages = {
  /** Updates the message where it stands, or posts it. Rejects with the connector's error, or with a `SendAgainError` to be called at once. */
  send(message: RunMessage): Promise<void>;
  /** The run's card has changed: Teams may take all of it again. */
  retryFullCard(runId: RunId): void;
};

/** Sends the messages of runs: posts that are updated in place, and are posted anew when somebody deleted them. */
export function createRunMessages(options: RunMessagesOptions): RunMessages {
  const { inThread, records, cover, deliveries } = options;
  const forms = new BoundedMap<string, MessageForm>(mostKept);
  /** Messages that are no longer there. */
  const deleted = new BoundedMap<string, string>(mostKept);

  async function say(key: string, message: RunMessage, form: MessageForm): Promise<void> {
    const { run, role, render, anew = false, edition = 0 } = message;
    const recorded = anew ? undefined : await records.find(run.id, role);
    const isPost = isSaidOnce(role);
    if (isPost && recorded && edition <= recorded.version) return;
    const isThere = recorded && deleted.get(key) !== recorded.activityId;
    const known = isThere && !isPost ? recorded : undefined;
    await inThread(run.origin, async (context) => {
      const rendered = await render(context);
      if (!rendered) return;
      const { card, version, onDelivered } = rendered;
      const activity = toActivity(cover(card), form);
      if (known) await update(context, activity, known);
      const activityId = known
        ? known.activityId
        : await postMessage(context, activity, run.origin);
      deleted.delete(key);
      if (run.phase === 'ended') forms.delete(key);
      if (activityId !== undefined && version > (known?.version ?? -1))
        await records.save(run.id, role, { activityId, version });
      onDelivered?.();
    });

    async function update(
      context: TurnContext,
      activity: ReturnType<typeof toActivity>,
      { activityId }: DeliveredMessage,
    ) {
      try {
        await updateMessage(context, activity, activityId);
      } catch (error) {
        if (!isDeleted(error)) throw error;
        deleted.set(key, activityId);
        throw new SendAgainError(error);
      }
    }
  }

  return {
    send(message) {
      const { run, role } = message;
      const key = `${role} ${run.id}`;
      const memory = {
        read: () => forms.get(key) ?? 'card',
        write(form: MessageForm, error: unknown) {
          forms.set(key, form);
          deliveries.shortened(`The ${role} of ${run.id}`, toPlace(run.origin), error);
        },
      };
      return sendInForm(memory, (form) => say(key, message, form));
    },
    retryFullCard: (runId) => void forms.delete(`card ${runId}`),
  };
}
