import type { Origin } from '../../domain/run-event.ts';
import type { Clock } from '../../runs/ports/clock.ts';
import type { Log } from '../../runs/ports/log.ts';
import { AppTurns } from './app-turns.ts';
import { classifyChannelError } from './channel-error.ts';
import { DeliveryLog, type Place } from './delivery-log.ts';
import type { Message } from './message.ts';
import { OutboundQueue } from './outbound-queue.ts';
import { SendLimits, type SendLimit } from './send-limits.ts';

export type OutboundQueuesOptions = {
  /** For times that people are told. */
  readonly clock: Clock;
  /** Never set back: what waits must not wait for as long as a clock was. */
  readonly steady: Clock;
  readonly log: Log;
  /** What may be sent in one conversation, and by the app in all. */
  readonly limits: { readonly thread: readonly SendLimit[]; readonly app: readonly SendLimit[] };
};

const sweepEveryMs = 10 * 60_000;

/** The queues of all conversations. Those of idle conversations are forgotten. */
export class OutboundQueues {
  readonly deliveries: DeliveryLog;
  readonly turns: AppTurns;
  readonly #options: OutboundQueuesOptions;
  readonly #queues = new Map<string, OutboundQueue>();
  #sweepAt: number;
  #isClosed = false;

  constructor(options: OutboundQueuesOptions) {
    const { steady, limits } = options;
    this.#options = options;
    this.turns = new AppTurns(new SendLimits(limits.app), steady);
    this.deliveries = new DeliveryLog(options);
    this.#sweepAt = steady.now() + sweepEveryMs;
  }

  /** How many conversations are remembered. */
  get size(): number {
    return this.#queues.size;
  }

  push(origin: Origin, message: Message): void {
    this.#find(toPlace(origin)).push(message);
  }

  enter(conversationId: string): void {
    this.#queues.get(conversationId)?.enter();
  }

  leave(conversationId: string): void {
    this.#find({ conversationId }).leave();
  }

  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true;
    await Promise.all(Array.from(this.#queues.values(), (queue) => queue.close(timeoutMs)));
  }

  #find(place: Place): OutboundQueue {
    this.#sweep();
    const known = this.#queues.get(place.conversationId);
    if (known) return known;
    const { steady, log, limits } = this.#options;
    const queue = new OutboundQueue({
      clock: steady,
      log,
      classify: classifyChannelError,
      threadLimits: limits.thread,
      appTurns: this.turns,
      listener: this.deliveries.listen(place),
    });
    if (this.#isClosed) void queue.close(0);
    this.#queues.set(place.conversationId, queue);
    return queue;
  }

  #sweep(): void {
    const now = this.#options.steady.now();
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + sweepEveryMs;
    for (const [conversationId, queue] of this.#queues)
      if (queue.isIdle(now)) this.#queues.delete(conversationId);
  }
}

export function toPlace({ conversationId, reference }: Origin): Place {
  const { conversation } = reference as { conversation?: { name?: string } };
  return { conversationId, name: conversation?.name || undefined };
}
