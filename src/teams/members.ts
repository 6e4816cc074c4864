import { setTimeout as delay } from 'node:timers/promises';
import { TeamsInfo, type TurnContext } from 'botbuilder';
import { ChaosError } from '../domain/chaos-error.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { Clock, Roster } from '../runs/ports.ts';
import type { AppTurns } from './outbound/app-turns.ts';
import { callConnector } from './outbound/call-connector.ts';
import { classifyChannelError, readChannelCode, readStatus } from './outbound/channel-error.ts';
import type { InThread } from './speak.ts';

/** A card can refresh itself for so many. */
const mostRefreshed = 60;
/** Of the approvers, so many are looked up: each costs a call, and the card waits for them. */
const mostLookedUp = 10;
const lookUpLimitMs = 2_000;
/** Who is in a conversation is remembered for so many look-ups. */
const mostKnown = 10_000;

/** Somebody waits for an answer to their click. */
const rosterLimitMs = 8_000;
const askAgainMs = 500;

type Account = { readonly id: string; readonly aadObjectId?: string };

/** Only this answer says that somebody is not there: another 404 is about the conversation. */
const isNoMember = (error: unknown) =>
  readStatus(error) === 404 && readChannelCode(error) === 'MemberNotFoundInConversation';

export type RosterOptions = {
  readonly inThread: InThread;
  readonly turns: AppTurns;
  readonly clock: Clock;
};

/**
 * Asks Teams whether somebody is in a conversation, anew each time: whoever was removed from it this minute must not approve in the next. Rejects with
 * `membership-unknown` when Teams does not say.
 */
export function createRoster({ inThread, turns, clock }: RosterOptions): Roster {
  const ask = async (origin: Parameters<InThread>[0], id: string) => {
    let account: Account | undefined;
    await inThread(origin, async (context) => {
      account = await lookUp(context, id, turns);
    });
    return account?.aadObjectId?.toLowerCase();
  };
  return {
    async isMember(origin, { id }) {
      try {
        const found = await askInTime(
          (until) => askRepeatedly(() => ask(origin, id), until, clock),
          clock,
        );
        if (found === undefined) throw new Error('Teams did not say whose account it is.');
        return found === id;
      } catch (error) {
        if (isNoMember(error)) return false;
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

async function lookUp(context: TurnContext, id: string, turns: AppTurns): Promise<Account> {
  const end = turns.begin();
  try {
    return await callConnector(context, { mayRepeat: true }, () =>
      TeamsInfo.getMember(context, id),
    );
  } finally {
    end();
  }
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
  readonly #known = new Map<string, string | undefined>();

  /** Look-ups count towards what the app may ask for, but do not wait: a card waits for them. */
  constructor(turns: AppTurns) {
    this.#turns = turns;
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
    const keys = ids.map((id) => toKey(context, id));
    return keys.every((key) => this.#known.has(key) && this.#known.get(key) === undefined);
  }

  async #findOne(context: TurnContext, id: ObjectId): Promise<string | undefined> {
    const key = toKey(context, id);
    if (this.#known.has(key)) return this.#known.get(key);
    const member = lookUp(context, id, this.#turns).then(
      (account) => this.#remember(key, account.id),
      (error: unknown) => (isNoMember(error) ? this.#remember(key, undefined) : undefined),
    );
    return Promise.race([member, delay(lookUpLimitMs, undefined, { ref: false })]);
  }

  #remember(key: string, id: string | undefined): string | undefined {
    this.#known.set(key, id);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
    return id;
  }
}

function toKey({ activity }: TurnContext, id: ObjectId): string {
  return `${activity.conversation.id} ${id}`;
}
