import { randomUUID } from 'node:crypto';
import { Client, Pool, type Dispatcher } from 'undici';
import type { GoldenPrediction, ScoringService } from '../domain/catalogue.ts';
import type { Outcome } from '../domain/prediction-result.ts';
import { judgeAnswer, type Answer } from './judge-answer.ts';
import { isOwnFailure, judgeError } from './judge-error.ts';
import { findOwn } from '../domain/find-own.ts';

export type Sending = {
  readonly golden: GoldenPrediction;
  readonly timeoutMs: number;
  /** Over a connection that is kept. */
  readonly kept: boolean;
  /** The value of the header that authorises: `Authorization`, or the one that the service names for its key. */
  readonly authorization: string | undefined;
};

export type Sent = { readonly outcome: Outcome; readonly status?: number; readonly pod?: string };

/** Made once: an error for each connection that is done with would cost more than the connection. */
const done = new Error('The prediction is over.');

const largestAnswerBytes = 1_048_576;
const longestPodName = 253;

/**
 * Sends predictions and judges what comes back. A fresh connection is one that nothing else uses and whose name is resolved anew: one that
 * is kept would stay with one pod, and the others could die unseen. But users keep theirs, and so some are kept.
 */
export class PredictionSender {
  readonly #scoring: ScoringService['scoring'];
  readonly #origin: string;
  readonly #path: string;
  readonly #bodies = new Map<GoldenPrediction, string>();
  #pool: Pool | undefined;

  constructor(scoring: ScoringService['scoring']) {
    const { origin, pathname, search } = new URL(scoring.uri);
    this.#scoring = scoring;
    this.#origin = origin;
    this.#path = pathname + search;
  }

  /** Never rejects; undefined when this machine could not send it. */
  async send(sending: Sending): Promise<Sent | undefined> {
    if (sending.kept) return this.#exchange(this.#keptConnections(), sending);
    const client = new Client(this.#origin, { ...this.#connecting(), pipelining: 0 });
    try {
      return await this.#exchange(client, sending);
    } finally {
      await client.destroy(done);
    }
  }

  async close(): Promise<void> {
    await this.#pool?.destroy();
  }

  /** As many as are in use at once, as clients have them; mostly one. */
  #keptConnections(): Pool {
    this.#pool ??= new Pool(this.#origin, { ...this.#connecting(), pipelining: 1 });
    return this.#pool;
  }

  #connecting() {
    return { maxResponseSize: largestAnswerBytes, allowH2: this.#scoring.http2 ?? true };
  }

  async #exchange(over: Dispatcher, sending: Sending): Promise<Sent | undefined> {
    const { golden, timeoutMs } = sending;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(toTimeout()), Math.ceil(timeoutMs));
    try {
      const { statusCode, headers, body } = await over.request({
        origin: this.#origin,
        method: 'POST',
        path: this.#path,
        headers: this.#headers(sending),
        body: this.#bodyOf(golden),
        signal: deadline.signal,
      });
      const pod = this.#readPod(headers);
      const answer = { status: statusCode, headers, body: await body.text() };
      const { modelVersion } = this.#scoring;
      const outcome = judgeAnswer(answer, { golden, modelVersion });
      return { outcome, status: statusCode, ...(pod === undefined ? {} : { pod }) };
    } catch (error) {
      return isOwnFailure(error) ? undefined : { outcome: judgeError(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  #headers({ authorization }: Sending): Record<string, string> {
    return {
      ...this.#scoring.headers,
      'content-type': 'application/json',
      'x-ms-client-request-id': randomUUID(),
      ...(authorization === undefined
        ? {}
        : { [this.#scoring.keyHeader ?? 'authorization']: authorization }),
    };
  }

  #bodyOf(golden: GoldenPrediction): string {
    const known = this.#bodies.get(golden);
    if (known !== undefined) return known;
    const body = JSON.stringify(golden.input);
    this.#bodies.set(golden, body);
    return body;
  }

  #readPod(headers: Answer['headers']): string | undefined {
    const { podHeader } = this.#scoring;
    const named = podHeader === undefined ? undefined : findOwn(headers, podHeader.toLowerCase());
    return typeof named === 'string' ? named.slice(0, longestPodName) : undefined;
  }
}

function toTimeout(): Error {
  return Object.assign(new Error('There was no answer in time.'), { name: 'TimeoutError' });
}
