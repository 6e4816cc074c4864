import type { Clock, Log } from '../runs/ports.ts';
import { SendLimits, threadLimits } from './send-limits.ts';

/** Something to say in a conversation. One that waits is replaced by a newer one with the same key, and keeps its place. */
export type Message = {
  readonly key: string;
  /** What is not important is dropped rather than delivered late, and leaves room for what is. */
  readonly important: boolean;
  /** Only the numbers went on: it can wait longer. */
  readonly quiet?: boolean;
  readonly send: () => Promise<void>;
};

/** What an outbound queue does about an error of the channel. */
export type SendFailure =
  | { readonly kind: 'retry'; readonly afterMs?: number }
  | { readonly kind: 'gone' }
  | { readonly kind: 'give-up' };

export type OutboundQueueOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly classify: (error: unknown) => SendFailure;
  /** What all conversations together may send. */
  readonly appLimits: SendLimits;
};

const firstBackoffMs = 1_000;
const longestBackoffMs = 30_000;
const mostAttempts = 40;
/** Live numbers are sent this far apart while there is plenty left of the hour, and further when there is less. */
const liveIntervalMs = 2_000;
const stretchAtTheEnd = 4;

/** One conversation's messages, one at a time, in order, within the limits, and again when the channel was busy. */
export class OutboundQueue {
  readonly #options: OutboundQueueOptions;
  readonly #waiting = new Map<string, Message>();
  readonly #limits = new SendLimits(threadLimits);
  readonly #closing = new AbortController();
  #lastLiveAt = 0;
  #sending: Promise<void> | undefined;
  #gone = false;

  constructor(options: OutboundQueueOptions) {
    this.#options = options;
  }

  push(message: Message): void {
    if (this.#gone || this.#closing.signal.aborted) return;
    const waiting = this.#waiting.get(message.key);
    this.#waiting.set(message.key, {
      ...message,
      important: message.important || waiting?.important === true,
      quiet: message.quiet === true && waiting?.quiet !== false,
    });
    this.#sending ??= this.#work().finally(() => (this.#sending = undefined));
  }

  /** The bot was removed from the conversation: nothing more is said there. */
  leave(): void {
    this.#gone = true;
    this.#waiting.clear();
  }

  /** The bot is in the conversation again. */
  enter(): void {
    this.#gone = false;
  }

  /** Resolves when everything important that waits was sent, or after `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    const done = new AbortController();
    await Promise.race([this.#sending, this.#options.clock.sleep(timeoutMs, done.signal)]);
    done.abort();
    this.#closing.abort();
  }

  async #work(): Promise<void> {
    for (let next = this.#next(); next; next = this.#next()) {
      if (!(await this.#takeTurn(next))) continue;
      const message = this.#waiting.get(next.key);
      if (!message) continue;
      this.#waiting.delete(next.key);
      await this.#deliver(message);
    }
  }

  #next(): Message | undefined {
    const waiting = Array.from(this.#waiting.values());
    return waiting.find(({ important }) => important) ?? waiting[0];
  }

  /** Waits for the limits and counts the call towards them; false when something important came in meanwhile, which goes first. */
  async #takeTurn({ key, important }: Message): Promise<boolean> {
    const { clock, appLimits } = this.#options;
    for (;;) {
      const now = clock.now();
      const pause = important ? 0 : this.#pauseMs(now, this.#waiting.get(key)?.quiet === true);
      const waitMs = Math.max(
        this.#limits.waitMs(now, important),
        appLimits.waitMs(now, important),
        pause,
      );
      if (waitMs <= 0 || this.#closing.signal.aborted) {
        this.#limits.sent(now);
        appLimits.sent(now);
        if (!important) this.#lastLiveAt = now;
        return true;
      }
      if (this.#gone || (!important && this.#next()?.important)) return false;
      await clock.sleep(Math.min(waitMs, 250), this.#closing.signal);
    }
  }

  /** How long live numbers still wait: twice as long when only they went on, and longer the more of the hour is used up. */
  #pauseMs(now: number, quiet: boolean): number {
    const used = this.#limits.usedOfHour(now);
    const stretch = 1 + (stretchAtTheEnd - 1) * used ** 2;
    return this.#lastLiveAt + liveIntervalMs * stretch * (quiet ? 2 : 1) - now;
  }

  async #deliver(message: Message): Promise<void> {
    const { clock, log, classify } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const failure = await message.send().then(
        () => undefined,
        (error: unknown) => ({ error, ...classify(error) }),
      );
      if (!failure) return;
      if (failure.kind === 'gone') this.leave();
      const final =
        failure.kind !== 'retry' || attempt === mostAttempts || this.#closing.signal.aborted;
      if (final)
        return log.warn(
          { key: message.key, attempt, error: failure.error },
          'A message was not delivered.',
        );
      const superseded = !message.important && this.#waiting.size > 0;
      if (superseded || this.#gone) return;
      await clock.sleep(failure.afterMs ?? backoffMs(attempt), this.#closing.signal);
      if (!(await this.#takeTurn(message))) return;
    }
  }
}

function backoffMs(attempt: number): number {
  return (
    Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2)
  );
}
