import { gzipSync } from 'node:zlib';
import { alex } from '../../support/composed/teams.ts';
import type { Attack, Target } from '../attack.ts';
import { sendRaw, toRequest, type Part } from '../send-raw.ts';

const paths = ['/api/messages', '/freeze'] as const;
type Path = (typeof paths)[number];
type Header = readonly [name: string, value: string];

/** The right token for the path: what is refused here is refused to those who may come in, too. */
export function toAuthorization(target: Target, path: Path): Header {
  const token = path === '/freeze' ? target.freezeToken : target.bot.token();
  return ['authorization', `Bearer ${token}`];
}

/** A body that would be obeyed if it were sent as it should be. */
export function toObeyedBody(target: Target, path: Path): string {
  return path === '/freeze'
    ? JSON.stringify({ by: 'attacker' })
    : JSON.stringify(target.bot.activity(alex, { text: 'freeze attacker' }));
}

const json: Header = ['content-type', 'application/json'];

/** Bytes that expand to 200 MB, made once. */
const bomb = gzipSync(Buffer.alloc(200_000_000, ' '), { level: 9 });

const encodings: readonly (readonly [
  name: string,
  encoding: string,
  toBody?: (text: string) => Part,
])[] = [
  ['gzip that is no gzip', 'gzip'],
  ['a gzip bomb', 'gzip', () => bomb],
  ['real gzip', 'gzip', (text) => gzipSync(text)],
  ['gzip in capitals', 'GZIP'],
  ['x-gzip', 'x-gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
  ['compress', 'compress'],
  ['gzip twice', 'gzip, gzip'],
  ['identity', 'identity'],
  ['an encoding that nobody knows', 'constructor'],
];

const form = (target: Target, path: Path) => `by=attacker&activity=${toObeyedBody(target, path)}`;
const multipart = (target: Target, path: Path) =>
  `--x\r\ncontent-disposition: form-data; name="file"; filename="evil.js"\r\n\r\n${toObeyedBody(target, path)}\r\n--x--\r\n`;

const types: readonly (readonly [type: string, toBody?: (target: Target, path: Path) => string])[] =
  [
    ['text/plain'],
    ['text/plain; charset=utf-8; x=application/json'],
    ['application/x-www-form-urlencoded', form],
    ['multipart/form-data; boundary=x', multipart],
    ['multipart/mixed; boundary=x', multipart],
    ['application/json; charset=utf-16'],
    ['application/json; charset=latin1'],
    ['application/json; boundary=x'],
    ['application/json, text/plain'],
    ['application/json5'],
    ['application/problem+json'],
    ['application/x-ndjson'],
    ['application/xml'],
    ['application/javascript'],
    ['text/json'],
    ['*/*'],
  ];

const tooLong = ' '.repeat(300_000);
const chunked: Header = ['transfer-encoding', 'chunked'];
const toChunk = (size: number) => `${size.toString(16)}\r\n${' '.repeat(size)}\r\n`;

function* toChunks(count: number, size: number): Generator<Part> {
  for (let sent = 0; sent < count; sent += 1) yield toChunk(size);
}

/** `[name, headers, what follows them]`, refused as too large. */
const tooLarge: readonly (readonly [string, readonly Header[], () => Iterable<Part>])[] = [
  ['300 KB', [['content-length', '300000']], () => [tooLong]],
  ['10 GB announced', [['content-length', '10000000000']], () => []],
  ['300 KB in chunks', [chunked], () => toChunks(30, 10_000)],
  ['100 MB in chunks', [chunked], () => toChunks(2_000, 50_000)],
  ['300 KB in one chunk', [chunked], () => [toChunk(300_000)]],
  [
    '10 GB announced, after asking whether to go on',
    [
      ['content-length', '10000000000'],
      ['expect', '100-continue'],
    ],
    () => [],
  ],
];

/** `[name, headers, body]` that is no request of HTTP/1.1, or could be read as two. */
const malformedFraming: readonly (readonly [string, readonly Header[], string])[] = [
  ['a length below nothing', [['content-length', '-1']], '{}'],
  ['a length that is no number', [['content-length', '1e3']], '{}'],
  ['a length with a sign', [['content-length', '+2']], '{}'],
  [
    'two lengths',
    [
      ['content-length', '2'],
      ['content-length', '3'],
    ],
    '{}',
  ],
  ['a length beside chunks', [['content-length', '2'], chunked], '2\r\n{}\r\n0\r\n\r\n'],
  ['chunks under gzip', [['transfer-encoding', 'gzip']], '{}'],
  ['chunks that come before something else', [['transfer-encoding', 'chunked, identity']], '{}'],
  ['a chunk larger than any', [chunked], 'FFFFFFFFFFFFFFFFFF\r\n{}\r\n'],
  ['a chunk of a size that is none', [chunked], 'zz\r\n{}\r\n0\r\n\r\n'],
  ['a chunk that is longer than it says', [chunked], '1\r\n{}\r\n0\r\n\r\n'],
  ['a chunk with 20 KB of extensions', [chunked], `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`],
];

const deep = (depth: number, open: string, close: string) =>
  open.repeat(depth) + close.repeat(depth);

/** `[name, how the activity is changed before it is sent]`: JSON that is none, or not in a shape that anything here sends. */
const documents: readonly (readonly [string, (activity: string) => Part])[] = [
  ['nothing', () => ''],
  ['a number', () => '5'],
  ['a text', () => '"freeze"'],
  ['null', () => 'null'],
  ['a list', () => '[]'],
  ['a list of activities', (activity) => `[${activity}]`],
  ['an activity that ends too early', (activity) => activity.slice(0, -1)],
  ['two activities', (activity) => activity + activity],
  ['a comment', (activity) => `/* */${activity}`],
  ['a comma too many', (activity) => activity.replace(/\}$/, ',}')],
  ['NaN', () => '{"type": NaN}'],
  ['single quotes', (activity) => activity.replaceAll('"', "'")],
  ['NUL at its end', (activity) => `${activity}\0`],
  ['UTF-16', (activity) => Buffer.from(activity, 'utf16le')],
  ['bytes that are no UTF-8', (activity) => toBytes(activity, [0xff, 0xfe])],
  ['UTF-8 that is longer than need be', (activity) => toBytes(activity, [0xc0, 0xaf])],
  ['half a character of UTF-8', (activity) => toBytes(activity, [0xe2, 0x82])],
  ['a surrogate in UTF-8', (activity) => toBytes(activity, [0xed, 0xa0, 0x80])],
  ['100,000 lists in each other', () => deep(100_000, '[', ']')],
  ['40,000 objects in each other', () => `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`],
  ['65 lists in an activity', (activity) => into(activity, `"value":${deep(65, '[', ']')}`)],
  ['100,000 lists that are never closed', () => '['.repeat(100_000)],
  ['20,000 keys', (activity) => into(activity, manyKeys(20_000))],
  ['100,000 numbers', (activity) => into(activity, `"value":[${'0,'.repeat(99_999)}0]`)],
  ['a key __proto__', (activity) => into(activity, '"__proto__":{"isAdmin":true}')],
  ['a key __proto__ inside', (activity) => into(activity, '"value":{"a":{"__proto__":{"b":1}}}')],
  ['a key __proto__, escaped', (activity) => into(activity, String.raw`"\u005f_proto__":{"a":1}`)],
  ['a key constructor', (activity) => into(activity, '"constructor":{"prototype":{"a":1}}')],
  ['a key prototype', (activity) => into(activity, '"value":{"prototype":{"a":1}}')],
];

