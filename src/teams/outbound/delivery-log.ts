import type { HealthCheck } from '../../domain/health.ts';
import type { Clock } from '../../runs/ports/clock.ts';
import type { Log } from '../../runs/ports/log.ts';
import { BoundedMap } from '../bounded-map.ts';
import { describeChannelError } from './channel-error.ts';
import type { Message } from './message.ts';
import { printTime } from '../../domain/print-time.ts';
import type { DeliveryListener } from './outbound-queue.ts';

/** A message that people did not get, or not as it was meant. */
type Incident = {
  readonly at: number;
  readonly text: string;
  /** The message is lost; otherwise people got a shorter one. */
  readonly isLost: boolean;
};

type Trouble = {
  readonly place: Place;
  readonly since: number;
  readonly lastAt: number;
  readonly why: string;
  failures: number;
  isSilent: boolean;
};

export type Place = { readonly conversationId: string; readonly name?: string | undefined };

const mostIncidents = 20;
/** Conversations that Teams does not take messages to; of more, those that failed last. */
const mostTroubles = 1_000;
const mostListed = 5;
const rememberMs = 24 * 3_600_000;
/** A lost message makes the check fail for this long. */
const alarmMs = 3_600_000;
/** Fewer failures in a row are not worth a line, unless a message has waited for long. */
const fewestFailures = 3;
const longWaitMs = 10_000;

/** What could not be said in Teams: where, since when and why. For the log and for `health`. */
export class DeliveryLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #troubles = new BoundedMap<string, Trouble>(mostTroubles);
  readonly #incidents: Incident[] = [];

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  listen(place: Place): DeliveryListener {
    const fields = { conversationId: place.conversationId };
    return {
      lost: (message, why, error) => {
        const reason = error === undefined ? why : describeChannelError(error);
        this.#log.warn({ ...fields, key: message.key, why, error }, 'A message was not delivered.');
        this.#add({
          text: `${describe(message, place)} was not delivered: ${reason}`,
          isLost: true,
        });
      },
      delayed: (_message, error) => void this.#trouble(place, error),
      silenced: (error) => {
        this.#trouble(place, error).isSilent = true;
        this.#log.warn(
          { ...fields, error },
          'Teams refuses messages to a conversation. They wait; the bot tries again now and then.',
        );
      },
      emptied: () => {
        if (!this.#troubles.get(place.conversationId)?.isSilent)
          this.#troubles.delete(place.conversationId);
      },
      left: () => void this.#troubles.delete(place.conversationId),
      delivered: () => {
        if (this.#troubles.get(place.conversationId)?.isSilent)
          this.#log.info(fields, 'Teams takes messages to a conversation again.');
        this.#troubles.delete(place.conversationId);
      },
    };
  }

  /** Teams refused a message, which is now said in a shorter form. */
  shortened(what: string, place: Place, error: unknown): void {
    const { conversationId } = place;
    this.#log.warn({ conversationId, what, error }, 'Teams refused a message; it is shortened.');
    const text = `${what} in ${toName(place)} was shortened: ${describeChannelError(error)}`;
    this.#add({ text, isLost: false });
  }

  /** Fails while messages wait, and for an hour after one was lost. */
  health(): HealthCheck {
    const now = this.#clock.now();
    const troubles = [...this.#troubles.values()].filter(
      ({ failures, isSilent, since, lastAt }) =>
        (isSilent || failures >= fewestFailures || now - since >= longWaitMs) &&
        now - lastAt < rememberMs,
    );
    const recent = this.#incidents.filter(({ at }) => now - at < rememberMs).toReversed();
    const lines = [
      ...troubles.map(
        ({ place, since, why }) =>
          `Messages to ${toName(place)} have been waiting since ${printTime(since)}: ${why}`,
      ),
      ...recent.map(({ at, text }) => `${text} (${printTime(at)})`),
    ];
    const more = lines.length > mostListed ? ` And ${lines.length - mostListed} more.` : '';
    const isAlarm = recent.some(({ at, isLost }) => isLost && now - at < alarmMs);
    return {
      name: 'teams',
      ok: troubles.length === 0 && !isAlarm,
      detail:
        lines.length === 0
          ? 'every message was delivered'
          : `${lines.slice(0, mostListed).join('. ')}.${more}`,
    };
  }

  #trouble(place: Place, error: unknown): Trouble {
    const known = this.#troubles.get(place.conversationId);
    const now = this.#clock.now();
    const trouble = {
      place,
      since: known?.since ?? now,
      lastAt: now,
      why: describeChannelError(error),
      failures: (known?.failures ?? 0) + 1,
      isSilent: known?.isSilent ?? false,
    };
    this.#troubles.set(place.conversationId, trouble);
    return trouble;
  }

  #add(incident: Omit<Incident, 'at'>): void {
    this.#incidents.push({ at: this.#clock.now(), ...incident });
    if (this.#incidents.length > mostIncidents) this.#incidents.shift();
  }
}

function describe({ what }: Message, place: Place): string {
  return `${what} in ${toName(place)}`;
}

function toName({ name, conversationId }: Place): string {
  return name ?? conversationId;
}
