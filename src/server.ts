import { createHash, timingSafeEqual } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import restify, { type Request, type Response, type Server } from 'restify';
import type { HealthReport } from './domain/health.ts';
import type { Log } from './runs/ports.ts';
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
  /** Takes an activity from the channel. */
  handleMessages(request: Request, response: Response): Promise<void>;
};

/** An activity is at most 100 KB in Teams. */
const largestBodyBytes = 256 * 1_024;
/** /readyz is asked every few seconds by whoever runs the bot, and each answer costs a call to Azure. */
const healthAgeLimitMs = 5_000;

export type HttpServer = { readonly url: string; close(): Promise<void> };

/** Serves the routes. Rejects when the port is taken. */
export async function startServer(options: ServerOptions): Promise<HttpServer> {
  const server = restify.createServer({ name: 'chaos-marshal' });
  const health = rememberFor(healthAgeLimitMs, () => options.health());
  server.use(restify.plugins.bodyParser({ maxBodySize: largestBodyBytes, mapParams: false }));
  server.post('/api/messages', async (request: Request, response: Response) => {
    await options.handleMessages(request, response);
  });
  server.post('/freeze', answerFreeze(options));
  server.get('/reports/:name', sendReport(options.answerReport));
  server.get(
    '/healthz',
    answer(() => ({ status: 200, body: { status: 'alive' } })),
  );
  server.get(
    '/readyz',
    answer(async () => toReadiness(await health())),
  );
  server.get('/metrics', async (_request: Request, response: Response) => {
    response.setHeader('content-type', options.metrics.registry.contentType);
    response.sendRaw(200, await options.metrics.registry.metrics());
  });
  server.on(
    'restifyError',
    (_request: Request, _response: Response, error: Error, done: () => void) => {
      options.log.warn({ error }, 'A request could not be answered.');
      done();
    },
  );
  await listen(server, options);
  return {
    url: server.url,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

/** The kill switch for tools: `POST /freeze` with the token, and in the body who they are and why, both if they like. */
function answerFreeze({ freezeToken, log, ...options }: ServerOptions) {
  return async (request: Request, response: Response): Promise<void> => {
    if (freezeToken === undefined)
      return void response.send(404, { error: 'FREEZE_TOKEN is not set.' });
    const given = request.header('authorization', '').replace(/^Bearer /i, '');
    if (!isSame(given, freezeToken))
      return void response.send(401, { error: 'The token is wrong.' });
    const { by, reason } = (request.body ?? {}) as { by?: unknown; reason?: unknown };
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

type Answer = { readonly status: number; readonly body: unknown };

function answer(find: () => Answer | Promise<Answer>) {
  return async (_request: Request, response: Response): Promise<void> => {
    const { status, body } = await find();
    response.send(status, body);
  };
}

function toReadiness({ checks }: HealthReport): Answer {
  const notReady = checks.filter(({ ok }) => !ok).map(({ name, detail }) => ({ name, detail }));
  return notReady.length === 0
    ? { status: 200, body: { status: 'ready', checks: checks.map(({ name }) => name) } }
    : { status: 503, body: { status: 'not ready', notReady } };
}

/** Calls `find` at most once in `ageLimitMs`, also when many ask at once. */
function rememberFor<Value>(ageLimitMs: number, find: () => Promise<Value>): () => Promise<Value> {
  let known: { value: Promise<Value>; at: number } | undefined;
  return () => {
    if (!known || Date.now() - known.at > ageLimitMs) known = { value: find(), at: Date.now() };
    return known.value;
  };
}
