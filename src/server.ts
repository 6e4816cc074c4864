import restify, { type Request, type Response, type Server } from 'restify';
import type { HealthReport } from './domain/health.ts';
import type { Log } from './runs/ports.ts';
import type { Metrics } from './metrics.ts';

export type ServerOptions = {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  readonly log: Log;
  health(): Promise<HealthReport>;
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
