import { createHmac } from 'node:crypto';
import { alex, botId, issuer, priya, tenantId } from '../../support/composed/teams.ts';
import type { Attack, Target } from '../attack.ts';
import { sendRaw, toRequest, type RawReply } from '../send-raw.ts';

const otherTenant = '99999999-0000-4000-8000-00000000bbbb';
const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');

type Header = readonly [name: string, value: string];

/** Posts an activity with these headers; JSON. */
export function post(
  target: Target,
  activity: unknown,
  headers: readonly Header[],
  path = '/api/messages',
): Promise<RawReply> {
  const all: readonly Header[] = [['content-type', 'application/json'], ...headers];
  return sendRaw(target, [toRequest(target, `POST ${path}`, all, JSON.stringify(activity))]);
}

const freeze = (target: Target, change: object = {}) =>
  target.bot.activity(priya, { text: 'freeze attacker', ...change });

/** Claims of the channel's token, valid now. */
function toClaims({ bot }: Target, change: object = {}): object {
  const now = Math.floor(Date.now() / 1_000);
  const valid = { iss: issuer, aud: botId, serviceurl: bot.connector.url, nbf: now - 60 };
  return { ...valid, exp: now + 600, ...change };
}

function unsigned(target: Target, header: object, signature = ''): string {
  return `${encode(header)}.${encode(toClaims(target))}.${signature}`;
}

/** The parts of a right token, to put together otherwise. */
function toParts(target: Target): readonly [header: string, claims: string, signature: string] {
  const [header = '', claims = '', signature = ''] = target.bot.token().split('.');
  return [header, claims, signature];
}

function hmac(target: Target, key: string): string {
  const content = unsigned(target, { alg: 'HS256', typ: 'JWT', kid: 'test-key' }).slice(0, -1);
  return `${content}.${createHmac('sha256', key).update(content).digest('base64url')}`;
}

const claimed =
  (change: object) =>
  (target: Target): string =>
    target.bot.token(change);

