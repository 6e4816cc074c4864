import { TeamsInfo, type TeamsChannelAccount, type TurnContext } from 'botbuilder';
import type { Origin } from '../domain/run-event.ts';
import type { AppTurns } from './outbound/app-turns.ts';
import { callConnector } from './outbound/call-connector.ts';
import { readChannelCode, readStatus } from './outbound/channel-error.ts';
import type { InThread } from './speak.ts';

/** Asks Teams for somebody in a conversation. Undefined for somebody who is not a member; rejects where Teams does not say. */
export type FindMember = (origin: Origin, id: string) => Promise<TeamsChannelAccount | undefined>;

/** Creates the look-up. It counts towards what the app may ask for, but does not wait for its turn: a person waits for it. */
export function createFindMember(inThread: InThread, turns: AppTurns): FindMember {
  return async (origin, id) => {
    let account: TeamsChannelAccount | undefined;
    try {
      await inThread(origin, async (context) => {
        account = await lookUpMember(context, id, turns);
      });
    } catch (error) {
      if (isNoMember(error)) return undefined;
      throw error;
    }
    if (!account) throw new Error('Teams did not say who this is.');
    return account;
  };
}

/** The same within a turn. Rejects with the connector's error also for somebody who is not a member. */
export async function lookUpMember(
  context: TurnContext,
  id: string,
  turns: AppTurns,
): Promise<TeamsChannelAccount> {
  const end = turns.begin();
  try {
    return await callConnector(context, { mayRepeat: true }, () =>
      TeamsInfo.getMember(context, id),
    );
  } finally {
    end();
  }
}

/** Only this answer says that somebody is not there: another 404 is about the conversation. */
export function isNoMember(error: unknown): boolean {
  return readStatus(error) === 404 && readChannelCode(error) === 'MemberNotFoundInConversation';
}
