import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What the bot asked of the Bot Framework connector. */
export type ConnectorCall = {
  readonly method: string;
  readonly path: string;
  readonly body: {
    readonly text?: string;
    readonly attachments?: readonly { content: unknown }[];
    readonly entities?: readonly unknown[];
    readonly recipient?: { readonly id?: string };
  };
};

export type Connector = {
  readonly serviceUrl: string;
  readonly calls: readonly ConnectorCall[];
  /** The members that were asked for, by the id that was asked with. */
  readonly lookedUp: readonly string[];
  /** Who is not in any conversation, by object id; `unknown` answers 500. */
  readonly absent: Map<string, 'gone' | 'unknown'>;
  /** The next calls are answered with these statuses (0: the connection breaks without an answer), then all is well again. */
  failWith(...statuses: readonly number[]): void;
  /** Resolves when so many calls have been answered, well or not. */
  untilCalls(count: number): Promise<void>;
  close(): Promise<void>;
};

/** A Bot Framework connector on a free port: takes activities, gives them ids. */
export async function startConnector(): Promise<Connector> {
  const calls: ConnectorCall[] = [];
  const failures: number[] = [];
  const waiting: (() => void)[] = [];
  const lookedUp: string[] = [];
  const absent = new Map<string, 'gone' | 'unknown'>();
  const answerMember = (path: string, response: ServerResponse) => {
    const id = path.split('/').at(-1) ?? '';
    lookedUp.push(id);
    const status = { gone: 404, unknown: 500, there: 200 }[absent.get(id) ?? 'there'];
    if (status !== 200) {
      response.writeHead(status, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ error: { code: 'MemberNotFoundInConversation' } }));
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ id: `29:${id}`, aadObjectId: id, name: 'Somebody' }));
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'GET') return answerMember(request.url ?? '', response);
    const body = (await json(request).catch(() => ({}))) as ConnectorCall['body'];
    calls.push({ method: request.method ?? '', path: request.url ?? '', body });
    const wake = () => {
      for (const resolve of waiting.splice(0)) resolve();
    };
    if (failures[0] === 0) {
      failures.shift();
      response.destroy();
      return wake();
    }
    const status = failures.shift() ?? (request.method === 'PUT' ? 200 : 201);
    const headers = status === 429 ? { 'retry-after': '1' } : {};
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(status < 300 ? { id: `activity-${calls.length}` } : {}));
    wake();
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    serviceUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    lookedUp,
    absent,
    failWith: (...statuses) => void failures.push(...statuses),
    async untilCalls(count) {
      while (calls.length < count) {
        await new Promise<void>((resolve) => void waiting.push(resolve));
      }
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
