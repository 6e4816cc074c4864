import { startTokenIssuer, type TokenIssuer } from '../token-issuer.ts';
import { startFront, type Front, type FrontAnswer, type FrontRequest } from './front.ts';

export const botId = '0b6f7e1c-2f5d-4d0e-9b39-6f5f0a1c2d3e';
export const tenantId = '7d1f5c6e-0000-4000-8000-00000000aaaa';
export const issuer = 'https://api.botframework.com';

/** Somebody in Teams. */
export type TeamsPerson = { readonly aadObjectId: string; readonly name: string };

export const alex: TeamsPerson = {
  aadObjectId: '11111111-0000-4000-8000-000000000001',
  name: 'Alex Kim',
};
export const priya: TeamsPerson = {
  aadObjectId: '5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e12',
  name: 'Priya Nair',
};
export const jonas: TeamsPerson = {
  aadObjectId: '5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e13',
  name: 'Jonas Berg',
};

/** A card or a text that stands in a conversation. */
export type Said = {
  /** The id of the message. */
  readonly id: string;
  readonly conversationId: string;
  /** What a person reads, one text a line: of the card and of the message. */
  readonly text: string;
  readonly body: unknown;
};

/** The Teams side: a Bot Framework connector behind a front, and who issues its tokens. */
export type Teams = {
  readonly connector: Front;
  readonly issuer: TokenIssuer;
  /** Who is a member of no conversation, by object id. */
  readonly absent: Set<string>;
  /** What Teams states about a member beyond the usual, by object id: `{userRole: 'guest'}`, `{tenantId: ...}`. */
  readonly memberFields: Map<string, object>;
  /** What stands in the conversations now, oldest first: an update replaces what it updates. */
  said(): readonly Said[];
  /** A token with the claims of the channel, changed by these. */
  token(claims?: object): string;
  /** An activity of a person in a channel, changed by `change`. */
  activity(
    person: TeamsPerson,
    change?: object,
  ): { readonly id: string; readonly [field: string]: unknown };
  close(): Promise<void>;
};

export async function startTeams(): Promise<Teams> {
  const absent = new Set<string>();
  const memberFields = new Map<string, object>();
  const messages = new Map<string, Said>();
  let count = 0;
  const tokens = await startTokenIssuer(issuer);
  const answer = (request: FrontRequest): FrontAnswer => {
    const { pathname } = new URL(request.path, 'http://connector');
    const [, , , conversation = '', kind, given = ''] = pathname.split('/').map(decodeURIComponent);
    if (kind === 'members') return toMember(given, absent, memberFields);
    if (request.method === 'PUT' && !messages.has(given))
      return { status: 404, body: { error: { code: 'ActivityNotFoundInConversation' } } };
    count += 1;
    const id = request.method === 'PUT' ? given : `message-${count}`;
    const { body } = request;
    messages.set(id, { id, conversationId: conversation, text: toTexts(body).join('\n'), body });
    return { status: request.method === 'PUT' ? 200 : 201, body: { id } };
  };
  const connector = await startFront({ answer });
  return {
    connector,
    issuer: tokens,
    absent,
    memberFields,
    said: () => [...messages.values()],
    token: (claims = {}) => tokens.sign({ aud: botId, serviceurl: connector.url, ...claims }),
    activity(person, change = {}) {
      count += 1;
      return {
        type: 'message',
        id: `activity-${count}`,
        channelId: 'msteams',
        serviceUrl: connector.url,
        from: { id: `29:${person.aadObjectId}`, ...person },
        recipient: { id: `28:${botId}`, name: 'Chaos Marshal' },
        conversation: {
          id: '19:chaos@thread.tacv2',
          tenantId,
          conversationType: 'channel',
          isGroup: true,
        },
        channelData: { tenant: { id: tenantId } },
        ...change,
      };
    },
    async close() {
      await connector.close();
      await tokens.close();
    },
  };
}

function toMember(
  given: string,
  absent: ReadonlySet<string>,
  fields: ReadonlyMap<string, object>,
): FrontAnswer {
  const id = given.replace(/^29:/, '');
  if (absent.has(id))
    return { status: 404, body: { error: { code: 'MemberNotFoundInConversation' } } };
  const usual = { id: `29:${id}`, aadObjectId: id, name: 'Somebody', tenantId };
  return { status: 200, body: { ...usual, ...fields.get(id) } };
}

/** Every text of a message and its cards that a person can read, in order. */
function toTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(toTexts);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' && ['text', 'title', 'value', 'label', 'summary'].includes(key)
      ? [inner]
      : toTexts(inner),
  );
}
