import { setTimeout as delay } from 'node:timers/promises';
import type { TurnContext } from 'botbuilder';
import { ChaosError } from '../domain/chaos-error.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { Clock } from '../runs/ports/clock.ts';
import type { Roster } from '../runs/ports/membership.ts';
import type { AppTurns } from './outbound/app-turns.ts';
import { classifyChannelError } from './outbound/channel-error.ts';
import { isNoMember, lookUpMember, type FindMember } from './find-member.ts';

/** The most people for whom a card can refresh itself. */
const mostRefreshed = 60;
/** The most approvers that are looked up: each costs a call, and the card waits for them. */
const mostLookedUp = 10;
const lookUpLimitMs = 2_000;
/** The most look-ups that are remembered. */
const mostKnown = 10_000;
/** Who joins or leaves a conversation is noticed after this. */
const rememberedMs = 60_000;

/** What Teams said of somebody in a conversation; without an id, that they are not in it. */
type Known = { readonly id: string | undefined; readonly at: number };

/** Somebody waits for an answer to their click. */
const rosterLimitMs = 8_000;
const askAgainMs = 500;

export type RosterOptions = { readonly findMember: FindMember; readonly clock: Clock };

/**
 * Asks Teams whether somebody is in a conversation, anew each time: whoever was removed from it this minute must not approve in the next. Rejects with
 * `membership-unknown` when Teams does not say.
 */
export function createRoster({ findMember, clock }: RosterOptions): Roster {
  return {
    async isMember(origin, { id }) {
      try {
        const found = await askInTime(
          (until) => askRepeatedly(() => findMember(origin, id), until, clock),
          clock,
        );
        if (!found) return false;
        if (!found.aadObjectId) throw new Error('Teams did not say whose account it is.');
        return found.aadObjectId.toLowerCase() === id;
      } catch (error) {
        throw unknownMember(error);
      }
    },
  };
}

/** Asks again while Teams is busy and time is left. */
async function askRepeatedly<Found>(
  ask: () => Promise<Found>,
  until: number,
  clock: Clock,
): Promise<Found> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const failure = classifyChannelError(error);
      const waitMs = failure.kind === 'retry' ? (failure.afterMs ?? askAgainMs) : Infinity;
      if (clock.now() + waitMs >= until) throw error;
      await clock.sleep(waitMs);
    }
  }
}

function askInTime<Found>(ask: (until: number) => Promise<Found>, clock: Clock): Promise<Found> {
  const late = delay(rosterLimitMs, undefined, { ref: false }).then(() => {
    throw new Error('Teams did not answer in time.');
  });
  return Promise.race([ask(clock.now() + rosterLimitMs), late]);
}

function unknownMember(cause: unknown): ChaosError {
  return new ChaosError(
    'membership-unknown',
    'Teams could not say whether you are a member of this channel, so nothing was decided.',
    { suggestion: 'Try again in a moment.', cause },
  );
}

/** What Teams calls the people of a conversation, `29:...`: a card refreshes itself for them by that id alone. */
export class Members {
  readonly #turns: AppTurns;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #known = new Map<string, Known>();

  constructor({ turns, clock }: { turns: AppTurns; clock: Pick<Clock, 'now'> }) {
    this.#turns = turns;
    this.#clock = clock;
  }

  /** The ids in the channel of those who are in this conversation; whoever cannot be found is left out. */
  async find(context: TurnContext, ids: readonly ObjectId[]): Promise<readonly string[]> {
    const found = await Promise.all(
      ids.slice(0, mostLookedUp).map((id) => this.#findOne(context, id)),
    );
    return found.filter((id) => id !== undefined).slice(0, mostRefreshed);
  }

  /** Whether Teams has said of each of them that they are not in this conversation. */
  areAbsent(context: TurnContext, ids: readonly ObjectId[]): boolean {
    return ids.every((id) => {
      const known = this.#recall(toKey(context, id));
      return known !== undefined && known.id === undefined;
    });
  }

  async #findOne(context: TurnContext, id: ObjectId): Promise<string | undefined> {
    const key = toKey(context, id);
    const known = this.#recall(key);
    if (known) return known.id;
    const member = lookUpMember(context, id, this.#turns).then(
      (account) => this.#remember(key, account.id),
      (error: unknown) => (isNoMember(error) ? this.#remember(key, undefined) : undefined),
    );
    return Promise.race([member, delay(lookUpLimitMs, undefined, { ref: false })]);
  }

  #recall(key: string): Known | undefined {
    const known = this.#known.get(key);
    const isOld = known && this.#clock.now() - known.at >= rememberedMs;
    return isOld ? undefined : known;
  }

  #remember(key: string, id: string | undefined): string | undefined {
    this.#known.delete(key);
    this.#known.set(key, { id, at: this.#clock.now() });
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
    return id;
  }
}

function toKey({ activity }: TurnContext, id: ObjectId): string {
  return `${activity.conversation.id} ${id}`;
}
