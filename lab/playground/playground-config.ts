import { stringify } from 'yaml';
import { botAccount, colleagues, currentPerson, tenantId, type LabPerson } from './people.ts';

/** The conversations of the playground, by their ids. */
export const conversations = {
  general: 'model-platform',
  gameDays: 'game-days',
  personal: 'personal-chat',
  group: 'on-call',
} as const;

/** The playground's `.m365agentsplayground.yml`: who there is and where they talk. */
export function toPlaygroundConfig(): string {
  return stringify({
    version: '0.1.1',
    tenantId,
    bot: botAccount,
    currentUser: toUser(currentPerson),
    users: colleagues.map(toUser),
    personalChat: { id: conversations.personal },
    groupChat: { id: conversations.group, name: 'On-call' },
    team: {
      id: conversations.general,
      name: 'Model platform',
      aadGroupId: `${tenantId.slice(0, -2)}30`,
      channels: [{ id: conversations.gameDays, name: 'Game days' }],
    },
  });
}

function toUser({ id, name, aadObjectId }: LabPerson) {
  const [givenName = name, surname = ''] = name.split(' ');
  const email = `${id}@lab.example`;
  // The misspelling is the playground's.
  return { id, name, userPrincipleName: email, aadObjectId, givenName, surname, email };
}
