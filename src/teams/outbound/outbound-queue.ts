import type { Clock } from '../../runs/ports/clock.ts';
import type { Log } from '../../runs/ports/log.ts';
import type { AppTurns } from './app-turns.ts';
import { isMoreUrgent, type Message, type SendFailure, type Urgency } from './message.ts';
import { Pauses } from './pauses.ts';
import { SendLimits, type Call, type SendLimit } from './send-limits.ts';
import { WaitingMessages, type Entry } from './waiting-messages.ts';

/** Receives the outcome of a conversation's messages. */
export type DeliveryListener = {
  /** An important message will not be delivered. */
  lost(message: Message, why: string, error?: unknown): void;
  /** Calls fail in a way that may pass; the message waits. */
  delayed(message: Message, error: unknown): void;
  /** The bot may not speak in this conversation. */
  silenced(error: unknown): void;
  /** A message was delivered. */
  delivered(): void;
  /** Nothing waits any more. */
  emptied(): void;
  /** The bot was removed from the conversation, by people. */
  left(): void;
};

export type OutboundQueueOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly classify: (error: unknown) => SendFailure;
  /** What may be sent in this conversation. */
  readonly threadLimits: readonly SendLimit[];
  /** What all conversations together may send. */
  readonly appTurns: AppTurns;
  readonly listener: DeliveryListener;
};

/** Important messages are tried for this long. */
const patienceMs = 30 * 60_000;
const silentPatienceMs = 24 * 3_600_000;
const livePatienceMs = 60_000;
/** A message that failed this often lets the others of its conversation go first. */
const stepAsideAfter = 3;
/** A message that is refused this often, while others are delivered, is given up. */
const mostRefusals = 3;
/** How many messages wait while the bot may not speak. */
const mostWhileSilent = 50;
/** Live numbers are sent this far apart while there is plenty left of the hour, and further when there is less. */
const liveIntervalMs = 2_000;
const stretchAtTheEnd = 4;
/** What is known of a conversation without messages is forgotten after this time. */
const forgetAfterMs = 24 * 3_600_000;

type Turn = readonly [Call, Call];

type Rest = {
  readonly urgency: Urgency;
  /** It waits for time to pass, not for its turn among other conversations. */
  readonly isSleep: boolean;
  readonly wake: AbortController;
};

/** One conversation's messages: one at a time, the most urgent first, within the limits, and again when the channel was busy. */
export class OutboundQueue {
  readonly #options: OutboundQueueOptions;
  readonly #waiting = new WaitingMessages();
  readonly #limits: SendLimits;
  readonly #pauses = new Pauses();
  /** What the queue waits for; it chooses anew when `wake` aborts. */
  #rest: Rest | undefined;
  #isWorking = false;
  #worked: Promise<void> = Promise.resolve();
  #hasLeft = false;
  #isClosed = false;
  #lastLiveAt = Number.NEGATIVE_INFINITY;
  #lastUsedAt: number;

  constructor(options: OutboundQueueOptions) {
    this.#options = options;
    this.#limits = new SendLimits(options.threadLimits);
    this.#lastUsedAt = options.clock.now();
  }

