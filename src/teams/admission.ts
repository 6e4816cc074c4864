import { channelIssuer, type TeamsAuth } from './create-adapter.ts';
import { isContradictory, readTenants, type SenderFields } from './sender.ts';
import { findOwn } from '../domain/find-own.ts';

/** Why a request is refused, and with which status. */
export type Rejection = { readonly status: 400 | 401 | 403 | 429; readonly error: string };

type Incoming = SenderFields & {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly channelId?: unknown;
  readonly serviceUrl?: unknown;
};

/**
 * Refuses by the headers alone, before the body is read, what does not even claim to come from the channel. Undefined where the body decides.
 */
export function findHeaderRejection(
  authorization: string | undefined,
  auth: TeamsAuth,
): Rejection | undefined {
  if (auth.mode === 'off') return undefined;
  return readIssuer(authorization) === (auth.tokenIssuer ?? channelIssuer)
    ? undefined
    : notTheChannel;
}

/**
 * Refuses an activity before botbuilder looks at it: one without the shape of an activity, of another channel than Teams, from an address that is not
 * Microsoft's, of another organisation, or whose statements about its organisation contradict each other. What passes still has to prove its signature.
 */
export function findRejection(
  body: unknown,
  authorization: string | undefined,
  auth: TeamsAuth,
): Rejection | undefined {
  const activity = (body ?? {}) as Incoming;
  if (!isActivity(activity)) return { status: 400, error: 'This is not an activity.' };
  const unsigned = findHeaderRejection(authorization, auth);
  if (unsigned) return unsigned;
  if (activity.channelId !== teamsChannel) return otherChannel;
  if (isContradictory(activity))
    return { status: 403, error: 'The tenants in this activity contradict each other.' };
  if (auth.mode === 'off') return undefined;
  if (!isChannelAddress(activity.serviceUrl, auth))
    return { status: 403, error: 'The bot does not speak to that service URL.' };
  return readTenants(activity).host === auth.tenantId.toLowerCase()
    ? undefined
    : { status: 403, error: 'This bot serves another organisation.' };
}

export const notTheChannel: Rejection = {
  status: 401,
  error: 'This does not come from the channel of this bot.',
};

export const tooMany: Rejection = { status: 429, error: 'Too many requests that were refused.' };

/** On any other channel the sender chooses their own `aadObjectId`: only Teams fills it in from the signed-in account. */
const teamsChannel = 'msteams';
const otherChannel: Rejection = {
  status: 403,
  error: 'This bot takes activities from Microsoft Teams only.',
};

function isActivity({ id, type, channelId, conversation, from, channelData }: Incoming): boolean {
  return (
    isName(type) &&
    isName(channelId) &&
    // Not every activity has an id.
    (id === undefined || id === '' || isName(id)) &&
    hasId(conversation) &&
    hasId(from) &&
    hasNames(from, ['tenantId', 'aadObjectId']) &&
    hasNames(conversation, ['tenantId']) &&
    hasNames(channelData, []) &&
    hasNames(isObject(channelData) ? channelData['tenant'] : undefined, ['id'])
  );
}

/** Longer than any id of Teams. */
const maxIdLength = 1_024;

function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= maxIdLength &&
    // The database would keep another character in place of half a one.
    value.isWellFormed() &&
    // oxlint-disable-next-line no-control-regex -- control characters are what is refused
    !/[\u0000-\u001f\u007f]/.test(value)
  );
}

function hasId(value: unknown): value is Fields {
  return isObject(value) && isName(value['id']);
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether these fields are names where they are there at all. */
function hasNames(value: unknown, fields: readonly string[]): boolean {
  if (value === undefined || value === null) return true;
  if (!isObject(value)) return false;
  const given = fields.map((field) => findOwn(value, field) ?? undefined);
  return given.every((one) => one === undefined || isName(one));
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
  const { protocol, hostname, username, password } = new URL(serviceUrl);
  if (username !== '' || password !== '') return false;
  const isTest = openIdMetadataUrl !== undefined && hostname === '127.0.0.1';
  return isTest || (protocol === 'https:' && channelHosts.test(hostname));
}
