import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, request as askTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What happens to a request in place of the normal answer. `hang` never answers, `break` closes the connection before anything is done, `lose` does
 * what was asked and then closes the connection, `silence` does it and never answers, `afterMs` answers late, `until` once a promise is fulfilled. `rewrite` changes
 * the answer of the server behind the front.
 */
export type Mishap =
  | 'hang'
  | 'break'
  | 'lose'
  | 'silence'
  | { readonly afterMs: number }
  | { readonly until: Promise<void> }
  | { readonly rewrite: (answer: string) => string }
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> };

export type FrontRequest = {
  readonly at: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** The JSON body, or the text where it is no JSON; undefined without a body, and for proxied requests. */
  readonly body: unknown;
  /** The status of the answer; undefined while it is pending, or where no answer was given. */
  status?: number;
};

/** Which requests: by a part of `METHOD /path?query`, or a pattern over it. */
export type Which = string | RegExp;

export type Front = {
  readonly url: string;
  /** Every request, in the order of arrival. */
  readonly requests: readonly FrontRequest[];
  /** Applies the mishap to the next `times` requests that match (all of them by default), and whose JSON body does, until `heal`. The newest rule wins. */
  refuse(which: Which, mishap: Mishap, times?: number, body?: RegExp): void;
  /** Applies the mishap to each `nth` request that matches, until `heal`. */
  refuseEach(nth: number, which: Which, mishap: Mishap): void;
  /** Removes every rule, and answers nothing that hangs. */
  heal(): void;
  /** Requests that match. */
  find(which: Which): readonly FrontRequest[];
  /** Resolves when `count` requests match; rejects after `timeoutMs`. */
  until(which: Which, count?: number, timeoutMs?: number): Promise<readonly FrontRequest[]>;
  close(): Promise<void>;
};

export type FrontAnswer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
};

/** The normal answers: made here, or those of a server behind this one. */
type Behind =
  | { answer(request: FrontRequest): FrontAnswer | Promise<FrontAnswer> }
  | { readonly target: string; readonly ca: string };

export type FrontOptions = Behind & {
  /** Serves https with these PEM texts; http without. */
  readonly tls?: { readonly key: string; readonly cert: string };
};

type Rule = {
  readonly which: Which;
  readonly body?: RegExp | undefined;
  readonly mishap: Mishap;
  left: number;
  readonly nth: number;
  seen: number;
};

/** Starts a server on loopback that answers normally until it is told to refuse, hang, break or be slow. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const requests: FrontRequest[] = [];
  const rules: Rule[] = [];
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    void meet(incoming, outgoing).catch(() => outgoing.destroy());
  const server = options.tls ? createTlsServer(options.tls, handle) : createServer(handle);
  server.keepAliveTimeout = 120_000;

  async function meet(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = incoming;
    const content = 'target' in options ? undefined : await buffer(incoming);
    const request: FrontRequest = { at: Date.now(), method, path, body: content && read(content) };
    requests.push(request);
    outgoing.once('finish', () => (request.status = outgoing.statusCode));
    const mishap = take(request);
    if (mishap === 'hang') return;
    if (mishap === 'break') return void incoming.socket.destroy();
    if (typeof mishap === 'object' && 'status' in mishap) return send(outgoing, mishap);
    if (typeof mishap === 'object' && 'until' in mishap) await mishap.until;
    if (typeof mishap === 'object' && 'afterMs' in mishap) await delay(mishap.afterMs);
    if ('target' in options) return forward(incoming, outgoing, options, mishap);
    const answer = await options.answer(request);
    if (mishap === 'lose') return void incoming.socket.destroy();
    if (mishap === 'silence') return;
    return send(outgoing, answer);
  }

  function take(request: FrontRequest): Mishap | undefined {
    const rule = rules.findLast(
      ({ which, left, body }) =>
        left > 0 &&
        matches(request, which) &&
        (body === undefined || body.test(JSON.stringify(request.body))),
    );
    if (!rule || (rule.seen += 1) % rule.nth !== 0) return undefined;
    rule.left -= 1;
    return rule.mishap;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const find = (which: Which) => requests.filter((request) => matches(request, which));
  return {
    url: `http${options.tls ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    refuse: (which, mishap, times = Number.POSITIVE_INFINITY, body) =>
      void rules.push({ which, body, mishap, left: times, nth: 1, seen: 0 }),
    refuseEach: (nth, which, mishap) =>
      void rules.push({ which, mishap, left: Number.POSITIVE_INFINITY, nth, seen: 0 }),
    heal: () => void rules.splice(0),
    find,
    async until(which, count = 1, timeoutMs = 120_000) {
      const giveUpAt = Date.now() + timeoutMs;
      while (find(which).length < count) {
        if (Date.now() > giveUpAt)
          throw new Error(
            `${find(which).length} of ${count} requests like ${which} in ${timeoutMs} ms`,
          );
        await delay(10);
      }
      return find(which);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function matches({ method, path }: FrontRequest, which: Which): boolean {
  const asked = `${method} ${path}`;
  return typeof which === 'string' ? asked.includes(which) : which.test(asked);
}

function read(content: Buffer): unknown {
  if (content.length === 0) return undefined;
  const given = content.toString();
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
}

function send(outgoing: ServerResponse, { status, body, headers = {} }: FrontAnswer): void {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
  outgoing.end(
    body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  );
}

async function rewrite(
  answer: IncomingMessage,
  outgoing: ServerResponse,
  change: (answer: string) => string,
): Promise<void> {
  const { 'content-length': _length, ...headers } = answer.headers;
  const content = await text(answer);
  outgoing.writeHead(answer.statusCode ?? 502, headers);
  outgoing.end(change(content));
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { target, ca }: { target: string; ca: string },
  mishap: Mishap | undefined,
): void {
  const { method, headers, url = '' } = incoming;
  const onward = (target.startsWith('https') ? askTls : ask)(
    target + url,
    { method, headers, ca },
    (answer) => {
      if (mishap === 'lose') return void incoming.socket.destroy();
      if (mishap === 'silence') return void answer.resume();
      if (typeof mishap === 'object' && 'rewrite' in mishap)
        return void rewrite(answer, outgoing, mishap.rewrite);
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}
