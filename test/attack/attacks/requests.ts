import { alex } from '../../support/composed/teams.ts';
import type { Attack, Target } from '../attack.ts';
import { sendRaw, toRequest, type Part } from '../send-raw.ts';
import { toAuthorization, toObeyedBody } from './bodies.ts';

type Header = readonly [name: string, value: string];
const json: Header = ['content-type', 'application/json'];

const sendMessage = (target: Target, headers: readonly Header[]) =>
  sendRaw(target, [
    toRequest(
      target,
      'POST /api/messages',
      [toAuthorization(target, '/api/messages'), json, ...headers],
      toObeyedBody(target, '/api/messages'),
    ),
  ]);

const wrongMethods: readonly Attack[] = ['/api/messages', '/freeze'].flatMap((path) =>
  ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND'].map((method) => ({
    kind: 'method',
    name: `${method} ${path}`,
    refusedWith: [405],
    send: (target) =>
      sendRaw(target, [
        toRequest(target, `${method} ${path}`, [
          toAuthorization(target, path as '/freeze'),
          ['connection', 'close'],
        ]),
      ]),
  })),
);

const paths = [
  '/',
  '/api',
  '/api/messages/',
  '/api/messages/..',
  '/api//messages',
  '//api/messages',
  '/API/MESSAGES',
  '/api/messages%00',
  '/api/messages;x=1',
  '/api/%2e%2e/api/messages',
  '/../../etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/constructor',
  '/__proto__',
  '/freeze/',
  '/.env',
  '/metrics/../api/messages',
];

const unknownPaths: readonly Attack[] = paths.map((path) => ({
  kind: 'path',
  name: `POST ${path}`,
  refusedWith: [400, 404],
  send: (target) =>
    sendRaw(target, [
      toRequest(
        target,
        `POST ${path}`,
        [toAuthorization(target, '/api/messages'), json],
        toObeyedBody(target, '/api/messages'),
      ),
    ]),
}));

