import { once } from 'node:events';
import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request,
} from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ClusterApi } from './cluster-api.ts';
import { toErrorCode } from './error-code.ts';
import type { EndpointSlice } from './objects.ts';

export type ServiceRouter = {
  /** `http://host:port` */
  readonly origin: string;
  readonly port: number;
  close(): Promise<void>;
};

export type ServiceRouterOptions = {
  readonly api: ClusterApi;
  readonly service: { readonly name: string; readonly namespace: string };
  readonly host: string;
  readonly port: number;
  /** From a changed endpoint slice until requests are routed by it. */
  readonly propagationMs: number;
  /** Until a pod's answer begins; 504 after it. */
  readonly timeoutMs?: number;
};

type Backend = { readonly host: string; readonly port: number };

/**
 * Routes each request to one of the service's ready endpoints in turn, over a connection of its own, as kube-proxy and
 * azureml-fe do. Never tries again: 502 when the pod refuses or resets, 503 without endpoints, 504 on time-out.
 */
export async function startServiceRouter(options: ServiceRouterOptions): Promise<ServiceRouter> {
  const { host, port, timeoutMs = 5_000 } = options;
  const backends = followBackends(options);
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const ready = backends.read();
    turn += 1;
    const backend = ready[turn % ready.length];
    if (backend) void forward({ incoming, outgoing, backend, timeoutMs });
    else refuse(outgoing, 503, 'no healthy upstream');
  });
  await listen(server, host, port).catch((error: unknown) => {
    backends.close();
    throw error;
  });
  const address = server.address();
  const boundPort = typeof address === 'object' && address ? address.port : port;
  return {
    origin: `http://${host}:${boundPort}`,
    port: boundPort,
    async close() {
      backends.close();
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const inUse = toErrorCode(cause) === 'EADDRINUSE';
    const problem = inUse ? 'is in use: end what uses it, or choose another' : 'cannot be opened';
    throw new Error(`Port ${port} on ${host} ${problem}.`, { cause });
  }
}

/** The ready endpoints as this router knows them: each change arrives `propagationMs` late. */
function followBackends({ api, service, propagationMs }: ServiceRouterOptions) {
  let backends: readonly Backend[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const unsubscribe = api.endpointslices.subscribe(({ type, object }) => {
    const { namespace, labels } = object.metadata;
    if (namespace !== service.namespace) return;
    if (labels?.['kubernetes.io/service-name'] !== service.name) return;
    const known = type === 'DELETED' ? [] : toBackends(object);
    const timer = setTimeout(() => {
      timers.delete(timer);
      backends = known;
    }, propagationMs);
    timers.add(timer);
  });
  return {
    read: () => backends,
    close() {
      unsubscribe();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function toBackends({ endpoints = [], ports = [] }: EndpointSlice): Backend[] {
  const port = ports[0]?.port ?? 0;
  return endpoints
    .filter(({ conditions }) => conditions?.ready)
    .flatMap(({ addresses }) => addresses.map((host) => ({ host, port })));
}

async function forward({
  incoming,
  outgoing,
  backend,
  timeoutMs,
}: {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  backend: Backend;
  timeoutMs: number;
}): Promise<void> {
  const { method, url, headers } = incoming;
  const upstream = request({ ...backend, method, path: url, headers, agent: false });
  const timer = setTimeout(() => {
    refuse(outgoing, 504, 'upstream request timeout');
    upstream.destroy();
  }, timeoutMs);
  outgoing.once('close', () => upstream.destroy());
  upstream.once('response', (response) => {
    clearTimeout(timer);
    const { connection: _hop, 'keep-alive': _hopToo, ...passed } = response.headers;
    outgoing.writeHead(response.statusCode ?? 502, passed);
    // An answer that breaks off must look broken to the client: its connection is destroyed with it.
    pipeline(response, outgoing).catch(() => outgoing.destroy());
  });
  upstream.once('error', () => {
    clearTimeout(timer);
    refuse(outgoing, 502, 'upstream connect error or disconnect before headers');
  });
  await pipeline(incoming, upstream).catch(() => undefined);
}

function refuse(outgoing: ServerResponse, statusCode: number, text: string): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  outgoing.writeHead(statusCode, { 'content-type': 'text/plain' });
  outgoing.end(text);
}