const tokens: readonly (readonly [string, (target: Target) => string])[] = [
  ['what is no token', () => 'abc'],
  ['two dots', () => '..'],
  ['claims that are no JSON', (target) => `${toParts(target)[0]}.eHh4.${toParts(target)[2]}`],
  ['claims that are a number', (target) => `${toParts(target)[0]}.NQ.${toParts(target)[2]}`],
  ['claims that are null', (target) => `${toParts(target)[0]}.bnVsbA.${toParts(target)[2]}`],
  ['a token of 14 KB that is none', () => `${'a'.repeat(7_000)}.${'b'.repeat(7_000)}.c`],
  ['the right token without its signature', (target) => toParts(target).slice(0, 2).join('.')],
  [
    'the right token with an empty signature',
    (target) => `${toParts(target).slice(0, 2).join('.')}.`,
  ],
  ['the right token with a cut signature', (target) => target.bot.token().slice(0, -4)],
  [
    'the right token with another signature',
    (target) => `${toParts(target).slice(0, 2).join('.')}.${'A'.repeat(342)}`,
  ],
  [
    'the signature of other claims',
    (target) =>
      `${toParts(target)[0]}.${encode(toClaims(target, { aud: botId, x: 1 }))}.${toParts(target)[2]}`,
  ],
  ['another key under the same name', (target) => target.bot.issuer.forge(toClaims(target))],
  ['no algorithm', (target) => unsigned(target, { alg: 'none', typ: 'JWT' })],
  [
    'no algorithm in capitals',
    (target) => unsigned(target, { alg: 'NONE', typ: 'JWT', kid: 'test-key' }),
  ],
  ['an algorithm that is none', (target) => unsigned(target, { alg: '', kid: 'test-key' })],
  ['no header', (target) => `.${encode(toClaims(target))}.`],
  ['a shared secret that is empty', (target) => hmac(target, '')],
  ['a shared secret that is the name of the key', (target) => hmac(target, 'test-key')],
  [
    'a key that nobody published',
    (target) => unsigned(target, { alg: 'RS256', kid: 'other' }, 'AAAA'),
  ],
  [
    'a key by its path',
    (target) => unsigned(target, { alg: 'RS256', kid: '../../../dev/null' }, 'AAAA'),
  ],
  [
    'a key named constructor',
    (target) => unsigned(target, { alg: 'RS256', kid: 'constructor' }, 'AAAA'),
  ],
  [
    'a key named __proto__',
    (target) => unsigned(target, { alg: 'RS256', kid: '__proto__' }, 'AAAA'),
  ],
  [
    'a key that it brings along',
    (target) => unsigned(target, { alg: 'RS256', jwk: { kty: 'oct', k: 'AA' } }, 'AAAA'),
  ],
  [
    'a key from elsewhere',
    (target) =>
      unsigned(target, { alg: 'RS256', kid: 'test-key', jku: 'http://127.0.0.1:9/keys' }, 'AAAA'),
  ],
  ['a token for another bot', claimed({ aud: otherTenant })],
  ['a token for nobody', claimed({ aud: '' })],
  ['a token without an audience', claimed({ aud: undefined })],
  ['a token for several bots', claimed({ aud: [otherTenant, 'constructor'] })],
  ['another issuer', claimed({ iss: 'https://evil.example' })],
  ['no issuer', claimed({ iss: undefined })],
  ['an issuer that only begins as it should', claimed({ iss: `${issuer}.evil.example` })],
  ['an issuer with a slash more', claimed({ iss: `${issuer}/` })],
  ['several issuers', claimed({ iss: [issuer, 'https://evil.example'] })],
  ['the issuer of the US government', claimed({ iss: 'https://api.botframework.us' })],
  [
    "the emulator's issuer, version 1",
    claimed({ iss: `https://sts.windows.net/${tenantId}/`, appid: botId, ver: '1.0' }),
  ],
  [
    "the emulator's issuer, version 2",
    claimed({ iss: `https://login.microsoftonline.com/${tenantId}/v2.0`, azp: botId, ver: '2.0' }),
  ],
  [
    "the emulator's issuer, of another tenant",
    claimed({
      iss: `https://login.microsoftonline.com/${otherTenant}/v2.0`,
      azp: botId,
      tid: otherTenant,
      ver: '2.0',
    }),
  ],
  [
    'the issuer of skills',
    claimed({
      iss: 'https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/',
      appid: otherTenant,
      ver: '1.0',
    }),
  ],
  ['a token that is over', claimed({ exp: 1_000, nbf: 900 })],
  [
    'a token that is over since an hour',
    (target) => target.bot.token({ exp: Math.floor(Date.now() / 1_000) - 3_600 }),
  ],
  [
    'a token of the future',
    (target) => target.bot.token({ nbf: Math.floor(Date.now() / 1_000) + 3_600 }),
  ],
  ['no service URL', claimed({ serviceurl: undefined })],
  ['an empty service URL', claimed({ serviceurl: '' })],
  ['another service URL', claimed({ serviceurl: 'https://evil.example' })],
  [
    'several service URLs',
    (target) =>
      target.bot.token({ serviceurl: ['https://evil.example', target.bot.connector.url] }),
  ],
];

const tokenAttacks: readonly Attack[] = tokens.map(([name, toToken]) => ({
  kind: 'token',
  name,
  refusedWith: [401, 429],
  send: (target) => post(target, freeze(target), [['authorization', `Bearer ${toToken(target)}`]]),
}));