/** `[name, bytes]` of what is no request. */
const noRequests: readonly (readonly [string, (target: Target) => Part])[] = [
  ['no HTTP at all', () => 'freeze\r\n\r\n'],
  ['TLS on the plain port', () => Buffer.from('16030100a5010000a10303', 'hex')],
  ['the beginning of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['HTTP/0.9', () => 'GET /healthz\r\n\r\n'],
  ['a version that nobody speaks', () => 'GET / HTTP/9.9\r\nhost: x\r\n\r\n'],
  ['no host', () => 'POST /api/messages HTTP/1.1\r\ncontent-length: 0\r\n\r\n'],
  ['a space in a header name', (target) => withHeaders(target, 'x y: 1\r\n')],
  ['a bare CR in a header', (target) => withHeaders(target, 'x: a\rauthorization: b\r\n')],
  ['NUL in a header', (target) => withHeaders(target, 'x: a\0b\r\n')],
  ['a header in two lines', (target) => withHeaders(target, 'x: a\r\n\tcontinued\r\n')],
  ['20 KB of headers', (target) => withHeaders(target, `x: ${'y'.repeat(20_000)}\r\n`)],
  ['20 KB of path', () => `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`],
  ['a tunnel', () => 'CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n\r\n'],
];

function withHeaders({ host, port }: Target, lines: string): string {
  return `POST /api/messages HTTP/1.1\r\nhost: ${host}:${port}\r\n${lines}content-length: 0\r\n\r\n`;
}

const malformed: readonly Attack[] = noRequests.map(([name, toBytes]) => ({
  kind: 'HTTP',
  name,
  refusedWith: [400, 401, 404, 431, 505, 'closed'],
  send: (target) => sendRaw(target, [toBytes(target)]),
}));

const repeatedHeaders: readonly Attack[] = (
  [
    ['authorization', 'Bearer other'],
    ['content-type', 'application/json'],
    ['host', 'evil.example'],
    ['origin', 'https://evil.example'],
  ] as const
).map(([name, value]) => ({
  kind: 'header',
  name: `${name} twice`,
  refusedWith: [400],
  send: (target) =>
    sendMessage(target, [
      ...(name === 'host' ? [['host', `${target.host}:${target.port}`] as const] : []),
      ...(name === 'origin' ? [[name, 'https://other.example'] as const] : []),
      [name, value],
    ]),
}));

const pages: readonly Attack[] = (
  [
    ['another site', [['origin', 'https://evil.example']]],
    ['a file or a sandbox', [['origin', 'null']]],
    ['a page of this machine', [['origin', 'http://localhost:8080']]],
    ['another site, by a browser that says so', [['sec-fetch-site', 'cross-site']]],
    ['a sister site', [['sec-fetch-site', 'same-site']]],
    ['the bot itself, which has no page that posts', [['sec-fetch-site', 'same-origin']]],
  ] as const
).flatMap(([name, headers]) =>
  (['/api/messages', '/freeze'] as const).map((path): Attack => ({
    kind: 'web page',
    name: `${path} from ${name}`,
    refusedWith: [403],
    send: (target) =>
      sendRaw(target, [
        toRequest(
          target,
          `POST ${path}`,
          [toAuthorization(target, path), json, ...headers],
          toObeyedBody(target, path),
        ),
      ]),
  })),
);

const others: readonly Attack[] = [
  {
    kind: 'header',
    name: 'an expectation that nobody meets',
    refusedWith: [417],
    send: (target) => sendMessage(target, [['expect', 'miracles']]),
  },
  {
    kind: 'header',
    name: 'the method of another header',
    refusedWith: [405],
    send: (target) =>
      sendRaw(target, [
        toRequest(target, 'GET /freeze', [
          toAuthorization(target, '/freeze'),
          ['x-http-method-override', 'POST'],
        ]),
      ]),
  },
  {
    kind: 'smuggling',
    name: 'a second request in the body of a refused one',
    refusedWith: [415],
    send: (target) =>
      sendRaw(target, [
        toRequest(
          target,
          'POST /freeze',
          [['content-type', 'text/plain']],
          toRequest(
            target,
            'POST /freeze',
            [toAuthorization(target, '/freeze'), json],
            JSON.stringify({ by: 'attacker' }),
          ),
        ),
      ]),
  },
  {
    kind: 'smuggling',
    name: 'a second request after one that is larger than it may be',
    refusedWith: [413],
    send: (target) =>
      sendRaw(target, [
        toRequest(target, 'POST /freeze', [json, ['content-length', '300000']]),
        ' '.repeat(300_000),
        toRequest(target, 'POST /freeze', [toAuthorization(target, '/freeze'), json], '{}'),
      ]),
  },
  {
    kind: 'flood',
    name: '300 requests without a token at once',
    refusedWith: [401, 429],
    async send(target) {
      const body = JSON.stringify(target.bot.activity(alex, { text: 'freeze' }));
      const request = toRequest(target, 'POST /api/messages', [json], body);
      const replies = await Promise.all(
        Array.from({ length: 300 }, () => sendRaw(target, [request])),
      );
      return replies.find(({ status }) => status !== 401 && status !== 429) ?? toFirst(replies);
    },
  },
  {
    kind: 'flood',
    name: '1,000 requests on one connection',
    refusedWith: [401, 429],
    send: (target) =>
      sendRaw(target, [
        Buffer.concat(
          Array.from({ length: 1_000 }, () =>
            toRequest(target, 'POST /api/messages', [json], '{}'),
          ),
        ),
      ]),
  },
  {
    kind: 'flood',
    name: '700 connections that never finish their headers',
    refusedWith: ['closed', 408],
    async send(target) {
      const unfinished = withHeaders(target, '').slice(0, -2);
      const replies = Array.from({ length: 700 }, () => sendRaw(target, [unfinished]));
      // Those that came first made room; the others are ended when their time is over.
      return Promise.race(replies);
    },
  },
];

function toFirst<Reply>([first]: readonly Reply[]): Reply {
  if (first === undefined) throw new Error('There were no replies.');
  return first;
}

/** What is wrong with a request before anybody looks at its body. */
export const requestAttacks: readonly Attack[] = [
  ...wrongMethods,
  ...unknownPaths,
  ...malformed,
  ...repeatedHeaders,
  ...pages,
  ...others,
];