  push(message: Message): void {
    this.#lastUsedAt = this.#options.clock.now();
    if (this.#hasLeft) return this.#lose(message, 'the bot was removed from the conversation');
    if (this.#isClosed) return this.#lose(message, 'the bot is ending');
    const isMuted = message.urgency === 'live' && this.#isSilent();
    if (isMuted && this.#pauses.waitMs(this.#lastUsedAt, 'live', 0) > 0) return;
    this.#waiting.put(message);
    this.#makeRoom();
    if (this.#rest && goesBefore(message, this.#rest)) this.#rest.wake.abort();
    this.#start();
  }

  /** The bot was removed from the conversation: nothing more is said there. */
  leave(): void {
    this.#hasLeft = true;
    this.#options.listener.left();
    this.#loseAll('the bot was removed from the conversation');
  }

  /** The bot is in the conversation: it was added, or something came from there. */
  enter(): void {
    this.#hasLeft = false;
    this.#pauses.heard();
    this.#rest?.wake.abort();
  }

  /** Whether forgetting this queue changes nothing. */
  isIdle(now: number): boolean {
    if (this.#isWorking || this.#waiting.size > 0 || !this.#limits.isEmpty(now)) return false;
    return !(this.#hasLeft || this.#isSilent()) || now - this.#lastUsedAt > forgetAfterMs;
  }

  /** Resolves when everything that waits was sent, or after `timeoutMs`; what is left then is not sent. */
  async close(timeoutMs: number): Promise<void> {
    const done = new AbortController();
    await Promise.race([this.#worked, this.#options.clock.sleep(timeoutMs, done.signal)]);
    done.abort();
    this.#isClosed = true;
    this.#rest?.wake.abort();
    this.#loseAll('the bot is ending');
  }

  #isSilent(): boolean {
    return this.#pauses.silentSince !== undefined;
  }

  #start(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#worked = this.#work().catch((error: unknown) =>
      this.#options.log.error({ error }, 'The outbound queue of a conversation stopped.'),
    );
  }

  /** Sends until nothing waits. The flag is cleared in the same step that finds nothing: a push before or after it is never overlooked. */
  async #work(): Promise<void> {
    try {
      for (let next = this.#waiting.first(); next; next = this.#waiting.first()) {
        const turn = await this.#takeTurn(next);
        const entry = turn && this.#waiting.take();
        if (entry) await this.#deliver(entry, turn);
        else for (const call of turn ?? []) call.unused();
      }
      this.#options.listener.emptied();
    } finally {
      this.#isWorking = false;
    }
  }

  /** Waits for what holds this message up; undefined when the next message must be chosen anew. */
  async #takeTurn({ message: { urgency, quiet }, attempts }: Entry): Promise<Turn | undefined> {
    const { clock, appTurns } = this.#options;
    const now = clock.now();
    const waitMs = Math.max(
      this.#pauses.waitMs(now, urgency, attempts),
      this.#limits.waitMs(now, urgency),
      urgency === 'live' ? this.#liveWaitMs(now, quiet === true) : 0,
    );
    const wake = new AbortController();
    this.#rest = { urgency, isSleep: waitMs > 0, wake };
    const appCall =
      waitMs > 0
        ? await interruptible(clock.sleep(waitMs, wake.signal), wake.signal)
        : await appTurns.take(urgency, wake.signal);
    this.#rest = undefined;
    return appCall ? [this.#limits.begin(clock.now()), appCall] : undefined;
  }

  /** How long live numbers still wait: twice as long when only they have changed, and longer the more of the hour is used up. */
  #liveWaitMs(now: number, quiet: boolean): number {
    const used = this.#limits.usedOfHour(now);
    const stretch = 1 + (stretchAtTheEnd - 1) * used ** 2;
    return this.#lastLiveAt + liveIntervalMs * stretch * (quiet ? 2 : 1) - now;
  }

  async #deliver(entry: Entry, turn: Turn): Promise<void> {
    const { clock, classify, listener } = this.#options;
    const { message } = entry;
    entry.attempts += 1;
    const failed = await call(message);
    const now = clock.now();
    for (const pending of turn) pending.answered(now);
    if (message.urgency === 'live') this.#lastLiveAt = now;
    if (failed) return this.#fail(entry, failed.error, classify(failed.error));
    this.#pauses.worked(message.urgency);
    listener.delivered();
  }

  #fail(entry: Entry, error: unknown, failure: SendFailure): void {
    const now = this.#options.clock.now();
    entry.firstFailedAt ??= now;
    if (failure.kind === 'retry') this.#pauses.busy(now, failure.afterMs);
    if (failure.kind === 'refused' && this.#pauses.refused(now))
      this.#options.listener.silenced(error);
    if (failure.kind === 'refused' && !this.#isSilent()) entry.refusals += 1;
    if (failure.kind === 'again' && this.#waiting.isSending(entry))
      this.#waiting.putBack(entry, 'front');
    else if (failure.kind === 'give-up' || this.#isHopeless(entry, now)) this.#giveUp(entry, error);
    else if (!this.#isNeedless(entry)) {
      this.#options.listener.delayed(entry.message, error);
      const stepsAside = failure.kind === 'refused' || entry.attempts >= stepAsideAfter;
      this.#waiting.putBack(entry, stepsAside ? 'back' : 'front');
    }
  }

  /** Whether a message that failed must not be tried again. */
  #isHopeless(entry: Entry, now: number): boolean {
    if (!this.#waiting.isSending(entry)) return true;
    const isLive = entry.message.urgency === 'live';
    const longest = isLive ? livePatienceMs : this.#isSilent() ? silentPatienceMs : patienceMs;
    const isOverdue = now - (entry.firstFailedAt ?? now) >= longest;
    return isOverdue || (entry.refusals >= mostRefusals && !this.#isSilent());
  }

  /** Whether numbers that could not be shown need not be shown any more. */
  #isNeedless({ message }: Entry): boolean {
    return message.urgency === 'live' && (this.#waiting.size > 0 || this.#isSilent());
  }

  #giveUp(entry: Entry, error: unknown): void {
    const { message } = entry;
    if (message.urgency === 'live') this.#pauses.liveFailed(this.#options.clock.now());
    if (this.#waiting.isReplaced(entry)) this.#waiting.putBack(entry, 'front');
    else this.#lose(message, 'Teams did not take it', error);
  }

  /** While the bot may not speak, only the newest messages are kept. */
  #makeRoom(): void {
    if (!this.#isSilent() || this.#waiting.count('say') <= mostWhileSilent) return;
    const oldest = this.#waiting.oldest('say');
    if (!oldest) return;
    this.#waiting.remove(oldest);
    this.#lose(oldest.message, 'too many messages wait for the bot to be let in again');
  }

  #loseAll(why: string): void {
    for (const message of this.#waiting.clear()) this.#lose(message, why);
    this.#rest?.wake.abort();
  }

  #lose(message: Message, why: string, error?: unknown): void {
    if (message.urgency !== 'live') this.#options.listener.lost(message, why, error);
  }
}

/** Whether a new message must not wait for what the queue waits for now. */
function goesBefore({ urgency, quiet }: Message, rest: Rest): boolean {
  const isSooner = rest.isSleep && urgency === 'live' && rest.urgency === 'live' && !quiet;
  return isSooner || isMoreUrgent(urgency, rest.urgency);
}

async function call({ send }: Message): Promise<{ error: unknown } | undefined> {
  try {
    await send();
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** Ends with the sleep, or with the signal where the clock's sleep does not heed it. */
async function interruptible(sleep: Promise<void>, signal: AbortSignal): Promise<undefined> {
  const interrupted = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve()),
  );
  await Promise.race([sleep, interrupted]);
  return undefined;
}