const authorizations: readonly (readonly [
  string,
  (target: Target) => readonly Header[],
  string?,
])[] = [
  ['nothing', () => []],
  ['an empty header', () => [['authorization', '']]],
  ['Bearer alone', () => [['authorization', 'Bearer']]],
  ['Basic', () => [['authorization', `Basic ${Buffer.from('bot:bot').toString('base64')}`]]],
  ['a cookie', (target) => [['cookie', `authorization=Bearer ${target.bot.token()}`]]],
  ['a header of a proxy', (target) => [['proxy-authorization', `Bearer ${target.bot.token()}`]]],
  ['x-ms headers of App Service', () => [['x-ms-client-principal', encode({ userId: 'admin' })]]],
  ['the address of this machine', () => [['x-forwarded-for', '127.0.0.1']]],
];

const authorizationAttacks: readonly Attack[] = authorizations.map(([name, toHeaders]) => ({
  kind: 'authorization',
  name,
  refusedWith: [401, 429],
  send: (target) => post(target, freeze(target), toHeaders(target)),
}));

const inQuery: Attack = {
  kind: 'authorization',
  name: 'the right token in the address',
  refusedWith: [401, 429],
  send: (target) =>
    post(target, freeze(target), [], `/api/messages?access_token=${target.bot.token()}`),
};

/** What the channel's token allows nobody, since the activity itself is wrong. `[name, change, claims]` */
const channels: readonly unknown[] = [
  'directline',
  'webchat',
  'emulator',
  'skype',
  'skypeforbusiness',
  'email',
  'slack',
  'facebook',
  'telegram',
  'sms',
  'test',
  'agents',
  'msteams:copilot',
  'MSTEAMS',
  ' msteams',
  'msteams ',
  'msteams\u200b',
  'mst\u0435ams',
  'constructor',
  '',
  0,
  null,
  ['msteams'],
  { id: 'msteams' },
];

const channelAttacks: readonly Attack[] = channels.map((channelId) => ({
  kind: 'channel',
  name: JSON.stringify(channelId) ?? 'undefined',
  refusedWith: [400, 403, 429],
  send: (target) =>
    post(target, freeze(target, { channelId }), [
      ['authorization', `Bearer ${target.bot.token()}`],
    ]),
}));

const inTenant = (conversation: unknown, from: unknown, channel: unknown) => ({
  conversation: {
    id: '19:chaos@thread.tacv2',
    conversationType: 'channel',
    tenantId: conversation,
  },
  from: { id: `29:${priya.aadObjectId}`, ...priya, tenantId: from },
  channelData: { tenant: { id: channel } },
});

const tenants: readonly (readonly [string, object])[] = [
  ['of another organisation', inTenant(otherTenant, otherTenant, otherTenant)],
  ['of another organisation, by the conversation', inTenant(otherTenant, undefined, undefined)],
  ['of another organisation, by channel data', inTenant(undefined, undefined, otherTenant)],
  ['of no organisation', inTenant(undefined, undefined, undefined)],
  ['only a sender of this organisation', inTenant(undefined, tenantId, undefined)],
  ['channel data of another organisation', inTenant(tenantId, undefined, otherTenant)],
  ['a member, but channel data of another', inTenant(tenantId, tenantId, otherTenant)],
  ['a conversation of another, channel data of this', inTenant(otherTenant, undefined, tenantId)],
  ['a conversation of another, sender of this', inTenant(otherTenant, tenantId, tenantId)],
  ['three organisations', inTenant(tenantId, botId, otherTenant)],
  ['an organisation that is empty', inTenant('', '', '')],
  ['an organisation that is a number', inTenant(5, 5, 5)],
  ['several organisations', inTenant([tenantId], [tenantId], [tenantId])],
  ['an organisation that is an object', inTenant(tenantId, tenantId, { id: tenantId })],
  ['an organisation with a space', inTenant(`${tenantId} `, undefined, undefined)],
  ['channel data that is a list', { channelData: [{ tenant: { id: tenantId } }] }],
  ['channel data that is a text', { channelData: tenantId }],
];

