import { setTimeout as delay } from 'node:timers/promises';
import type { Activity, TeamsChannelAccount } from 'botbuilder';
import { ChaosError } from '../domain/chaos-error.ts';
import { toOrigin } from './activity.ts';
import type { FindMember } from './find-member.ts';
import { isOutsiderRole, isStatedOutsider, readTenants } from './sender.ts';

/**
 * Whether the sender of an activity is a guest, or of another organisation. Such people may stop the runs of their own conversation, since stop must
 * always work, and nothing else.
 */
export type OutsiderCheck = {
  /** What is known without asking anybody: for a click on stop, which waits for nothing. */
  isKnown(activity: Activity): boolean;
  /** The same, after asking Teams for a moment: for a typed stop that reaches beyond the conversation. */
  isOutsiderAtOnce(activity: Activity): Promise<boolean>;
  /** Asks Teams where the activity does not say. False where Teams does not answer: see `require` for what must not be guessed. */
  isOutsider(activity: Activity): Promise<boolean>;
  /** The same for what must not be guessed. Rejects with `membership-unknown` where Teams does not answer. */
  requireAnswer(activity: Activity): Promise<boolean>;
};

export type OutsiderCheckOptions = {
  /** How Teams is asked for a member; without, only what activities state counts. */
  readonly findMember?: FindMember;
  readonly clock: { now(): number };
};

const lookUpLimitMs = 3_000;
/** What a stop may wait for it. */
const momentMs = 100;
/** Who becomes a guest meanwhile is recognised as one after this. */
const rememberedMs = 10 * 60_000;
const maxRemembered = 10_000;

export const outsiderMessage = {
  message: 'Guests and people of other organisations can only stop the runs of this conversation.',
  suggestion: 'Say `stop` to stop them. For anything else, ask a member of the organisation.',
};

/** Creates the check. Who was looked up is remembered for ten minutes. */
export function createOutsiderCheck({ findMember, clock }: OutsiderCheckOptions): OutsiderCheck {
  const known = new Map<string, { readonly outsider: boolean; readonly at: number }>();
  const recall = (key: string) => {
    const found = known.get(key);
    return found && clock.now() - found.at < rememberedMs ? found.outsider : undefined;
  };
  const remember = (key: string, outsider: boolean) => {
    known.delete(key);
    known.set(key, { outsider, at: clock.now() });
    const [oldest] = known.keys();
    if (known.size > maxRemembered && oldest !== undefined) known.delete(oldest);
    return outsider;
  };
  const find = async (activity: Activity): Promise<boolean> => {
    const stated = isStatedOutsider(activity);
    if (stated !== undefined || !findMember) return stated ?? false;
    const key = toKey(activity);
    const recalled = recall(key);
    if (recalled !== undefined) return recalled;
    const account = await lookUp(activity, findMember);
    // Who is not in the conversation is no guest of it; what they may do is for the rules to say.
    return account ? remember(key, isOutside(account, activity)) : false;
  };
  return {
    isKnown: (activity) => isStatedOutsider(activity) ?? recall(toKey(activity)) ?? false,
    isOutsider: (activity) => find(activity).catch(() => false),
    isOutsiderAtOnce: (activity) => {
      const late = delay(momentMs, false, { ref: false });
      return Promise.race([find(activity).catch(() => false), late]);
    },
    requireAnswer: (activity) =>
      find(activity).catch((cause: unknown) => {
        throw unknownMember(cause);
      }),
  };
}

/** Who is a guest of an organisation is one in each of its conversations. */
function toKey(activity: Activity): string {
  return `${readTenants(activity).host} ${activity.from.aadObjectId ?? activity.from.id}`;
}

/** Undefined for somebody who is not in the conversation. */
function lookUp(
  activity: Activity,
  findMember: FindMember,
): Promise<TeamsChannelAccount | undefined> {
  const late = delay(lookUpLimitMs, undefined, { ref: false }).then(() => {
    throw new Error('Teams did not answer in time.');
  });
  return Promise.race([findMember(toOrigin(activity), activity.from.id), late]);
}

function isOutside(account: TeamsChannelAccount, activity: Activity): boolean {
  const { host } = readTenants(activity);
  const isForeign = account.tenantId ? account.tenantId.toLowerCase() !== host : false;
  return isForeign || isOutsiderRole(account.userRole);
}

function unknownMember(cause: unknown): ChaosError {
  return new ChaosError(
    'membership-unknown',
    'Teams could not say whether you are a guest, so nothing was decided.',
    { suggestion: 'Try again in a moment.', cause },
  );
}
