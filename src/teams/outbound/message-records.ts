import type { RunId } from '../../domain/ids.ts';
import type { Clock } from '../../runs/ports/clock.ts';
import type { Log } from '../../runs/ports/log.ts';
import type {
  DeliveredMessage,
  MessageLedger,
  MessageRole,
} from '../../runs/ports/message-ledger.ts';
import { NotSentError } from './channel-error.ts';

export type MessageRecordsOptions = {
  readonly messages: MessageLedger;
  readonly clock: Clock;
  readonly log: Log;
};

/** A conversation must not stand still because the database hangs. */
const answerLimitMs = 3_000;
const mostRemembered = 2_000;

/** Posted once, or once for each edition. Better twice than not at all, where the database does not say. */
export function isSaidOnce(role: MessageRole): boolean {
  return role !== 'card' && role !== 'summary';
}

/**
 * Where the messages of runs are, also while the database is away: what it knew last counts, and what it could not take is written when it is back. A
 * message that stands in Teams is never posted again because its record failed.
 */
export class MessageRecords {
  readonly #options: MessageRecordsOptions;
  readonly #remembered = new Map<string, DeliveredMessage>();
  readonly #unsaved = new Set<string>();

  constructor(options: MessageRecordsOptions) {
    this.#options = options;
  }

  /** Rejects with a `NotSentError` when nobody knows whether there is a message to update. */
  async find(runId: RunId, role: MessageRole): Promise<DeliveredMessage | undefined> {
    const key = `${role} ${runId}`;
    const remembered = this.#remembered.get(key);
    if (remembered && this.#unsaved.has(key)) {
      await this.save(runId, role, remembered);
      return remembered;
    }
    try {
      const found = await this.#bounded(this.#options.messages.find(runId, role));
      if (found) this.#remember(key, found);
      return found;
    } catch (error) {
      if (remembered || isSaidOnce(role)) return remembered;
      throw new NotSentError('the database does not answer', error);
    }
  }

  /** Never rejects. */
  async save(runId: RunId, role: MessageRole, message: DeliveredMessage): Promise<void> {
    const key = `${role} ${runId}`;
    this.#remember(key, message);
    try {
      await this.#bounded(this.#options.messages.save(runId, role, message));
      this.#unsaved.delete(key);
    } catch (error) {
      this.#unsaved.add(key);
      this.#options.log.warn({ error, runId, role }, 'A posted message could not be recorded yet.');
    }
  }

  async #bounded<Result>(asked: Promise<Result>): Promise<Result> {
    const done = new AbortController();
    const late = this.#options.clock.sleep(answerLimitMs, done.signal).then(() => {
      throw new Error('The database did not answer in time.');
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([asked, late]);
    } finally {
      done.abort();
    }
  }

  #remember(key: string, message: DeliveredMessage): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, message);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size <= mostRemembered || oldest === undefined) return;
    this.#remembered.delete(oldest);
    this.#unsaved.delete(oldest);
  }
}
