import { setTimeout as delay } from 'node:timers/promises';
import { TeamsInfo, type TurnContext } from 'botbuilder';
import type { Clock } from '../runs/ports.ts';
import type { SendLimits } from './send-limits.ts';
import type { ObjectId } from '../domain/ids.ts';

/** A card can refresh itself for so many. */
const mostRefreshed = 60;
/** Of the approvers, so many are looked up: each costs a call, and the card waits for them. */
const mostLookedUp = 10;
const lookUpLimitMs = 2_000;

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