function into(activity: string, fields: string): string {
  return activity.replace('{', `{${fields},`);
}

function manyKeys(count: number): string {
  return Array.from({ length: count }, (_, key) => `"k${key}":1`).join(',');
}

function toBytes(activity: string, bytes: readonly number[]): Buffer {
  const [before = '', after = ''] = activity.split('attacker');
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
}

/** What is wrong with how a body is sent, each on both routes and with the right token. */
export const bodyAttacks: readonly Attack[] = paths.flatMap((path) => {
  const post = (name: string, refusedWith: Attack['refusedWith'], kind: string) => ({
    kind,
    name: `${path}: ${name}`,
    refusedWith,
  });
  const send = (target: Target, headers: readonly Header[], body: Part) =>
    sendRaw(target, [
      toRequest(target, `POST ${path}`, [toAuthorization(target, path), ...headers], body),
    ]);
  return [
    ...encodings.map(([name, encoding, toBody = (text) => text]): Attack => ({
      ...post(name, [415], 'encoding'),
      send: (target) =>
        send(target, [json, ['content-encoding', encoding]], toBody(toObeyedBody(target, path))),
    })),
    ...types.map(([type, toBody = toObeyedBody]): Attack => ({
      ...post(type, [415], 'content type'),
      send: (target) => send(target, [['content-type', type]], toBody(target, path)),
    })),
    {
      ...post('no content type', [415], 'content type'),
      send: (target) => send(target, [], toObeyedBody(target, path)),
    },
    {
      ...post('two content types', [400], 'content type'),
      send: (target) =>
        send(target, [json, ['content-type', 'text/plain']], toObeyedBody(target, path)),
    },
    ...tooLarge.map(([name, headers, toBody]): Attack => ({
      ...post(name, [413], 'size'),
      send: (target) =>
        sendRaw(target, [
          toRequest(target, `POST ${path}`, [toAuthorization(target, path), json, ...headers]),
          ...toBody(),
        ]),
    })),
    ...malformedFraming.map(([name, headers, body]): Attack => ({
      ...post(name, [400, 413, 431, 501], 'framing'),
      send: (target) => send(target, [json, ...headers], body),
    })),
    ...(path === '/freeze' ? [] : documents).map(([name, toBody]): Attack => ({
      ...post(name, [400], 'JSON'),
      send: (target) => send(target, [json], toBody(toObeyedBody(target, path))),
    })),
    ...documents
      .filter(([name]) => path === '/freeze' && /UTF|objects|__proto__|early|keys/.test(name))
      .map(([name, toBody]): Attack => ({
        ...post(name, [400, 413], 'JSON'),
        send: (target) => send(target, [json], toBody(toObeyedBody(target, path))),
      })),
  ];
});
