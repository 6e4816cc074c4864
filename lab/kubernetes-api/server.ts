import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { handleRequest } from './handle-request.ts';
import type { ObjectStore } from './object-store.ts';
import type { ReadLog } from './pod-log.ts';
import { tooManyRequests, unauthorized } from './status.ts';
import { startWatchStream, type WatchStream } from './watch-stream.ts';

export type KubernetesApiOptions = {
  readonly store: ObjectStore;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM texts. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly token: string;
  /** What a container has written; without it logs are not served. */
  readonly readLog?: ReadLog;
  readonly bookmarkIntervalMs?: number;
};

export type KubernetesApi = {
  /** `https://host:port` */
  readonly url: string;
  /** False: every connection is destroyed, open watches too, and new ones at once, as if the server were gone. */
  setAvailable(available: boolean): void;
  /** True: every request is answered 429 with Retry-After, as by a server that has too much to do. */
  setThrottled(throttled: boolean): void;
  /** Ends the open watches: quietly, or with the ERROR event 410 that makes clients list again. */
  cutWatches(how?: 'end' | 'expire'): void;
  /** Forgets the past: a watch or a page of an older version gets 410 Expired. */
  compact(): void;
  /** Resolves when the port is free and no connection is left. */
  close(): Promise<void>;
};

const defaultBookmarkIntervalMs = 10_000;
// Longer than clients keep an idle connection, so that it is never closed under a request of theirs.
const keepAliveTimeoutMs = 120_000;

/** Serves the Kubernetes API on the objects of the store, over https and with a bearer token. Rejects when the port is taken. */
export async function startKubernetesApi(options: KubernetesApiOptions): Promise<KubernetesApi> {
  const { store, tls, host, readLog } = options;
  const bookmarkIntervalMs = options.bookmarkIntervalMs ?? defaultBookmarkIntervalMs;
  const state = { available: true, throttled: false };
  const watches = new Set<WatchStream>();
  const server = createServer({ ...tls, keepAliveTimeout: keepAliveTimeoutMs });
  const sockets = trackSockets(server, state);
  const admit = admission(options.token, state);
  server.on('request', (message, response) => {
    void handleRequest(
      {
        context: { store, readLog },
        admit,
        startWatch: (watch, io) => {
          const onEnd = () => watches.delete(stream);
          const stream = startWatchStream(store, watch, { ...io, bookmarkIntervalMs, onEnd });
          watches.add(stream);
        },
      },
      message,
      response,
    );
  });
  server.listen(options.port, host);
  await once(server, 'listening');
  const destroySockets = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `https://${host}:${(server.address() as AddressInfo).port}`,
    setAvailable: (available) => {
      state.available = available;
      if (!available) destroySockets();
    },
    setThrottled: (throttled) => void (state.throttled = throttled),
    cutWatches: (how = 'end') => {
      for (const watch of watches) watch[how]();
    },
    compact: () => store.compact(),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      destroySockets();
      await closed;
    },
  };
}

/** The open connections. While the server is unavailable a new one is destroyed at once. */
function trackSockets(server: Server, state: { available: boolean }): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (!state.available) socket.destroy();
  };
  server.on('connection', track);
  server.on('secureConnection', track);
  return sockets;
}

function admission(token: string, state: { throttled: boolean }) {
  const expected = digestOf(`Bearer ${token}`);
  return ({ headers }: IncomingMessage) => {
    if (!timingSafeEqual(digestOf(headers.authorization ?? ''), expected)) throw unauthorized();
    if (state.throttled) throw tooManyRequests(1);
  };
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
