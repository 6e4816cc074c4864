import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createProxyServer } from 'httpxy';
import { actAs, addSlashMention, dropDialogs, toMemberById } from './as-teams-would.ts';
import { readBody, sendJson } from './http-io.ts';
import { currentPerson, people, type LabPerson } from './people.ts';

/** What the bot meets when it speaks: this status instead of an answer, for so many calls. */
export type ConnectorFault = {
  readonly status: 412 | 429 | 502;
  readonly count?: number;
  readonly retryAfterSeconds?: number;
};

export type FrontOptions = {
  readonly host: string;
  readonly port: number;
  readonly playgroundUrl: string;
  readonly messagesUrl: string;
};

export type Front = {
  readonly url: string;
  /** Where the playground delivers activities for the bot. */
  readonly botUrl: string;
  /** The service URL of those activities: where the bot speaks. */
  readonly connectorUrl: string;
  setConnectorFault(fault: ConnectorFault | undefined): void;
  close(): Promise<void>;
};

type State = {
  actingAs: LabPerson;
  connectorFault: ConnectorFault | undefined;
  faultsLeft: number;
};
type Exchange = { request: IncomingMessage; response: ServerResponse; path: string };

const script = new URL('act-as.js', import.meta.url);

/** Stands between people, the playground and the bot. Rejects when the port is taken. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const { host, playgroundUrl } = options;
  const state: State = { actingAs: currentPerson, connectorFault: undefined, faultsLeft: 0 };
  const proxy = createProxyServer({ target: playgroundUrl });
  const pass = (request: IncomingMessage, response: ServerResponse) => {
    request.url = toMemberById(request.url ?? '/');
    return proxy
      .web(request, response)
      .catch(() => sendJson(response, 502, { error: 'no answer' }));
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', options.messagesUrl);
    const exchange = { request, response, path: pathname };
    const answered = answer(exchange, options, state) ?? pass(request, response);
    answered.catch((error: unknown) => sendJson(response, 502, { error: String(error) }));
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    proxy.ws(request, socket as Socket, {}, head).catch(() => socket.destroy());
  });
  // A browser's websocket is no connection of the HTTP server's any more: it is closed here.
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(options.port, host);
  await once(server, 'listening');
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    botUrl: `${url}/_bot/messages`,
    connectorUrl: `${url}/_connector`,
    setConnectorFault(fault) {
      state.connectorFault = fault;
      state.faultsLeft = fault?.count ?? Number.POSITIVE_INFINITY;
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** What the front answers by itself; undefined for what is the playground's. */
function answer(
  exchange: Exchange,
  options: FrontOptions,
  state: State,
): Promise<void> | undefined {
  const { request, response, path } = exchange;
  if (request.method === 'GET' && path === '/') return sendPage(response, options.playgroundUrl);
  if (path === '/_lab/act-as.js') return sendScript(response);
  if (path === '/_lab/people') return choosePerson(exchange, state);
  if (path === '/_bot/messages') return deliverToBot(exchange, options, state);
  if (path.startsWith('/_connector/'))
    return failConnector(response, state) ?? passCard(exchange, options);
  const isPost = request.method === 'POST' && path.endsWith('/messages');
  return isPost ? postMessage(exchange, options) : undefined;
}

/** The playground's page with the lab's selector in it. */
async function sendPage(response: ServerResponse, playgroundUrl: string): Promise<void> {
  const page = await (await fetch(playgroundUrl)).text();
  const withSelector = page.replace(
    '</head>',
    '<script type="module" src="/_lab/act-as.js"></script></head>',
  );
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(withSelector);
}

async function sendScript(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' });
  response.end(await readFile(script));
}

async function choosePerson({ request, response }: Exchange, state: State): Promise<void> {
  if (request.method === 'PUT') {
    const { id } = (await readBody(request)) as { id?: unknown };
    const person = people.find((candidate) => candidate.id === id);
    if (!person) return sendJson(response, 400, { error: `There is nobody called ${String(id)}.` });
    state.actingAs = person;
  }
  sendJson(response, 200, { people, actingAs: state.actingAs.id });
}

async function deliverToBot(
  { request, response }: Exchange,
  { messagesUrl }: FrontOptions,
  state: State,
): Promise<void> {
  const activity = actAs(state.actingAs, await readBody(request));
  const reply = await fetch(messagesUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(activity),
  });
  const type = reply.headers.get('content-type');
  response.writeHead(reply.status, type ? { 'content-type': type } : {});
  response.end(Buffer.from(await reply.arrayBuffer()));
}

function failConnector(response: ServerResponse, state: State): Promise<void> | undefined {
  const { connectorFault: fault } = state;
  if (!fault || state.faultsLeft <= 0) return undefined;
  state.faultsLeft -= 1;
  const { status, retryAfterSeconds } = fault;
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  sendJson(response, status, { error: { code: `Lab${status}`, message: 'The lab was told so.' } });
  return Promise.resolve();
}

/** Passes on what the bot says, with buttons that work in the playground; undefined for what is no message. */
function passCard({ request, response }: Exchange, { playgroundUrl }: FrontOptions) {
  const { method = '', url = '' } = request;
  if (method !== 'POST' && method !== 'PUT') return undefined;
  const pass = async () => {
    const reply = await fetch(`${playgroundUrl}${url}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(dropDialogs(await readBody(request))),
    });
    response.writeHead(reply.status, { 'content-type': 'application/json' });
    response.end(await reply.text());
  };
  return pass();
}

async function postMessage(
  { request, response, path }: Exchange,
  { playgroundUrl }: FrontOptions,
): Promise<void> {
  const reply = await fetch(`${playgroundUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(addSlashMention(await readBody(request))),
  });
  response.writeHead(reply.status, { 'content-type': 'application/json' });
  response.end(await reply.text());
}
