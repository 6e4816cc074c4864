import { channelIssuer, type TeamsAuth } from './create-adapter.ts';

/** Why a request is not let in, and with which status. */
export type Rebuff = { readonly status: 400 | 401 | 403 | 429; readonly error: string };

type Incoming = {
  readonly type?: unknown;
  readonly channelId?: unknown;
  readonly serviceUrl?: unknown;
  readonly from?: unknown;
  readonly conversation?: { readonly id?: unknown; readonly tenantId?: unknown };
  readonly channelData?: { readonly tenant?: { readonly id?: unknown } };
};

/**
 * Turns away, before botbuilder looks at it, what it would crash on, remember for ever, or let in: an activity without its shape, a token of another
 * issuer, an address that is not Microsoft's, another organisation. What passes here still has to prove its signature. Undefined when it may pass.
 */
export function findRebuff(
  body: unknown,
  authorization: string | undefined,
  auth: TeamsAuth,
): Rebuff | undefined {
  const activity = (body ?? {}) as Incoming;
  if (!isActivity(activity)) return { status: 400, error: 'This is not an activity.' };
  if (auth.mode === 'off') return undefined;
  if (readIssuer(authorization) !== (auth.tokenIssuer ?? channelIssuer)) return notTheChannel;
  if (!isChannelAddress(activity.serviceUrl, auth))
    return { status: 403, error: 'The bot does not speak to that service URL.' };
  const tenantId = activity.conversation?.tenantId ?? activity.channelData?.tenant?.id;
  return tenantId === auth.tenantId
    ? undefined
    : { status: 403, error: 'This bot serves another organisation.' };
}

export const notTheChannel: Rebuff = {
  status: 401,
  error: 'This does not come from the channel of this bot.',
};

export const tooMany: Rebuff = { status: 429, error: 'Too many requests that were refused.' };

function isActivity({ type, channelId, conversation, from }: Incoming): boolean {
  const isText = (value: unknown) => typeof value === 'string' && value !== '';
  const hasId = (value: unknown) =>
    typeof value === 'object' && value !== null && 'id' in value && isText(value.id);
  return isText(type) && isText(channelId) && hasId(conversation) && hasId(from);
}

/** The issuer that the token claims, not verified yet: botbuilder keeps something of every tenant that it is shown. */
function readIssuer(authorization = ''): unknown {
  const [, claims = ''] = authorization.replace(/^Bearer /i, '').split('.');
  try {
    return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iss?: unknown }).iss;
  } catch {
    return undefined;
  }
}

/** Where the Bot Framework speaks from; its token is bound to it, but a stolen one must not send answers, or the bot's token, elsewhere. */
const channelHosts =
  /^(smba\.trafficmanager\.net|smba\.infra\.(gcc|gov)\.teams\.microsoft\.(com|us)|[a-z0-9-]+\.botframework\.com)$/;

function isChannelAddress(
  serviceUrl: unknown,
  { openIdMetadataUrl }: Extract<TeamsAuth, { mode: 'required' }>,
): boolean {
  if (typeof serviceUrl !== 'string' || !URL.canParse(serviceUrl)) return false;
  const { protocol, hostname } = new URL(serviceUrl);
  const isTest = openIdMetadataUrl !== undefined && hostname === '127.0.0.1';
  return isTest || (protocol === 'https:' && channelHosts.test(hostname));
}
