import { Fifo } from './fifo.ts';
import { isMoreUrgent, urgencies, type Message, type Urgency } from './message.ts';

/** A message that waits or is being sent, and what happened to it so far. */
export type Entry = {
  message: Message;
  attempts: number;
  refusals: number;
  firstFailedAt: number | undefined;
  /** Which place in a line is this entry's; places with other numbers are void. */
  place: number;
};

type Place = { readonly entry: Entry; readonly number: number };

/**
 * The messages of one conversation by urgency, in the order in which they came, and the one that is being sent. Every operation takes constant time.
 */
export class WaitingMessages {
  readonly #entries = new Map<string, Entry>();
  readonly #counts: Record<Urgency, number> = { stop: 0, say: 0, live: 0 };
  #lines = createLines();
  #places = 0;
  #sending: Entry | undefined;

  /** How many messages wait. */
  get size(): number {
    return this.#entries.size;
  }

  count(urgency: Urgency): number {
    return this.#counts[urgency];
  }

  /** Adds a message, or replaces the waiting one with its key. */
  put(message: Message): void {
    const entry = this.#entries.get(message.key);
    if (entry) this.#replace(entry, merge(entry.message, message));
    else this.#add({ message, attempts: 0, refusals: 0, firstFailedAt: undefined, place: 0 });
  }

  /** What is to be sent next: the most urgent, and the oldest of those. */
  first(): Entry | undefined {
    for (const urgency of urgencies) {
      const entry = this.oldest(urgency);
      if (entry) return entry;
    }
    return undefined;
  }

  oldest(urgency: Urgency): Entry | undefined {
    const line = this.#lines[urgency];
    for (let place = line.peek(); place; place = line.peek()) {
      if (place.entry.place === place.number) return place.entry;
      line.shift();
    }
    return undefined;
  }

  /** Takes what is to be sent next; it does not wait any more. */
  take(): Entry | undefined {
    const entry = this.first();
    if (entry) this.remove(entry);
    this.#sending = entry;
    return entry;
  }

  remove(entry: Entry): void {
    this.#entries.delete(entry.message.key);
    this.#vacate(entry);
  }

  /** Whether this message is being sent, and nothing was cleared since. */
  isSending(entry: Entry): boolean {
    return this.#sending === entry;
  }

  /** Whether a newer message with the same key waits, which says all that this one would say. */
  isReplaced({ message: { key } }: Entry): boolean {
    return this.#entries.has(key);
  }

  /** The message was not sent and waits again, before or behind the others. A newer one with its key takes over its urgency instead. */
  putBack(entry: Entry, where: 'front' | 'back'): void {
    const newer = this.#entries.get(entry.message.key);
    if (!newer) return this.#add(entry, where);
    newer.attempts = entry.attempts;
    newer.refusals = entry.refusals;
    this.#replace(newer, merge(entry.message, newer.message));
  }

  /** Removes everything, and returns what waited. */
  clear(): readonly Message[] {
    const waiting = Array.from(this.#entries.values(), ({ message }) => message);
    this.#entries.clear();
    this.#lines = createLines();
    this.#sending = undefined;
    Object.assign(this.#counts, { stop: 0, say: 0, live: 0 });
    return waiting;
  }

  #add(entry: Entry, where: 'front' | 'back' = 'back'): void {
    this.#entries.set(entry.message.key, entry);
    this.#occupy(entry, where);
  }

  #replace(entry: Entry, message: Message): void {
    const isMoved = message.urgency !== entry.message.urgency;
    if (isMoved) this.#vacate(entry);
    entry.message = message;
    if (isMoved) this.#occupy(entry, 'back');
  }

  #occupy(entry: Entry, where: 'front' | 'back'): void {
    const { urgency } = entry.message;
    this.#places += 1;
    this.#counts[urgency] += 1;
    entry.place = this.#places;
    const place = { entry, number: entry.place };
    if (where === 'front') this.#lines[urgency].unshift(place);
    else this.#lines[urgency].push(place);
  }

  #vacate(entry: Entry): void {
    entry.place = 0;
    this.#counts[entry.message.urgency] -= 1;
  }
}

function createLines(): Readonly<Record<Urgency, Fifo<Place>>> {
  return { stop: new Fifo(), say: new Fifo(), live: new Fifo() };
}

/** The newer content, as urgent as the more urgent of the two. */
function merge(older: Message, newer: Message): Message {
  const urgency = isMoreUrgent(older.urgency, newer.urgency) ? older.urgency : newer.urgency;
  return { ...newer, urgency, quiet: newer.quiet === true && older.quiet === true };
}
