import { Socket, type LookupFunction } from 'node:net';
import { buildConnector, Client } from 'undici';

/** Made once: an error for each connection that is closed would cost more than the connection. */
const closed = new Error('The connection was closed.');
const nothing = () => undefined;

/**
 * A client with one connection at most, which can be closed at once also while it is being made. Undici's own time-outs are off: its one for connecting
 * rules over the abort of a request, and lets go of the socket only when it ends.
 */
class Connection {
  readonly client: Client;
  #socket: Socket | undefined;

  constructor(origin: string, connect: buildConnector.connector, isKept: boolean) {
    this.client = new Client(origin, {
      connect: (options, callback) => {
        // Undici's connector returns its socket at once, which its type hides.
        const socket: unknown = connect(options, callback);
        if (socket instanceof Socket) this.#socket = socket;
      },
      // 0: asks the server to close it after the answer.
      pipelining: isKept ? 1 : 0,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  destroy(): void {
    this.client.destroy(closed, nothing);
    this.#socket?.destroy(closed);
  }
}

export type ConnectionsOptions = {
  readonly allowH2: boolean;
  /** Must call back at once: a wait would count as the service's. */
  readonly lookup: LookupFunction;
};

/**
 * Hands out connections. A fresh one is one that nothing else uses and that goes where the name leads now: one that is kept would stay with one pod, and
 * the others could die unseen. But users keep theirs, and so some are kept: as many as are in use at once, mostly one.
 */
export class Connections {
  readonly #origin: string;
  readonly #connect: buildConnector.connector;
  #idle: Connection[] = [];

  constructor(origin: string, { allowH2, lookup }: ConnectionsOptions) {
    this.#origin = origin;
    // No TLS session is resumed: a fresh connection pays for all of its handshake.
    this.#connect = buildConnector({ allowH2, lookup, timeout: 0, maxCachedSessions: 0 });
  }

  take(kept: boolean): Connection {
    const idle = kept ? this.#idle.pop() : undefined;
    return idle ?? new Connection(this.#origin, this.#connect, kept);
  }

  /** Keeps a connection for the next prediction that goes over a kept one. */
  keep(connection: Connection): void {
    this.#idle.push(connection);
  }

  /** Closes those that nothing uses. */
  closeIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }
}
