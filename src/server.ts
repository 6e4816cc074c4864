import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import restify, { type Request, type Response } from 'restify';
import type { HealthReport } from './domain/health.ts';
import { findAddressProblem, findHostProblem } from './http/check-headers.ts';
import {
  closeServer,
  connectionLimits,
  createBoundedServer,
  type ConnectionLimits,
} from './http/create-bounded-server.ts';
import { createReadiness, type Readiness } from './http/create-readiness.ts';
import { readJsonBody } from './http/read-json-body.ts';
import type { Refusal } from './http/refusal.ts';
import { refuseRequest } from './http/refuse-request.ts';
import type { Log } from './runs/ports/log.ts';
import type { FreezeOutcome, FreezeRequest } from './runs/use-cases.ts';
import type { Metrics } from './metrics.ts';
import type { ReportAnswerer } from './answer-report.ts';
import { pageStyle } from './reports/page-style.ts';

export type ServerOptions = {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  readonly log: Log;
  health(): Promise<HealthReport>;
  /** What an incident tool must send to freeze everything; without, the route is not there. */
  readonly freezeToken?: string;
  freeze(request: FreezeRequest): Promise<FreezeOutcome>;
  readonly answerReport: ReportAnswerer;
  /** Whether nothing authenticates who sends activities: then only this machine's own names are answered. */
  readonly isOpen?: boolean;
  /** Why an activity is refused by its headers alone. */
  readonly refuseMessage?: (request: IncomingMessage) => Refusal | undefined;
  /** Takes an activity from the channel. */
  readonly handleMessages: (request: Request, response: Response) => Promise<void>;
  readonly limits?: ConnectionLimits;
};

/** An activity is at most 100 KB in Teams, as UTF-16. */
const maxActivityBytes = 256 * 1_024;
const maxFreezeBytes = 16 * 1_024;

export type HttpServer = {
  readonly url: string;
  /** Says in `/readyz` from now on that the process is ending. Everything is still answered. */
  end(): void;
  /** Takes no more connections and ends those that are open, within a bounded time. */
  close(): Promise<void>;
};

/** Serves the routes. Rejects when the port is taken. */
export async function startServer(options: ServerOptions): Promise<HttpServer> {
  const readiness = createReadiness({ health: () => options.health(), clock: Date });
  const routes = createRoutes(options, readiness);
  // restify routes and answers. What it would do with connections and bodies is done here, within limits.
  const server = createBoundedServer((request, response) => {
    const problem =
      findAddressProblem(request) ?? (options.isOpen ? findHostProblem(request) : undefined);
    if (problem) return void refuseRequest(request, response, problem);
    routes.server.emit('request', request, response);
  }, options.limits ?? connectionLimits);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => options.log.error({ error }, 'The HTTP server failed.'));
  return {
    url: toUrl(server.address() as AddressInfo),
    end: () => readiness.end(),
    close: () => {
      readiness.end();
      return closeServer(server);
    },
  };
}

function createRoutes(options: ServerOptions, readiness: Readiness) {
  const server = restify.createServer({ name: 'chaos-marshal' });
  server.post('/api/messages', takeMessage(options));
  server.post('/freeze', answerFreeze(options));
  server.get('/reports/:name', sendReport(options.answerReport));
  server.get('/healthz', async (_request: Request, response: Response) => {
    response.send(200, { status: 'alive' });
  });
  server.get('/readyz', async (request: Request, response: Response) => {
    const { status, body } = await readiness.probe(isStrict(request.getQuery()));
    response.send(status, body);
  });
  server.get('/metrics', async (_request: Request, response: Response) => {
    response.setHeader('content-type', options.metrics.registry.contentType);
    response.sendRaw(200, await options.metrics.registry.metrics());
  });
  server.on('restifyError', answerError(options.log));
  return server;
}

