/** Why the approvers of a proposal do not see its card: it is in a personal chat, or none of them is a member of the conversation. */
export type Unreached = 'personal-chat' | 'no-member';
