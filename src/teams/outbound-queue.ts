import type { Clock, Log } from '../runs/ports.ts';
import { SendLimits, type Call, type SendLimit } from './send-limits.ts';

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
  /** What may be sent in this conversation. */
  readonly threadLimits: readonly SendLimit[];
  /** What all conversations together may send. */
  readonly appLimits: SendLimits;
};

const firstBackoffMs = 1_000;
const longestBackoffMs = 30_000;
const mostAttempts = 40;
/** Live numbers are sent this far apart while there is plenty left of the hour, and further when there is less. */
const liveIntervalMs = 2_000;
const stretchAtTheEnd = 4;

/** One call, as it counts towards the limits. */
type Turn = readonly Call[];

/** One conversation's messages, one at a time, in order, within the limits, and again when the channel was busy. */
export class OutboundQueue {
  readonly #options: OutboundQueueOptions;
  readonly #waiting = new Map<string, Message>();
  readonly #limits: SendLimits;
  readonly #closing = new AbortController();
  #lastLiveAt = 0;
  #sending: Promise<void> | undefined;
  #gone = false;

  constructor(options: OutboundQueueOptions) {
    this.#options = options;
    this.#limits = new SendLimits(options.threadLimits);
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

  /** Resolves when everything that waits was sent, or after `timeoutMs`; what is left then is not sent. */
  async close(timeoutMs: number): Promise<void> {
    const done = new AbortController();
    await Promise.race([this.#sending, this.#options.clock.sleep(timeoutMs, done.signal)]);
    done.abort();
    this.#closing.abort();
  }

  async #work(): Promise<void> {
    for (let next = this.#next(); next && !this.#closing.signal.aborted; next = this.#next()) {
      const turn = await this.#takeTurn(next);
      if (!turn) continue;
      const message = this.#waiting.get(next.key) ?? next;
      this.#waiting.delete(next.key);
      await this.#deliver(message, turn);
    }
  }

  #next(): Message | undefined {
    const waiting = Array.from(this.#waiting.values());
    return waiting.find(({ important }) => important) ?? waiting[0];
  }

  /** Waits for the limits, and takes what one call needs of them; undefined when something important came in meanwhile, which goes first, or the bot has left. */
  async #takeTurn({ key, important }: Message): Promise<Turn | undefined> {
    const { clock, appLimits } = this.#options;
    for (;;) {
      const now = clock.now();
      const pause = important ? 0 : this.#pauseMs(now, this.#waiting.get(key)?.quiet === true);
      const waitMs = Math.max(
        this.#limits.waitMs(now, important),
        appLimits.waitMs(now, important),
        pause,
      );
      if (this.#gone || this.#closing.signal.aborted) return undefined;
      if (waitMs <= 0) return [this.#limits.begin(), appLimits.begin()];
      if (!important && this.#next()?.important) return undefined;
      await clock.sleep(Math.min(waitMs, 250), this.#closing.signal);
    }
  }

  /** How long live numbers still wait: twice as long when only they went on, and longer the more of the hour is used up. */
  #pauseMs(now: number, quiet: boolean): number {
    const used = this.#limits.usedOfHour(now);
    const stretch = 1 + (stretchAtTheEnd - 1) * used ** 2;
    return this.#lastLiveAt + liveIntervalMs * stretch * (quiet ? 2 : 1) - now;
  }

  async #deliver(message: Message, firstTurn: Turn): Promise<void> {
    const { clock, log } = this.#options;
    let turn = firstTurn;
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.#attempt(message, turn);
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
      const next = await this.#takeTurn(message);
      if (!next) return;
      turn = next;
    }
  }

  /** One call, counted towards the limits; says what failed and what to do about it. */
  async #attempt(
    { send, important }: Message,
    turn: Turn,
  ): Promise<(SendFailure & { error: unknown }) | undefined> {
    const { clock, classify } = this.#options;
    const failure = await send().then(
      () => undefined,
      (error: unknown) => ({ error, ...classify(error) }),
    );
    const now = clock.now();
    for (const call of turn) call.answered(now);
    if (!important) this.#lastLiveAt = now;
    return failure;
  }
}

function backoffMs(attempt: number): number {
  return (
    Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2)
  );
}