function toUrl({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** `?strict`, `?strict=1`, `?strict=true`. */
function isStrict(query: string): boolean {
  const strict = new URLSearchParams(query).get('strict');
  return strict !== null && !['0', 'false'].includes(strict);
}

/** Answers what no route took, and what went wrong here: that is for the log and not for who asked. */
function answerError(log: Log) {
  return (
    _request: Request,
    response: Response,
    error: Error & { statusCode?: number },
    done: () => void,
  ): void => {
    const { statusCode = 500 } = error;
    if (statusCode >= 500) log.warn({ error }, 'A request could not be answered.');
    if (!response.headersSent) {
      const said = statusCode < 500 ? error.message : 'The bot could not do this.';
      response.send(statusCode, { error: said });
    }
    done();
  };
}

function takeMessage({ refuseMessage, handleMessages }: ServerOptions) {
  const rules = { maxBytes: maxActivityBytes, refuseEarly: refuseMessage };
  return async (request: Request, response: Response): Promise<void> => {
    const body = await readJsonBody(request, response, rules);
    if (body.kind === 'refused') return refuseRequest(request, response, body.refusal);
    if (body.kind === 'aborted') return;
    request.body = body.value;
    await handleMessages(request, response);
  };
}

/** The kill switch for tools: `POST /freeze` with the token, and in the body who they are and why, both if they like. */
function answerFreeze({ freezeToken, log, ...options }: ServerOptions) {
  const rules = {
    maxBytes: maxFreezeBytes,
    refuseEarly: ({ headers }: IncomingMessage): Refusal | undefined => {
      if (freezeToken === undefined) return { status: 404, error: 'FREEZE_TOKEN is not set.' };
      const given = (headers.authorization ?? '').replace(/^Bearer /i, '');
      return isSame(given, freezeToken) ? undefined : { status: 401, error: 'The token is wrong.' };
    },
  };
  return async (request: Request, response: Response): Promise<void> => {
    const body = await readJsonBody(request, response, rules);
    if (body.kind === 'refused') return refuseRequest(request, response, body.refusal);
    if (body.kind === 'aborted') return;
    const { by, reason } = (body.value ?? {}) as { by?: unknown; reason?: unknown };
    const toText = (value: unknown) =>
      typeof value === 'string' ? value.trim().slice(0, 200) : '';
    const name = toText(by) || 'an incident tool';
    log.warn({ by: name }, 'A tool freezes everything.');
    const outcome = await options.freeze({
      by: { name },
      via: { kind: 'tool' },
      ...(toText(reason) ? { reason: toText(reason) } : {}),
    });
    const stopped =
      outcome.stopped.kind === 'stopping'
        ? [...outcome.stopped.runs.map(({ id }) => id), ...outcome.stopped.hidden]
        : [];
    response.send(outcome.kind === 'frozen' ? 200 : 503, {
      frozen: outcome.kind === 'frozen',
      stopped,
    });
  };
}

/** What a page may do: show itself, in its one style. No scripts, nothing from elsewhere, in no frame; what it says is for whoever has the link, and no cache. */
const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${sha256(pageStyle)}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex',
};

function sendReport(answerReport: ReportAnswerer) {
  return async (request: Request, response: Response): Promise<void> => {
    const { name } = request.params as { name: string };
    const query = new URLSearchParams(request.getQuery());
    const { status, contentType, body, fileName } = await answerReport(name, {
      until: query.get('until') ?? '',
      signature: query.get('signature') ?? '',
    });
    const saving: Record<string, string> = fileName
      ? { 'content-disposition': `attachment; filename="${fileName}"` }
      : {};
    const headers = { ...pageHeaders, ...saving, 'content-type': contentType };
    if (!(body instanceof Readable)) return void response.sendRaw(status, body, headers);
    response.writeHead(status, headers);
    // Whoever hangs up has had enough.
    await pipeline(body, response).catch(() => undefined);
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

/** In a time that tells nothing about where they differ. */
function isSame(given: string, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(secret));
}
