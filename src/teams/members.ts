import { setTimeout as delay } from 'node:timers/promises';
import { TeamsInfo, type TurnContext } from 'botbuilder';
import { ChaosError } from '../domain/chaos-error.ts';
import type { Clock, Roster } from '../runs/ports.ts';
import type { SendLimits } from './send-limits.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { InThread } from './speak.ts';

/** A card can refresh itself for so many. */
const mostRefreshed = 60;
/** Of the approvers, so many are looked up: each costs a call, and the card waits for them. */
const mostLookedUp = 10;
const lookUpLimitMs = 2_000;

/** Somebody waits for an answer to their click. */
const rosterLimitMs = 8_000;

/** Asks Teams whether somebody is in a conversation, anew each time: whoever was removed from it this minute must not approve in the next. */
export function createRoster(inThread: InThread): Roster {
  return {
    async isMember(origin, person) {
      let account: { aadObjectId?: string } | undefined;
      const asked = inThread(origin, async (context) => {
        account = await TeamsInfo.getMember(context, person.id);
      });
      try {
        await withLimit(asked);
      } catch (error) {
        if ((error as { statusCode?: number }).statusCode === 404) return false;
        throw unknownMember(error);
      }
      return account?.aadObjectId?.toLowerCase() === person.id;
    },
  };
}

function withLimit(asked: Promise<void>): Promise<void> {
  const late = delay(rosterLimitMs, undefined, { ref: false }).then(() => {
    throw new Error('Teams did not answer in time.');
  });
  return Promise.race([asked, late]);
}

function unknownMember(cause: unknown): ChaosError {
  return new ChaosError(
    'membership-unknown',
    'Teams could not say whether you are a member of this channel, so nothing was decided.',
    { suggestion: 'Try again in a moment.', cause },
  );
}

/** Whether the person is not in the conversation, and would not be found another time either. */
const isUnknown = (error: unknown) =>
  [400, 403, 404].includes((error as { statusCode?: number }).statusCode ?? 0);

/** What Teams calls the people of a conversation, `29:...`: a card refreshes itself for them by that id alone. */
export class Members {
  readonly #limits: SendLimits;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #known = new Map<string, string | undefined>();

  /** Look-ups count towards what the app may ask for, but do not wait: a card waits for them. */
  constructor({ limits, clock }: { limits: SendLimits; clock: Pick<Clock, 'now'> }) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** The ids in the channel of those who are in this conversation; whoever cannot be found is left out. */
  async find(context: TurnContext, ids: readonly ObjectId[]): Promise<readonly string[]> {
    const found = await Promise.all(
      ids.slice(0, mostLookedUp).map((id) => this.#findOne(context, id)),
    );
    return found.filter((id) => id !== undefined).slice(0, mostRefreshed);
  }

  async #findOne(context: TurnContext, id: ObjectId): Promise<string | undefined> {
    const key = `${context.activity.conversation.id} ${id}`;
    if (this.#known.has(key)) return this.#known.get(key);
    const call = this.#limits.begin();
    const asked = TeamsInfo.getMember(context, id).finally(() => call.answered(this.#clock.now()));
    const member = asked.then(
      (account) => {
        this.#known.set(key, account.id);
        return account.id;
      },
      (error: unknown) => {
        if (isUnknown(error)) this.#known.set(key, undefined);
        return undefined;
      },
    );
    return Promise.race([member, delay(lookUpLimitMs, undefined, { ref: false })]);
  }
}