const shapes: readonly (readonly [string, object])[] = [
  ['no type', { type: undefined }],
  ['a type that is a list', { type: ['message'] }],
  ['no sender', { from: undefined }],
  ['a sender that is a text', { from: priya.aadObjectId }],
  ['a sender that is a list', { from: [{ id: '29:x' }] }],
  ['a sender without an id', { from: { aadObjectId: priya.aadObjectId } }],
  [
    'a sender whose object id is a list',
    { from: { id: '29:x', aadObjectId: [priya.aadObjectId] } },
  ],
  ['a sender whose object id is an object', { from: { id: '29:x', aadObjectId: {} } }],
  ['no conversation', { conversation: null }],
  ['a conversation whose id is an object', { conversation: { id: {}, tenantId } }],
  ['a conversation with an id of 2 KB', { conversation: { id: 'x'.repeat(2_000), tenantId } }],
  ['a conversation with NUL in its id', { conversation: { id: '19:\0', tenantId } }],
  [
    'a conversation with half a character in its id',
    { conversation: { id: '19:\ud800', tenantId } },
  ],
  ['a sender with half a character in their id', { from: { ...alex, id: '29:\ud800' } }],
  ['an id that is a list', { id: ['activity-1'] }],
  ['an id with NUL', { id: 'activity\0' }],
  ['an id of 100 KB', { id: 'x'.repeat(100_000) }],
  ['a conversation with a line break in its id', { conversation: { id: '19:a\r\nb', tenantId } }],
];

const stated = (kind: string, [name, change]: readonly [string, object]): Attack => ({
  kind,
  name,
  refusedWith: [400, 403, 429],
  send: (target) =>
    post(target, freeze(target, change), [['authorization', `Bearer ${target.bot.token()}`]]),
});

const serviceUrls: readonly unknown[] = [
  'https://evil.example/',
  'https://smba.trafficmanager.net.evil.example/emea/',
  'https://smba.trafficmanager.net@evil.example/',
  'https://user:secret@smba.trafficmanager.net/emea/',
  'https://evil.example/smba.trafficmanager.net',
  'https://evil.example#smba.trafficmanager.net',
  'https://evilbotframework.com/',
  'https://smba.trafficmanager.net\u3002evil.example/',
  'http://smba.trafficmanager.net/emea/',
  'http://169.254.169.254/metadata/identity',
  'http://[::1]:3978/',
  'http://localhost:3978/',
  'http://0x7f.1.evil.example/',
  'http://user@127.0.0.1:3978/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  '//smba.trafficmanager.net/',
  'constructor',
  '',
  null,
  5,
  ['https://smba.trafficmanager.net/'],
];

const serviceUrlAttacks: readonly Attack[] = serviceUrls.map((serviceUrl) => ({
  kind: 'service URL',
  name: JSON.stringify(serviceUrl),
  refusedWith: [400, 401, 403, 429],
  send: (target) => {
    const token = target.bot.token({ serviceurl: serviceUrl });
    return post(target, freeze(target, { serviceUrl }), [['authorization', `Bearer ${token}`]]);
  },
}));

/** Who says they are somebody else: no name, no property of the activity gives a right. */
const nobody: Attack = {
  kind: 'identity',
  name: 'an approver by name, without an object id',
  refusedWith: [200],
  says: /cannot tell who you are|can't tell who you are|Entra object id/i,
  send: (target) =>
    post(target, freeze(target, { from: { id: '29:x', name: priya.name, role: 'admin' } }), [
      ['authorization', `Bearer ${target.bot.token()}`],
    ]),
};

/** Who comes in with a token, or without, and what the activity states about them. */
export const identityAttacks: readonly Attack[] = [
  ...tokenAttacks,
  ...authorizationAttacks,
  inQuery,
  ...channelAttacks,
  ...tenants.map((each) => stated('tenant', each)),
  ...shapes.map((each) => stated('activity', each)),
  ...serviceUrlAttacks,
  nobody,
];

export { alex, otherTenant };
