import type { Duplex } from 'node:stream';
import { Client, type ClientConfig } from 'pg';
import { settleWithin } from '../time/settle-within.ts';
import { isReadOnly } from './store-error.ts';

/** Longer than a statement of a transaction may take on the server. */
export const answerLimitMs = 10_000;

/**
 * A connection to a PostgreSQL server that may break or fall silent at any time. While a pool has lent it out nobody else listens for its errors, and one
 * that nobody hears ends the process; each query rejects with the error anyway. A query that is not answered in time breaks the connection, so that no pool
 * lends it out again. Nor does it after the server has refused a write because it takes none: after a failover, the same address may lead to another server.
 */
export class ServerClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => undefined);
    this.query = watchAnswers(this, answerLimitMs);
  }
}

/** Wraps `query`, which either returns a promise or takes a callback. */
function watchAnswers(client: Client, limitMs: number): Client['query'] {
  const send = client.query.bind(client) as (...given: unknown[]) => unknown;
  const watched = (...given: unknown[]): unknown => {
    const callback = given.at(-1);
    if (typeof callback !== 'function') {
      const answer = send(...given) as Promise<unknown>;
      breakUnlessAnswered(client, answer, limitMs);
      return answer;
    }
    const answer = Promise.withResolvers<true>();
    breakUnlessAnswered(client, answer.promise, limitMs);
    return send(...given.slice(0, -1), (...outcome: unknown[]) => {
      answer.resolve(true);
      callback(...outcome);
    });
  };
  return watched as Client['query'];
}

function breakUnlessAnswered(client: Client, answer: Promise<unknown>, limitMs: number): void {
  const silent = settleWithin(limitMs, answer).then(
    (answered) => answered === undefined,
    (error: unknown) => {
      if (isReadOnly(error)) useNoMore(client);
      return false;
    },
  );
  void silent.then((isSilent) => isSilent && breakConnection(client, limitMs));
}

/** `client.end()` would wait for a farewell from the server when the hanging query is not the first one. */
function breakConnection(client: Client, limitMs: number): void {
  const { connection } = client as Client & { readonly connection: { readonly stream: Duplex } };
  connection.stream.destroy(
    new Error(
      `The database did not answer a query in ${limitMs / 1_000} s; its connection was closed.`,
    ),
  );
}

/** Lets the pool close the connection when it gets it back: it has been used more often than any limit allows. */
function useNoMore(client: Client): void {
  Object.assign(client, { _poolUseCount: Number.POSITIVE_INFINITY });
}
