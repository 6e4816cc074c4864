import { randomUUID } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import type { GoldenPrediction, ScoringService } from '../domain/catalogue.ts';
import { findOwn } from '../domain/find-own.ts';
import type { Outcome } from '../domain/prediction-result.ts';
import { Connections } from './connection.ts';
import { Exchange, type Reply } from './exchange.ts';
import { judgeAnswer, type Answer } from './judge-answer.ts';
import { LoopWatch, type Standstill } from './loop-watch.ts';
import type { SteadyClock } from './steady-clock.ts';

export type Sending = {
  readonly golden: GoldenPrediction;
  /** Over a connection that is kept. */
  readonly kept: boolean;
  /** The value of the header that authorises: `Authorization`, or the one that the service names for its key. */
  readonly authorization: string | undefined;
};

/** What a prediction showed, or that a cause on this machine spoiled it. */
export type Sent =
  | ({ readonly sentAt: number; readonly endedAt: number } & Judged)
  | { readonly spoiled: 'paused' | 'no-connection'; readonly endedAt: number };
export type Judged = { readonly outcome: Outcome; readonly status?: number; readonly pod?: string };

export type SenderOptions = {
  readonly clock: SteadyClock;
  /** Where the name of the service leads; calls back at once. */
  readonly lookup: LookupFunction;
  /** For how long this process or thread must stand still to spoil what is in flight; 100 ms when absent. */
  readonly pauseMs?: number;
  /** Latency bounds of the hypothesis, ms. An answer is not measured where a standstill of this process leaves open whether it kept one. */
  readonly latencyLimitsMs?: readonly number[];
  /** It stood still for that long. */
  readonly onPause?: (pause: Standstill) => void;
};

const longestPodName = 253;
/** A timer of Node comes so late without any fault. */
const punctualMs = 2;

/** Sends predictions and judges what comes back. Each has its full time-out from when it was sent. */
export class Sender {
  readonly #scoring: ScoringService['scoring'];
  readonly #clock: SteadyClock;
  readonly #pauseMs: number;
  readonly #latencyLimitsMs: readonly number[];
  readonly #watch: LoopWatch;
  readonly #path: string;
  readonly #connections: Connections;
  readonly #inFlight = new Set<Exchange>();
  readonly #bodies = new Map<GoldenPrediction, string>();

  constructor(
    scoring: ScoringService['scoring'],
    { clock, lookup, pauseMs = 100, latencyLimitsMs = [], onPause }: SenderOptions,
  ) {
    const { origin, pathname, search } = new URL(scoring.uri);
    this.#scoring = scoring;
    this.#clock = clock;
    this.#pauseMs = pauseMs;
    this.#latencyLimitsMs = latencyLimitsMs;
    this.#path = pathname + search;
    this.#connections = new Connections(origin, { allowH2: scoring.http2 ?? true, lookup });
    this.#watch = new LoopWatch(clock, pauseMs, (standstill) => {
      for (const exchange of this.#inFlight) exchange.holdUp(standstill);
      if (!standstill.isPause) return;
      // The server may have closed them meanwhile, unseen.
      this.#connections.closeIdle();
      onPause?.(standstill);
    });
  }

  /** Returns the time. To be called first by whatever the event loop calls, so that a pause is known before anything is judged by it. */
  turn(): number {
    return this.#watch.turn();
  }

  /** Calls `onSent` once, later; never throws. */
  send(sending: Sending, onSent: (sent: Sent) => void): void {
    const { kept, golden } = sending;
    const { timeoutMs } = this.#scoring;
    const connection = this.#connections.take(kept);
    const sentAt = this.#clock.now();
    const exchange = new Exchange({
      sentAt,
      timeoutMs,
      pauseMs: this.#pauseMs,
      turn: () => this.turn(),
      onReply: (reply, endedAt) => {
        this.#inFlight.delete(exchange);
        if (kept && isAnswer(reply) && !exchange.wasPaused) this.#connections.keep(connection);
        else connection.destroy();
        onSent(this.#judge(reply, { exchange, golden, sentAt, endedAt }));
      },
    });
    this.#inFlight.add(exchange);
    const headers = this.#headers(sending);
    const request = { method: 'POST', path: this.#path, headers, body: this.#bodyOf(golden) };
    connection.client.dispatch(request, exchange);
  }

  /** To be called when nothing is in flight. */
  close(): void {
    this.#watch.stop();
    this.#connections.closeIdle();
  }

  #judge(
    reply: Reply,
    flight: { exchange: Exchange; golden: GoldenPrediction; sentAt: number; endedAt: number },
  ): Sent {
    const { exchange, golden, sentAt, endedAt } = flight;
    if (reply === 'no-connection') return { spoiled: 'no-connection', endedAt };
    const { timeoutMs } = this.#scoring;
    const hadItsTime = exchange.servedMs(endedAt) >= timeoutMs;
    // Silent for as long as it may be while we were listening: no pause of ours explains it.
    if (!isAnswer(reply) && reply.outcome === 'timeout' && hadItsTime)
      return { sentAt, endedAt, outcome: 'timeout' };
    if (exchange.wasPaused) return { spoiled: 'paused', endedAt };
    if (endedAt - sentAt > timeoutMs) {
      // Its time-out would have ended it, had this thread been punctual: nobody knows when it really came.
      const wasLate =
        exchange.servedMs(endedAt) < timeoutMs || endedAt - sentAt > timeoutMs + punctualMs;
      return wasLate ? { spoiled: 'paused', endedAt } : { sentAt, endedAt, outcome: 'timeout' };
    }
    if (!isAnswer(reply)) return { sentAt, endedAt, outcome: reply.outcome };
    const pod = this.#readPod(reply.headers);
    const outcome = judgeSafely(reply, { golden, modelVersion: this.#scoring.modelVersion });
    const [leastMs, mostMs] = [exchange.servedMs(endedAt), endedAt - sentAt];
    const isInDoubt = this.#latencyLimitsMs.some((limit) => leastMs <= limit && limit < mostMs);
    if (outcome === 'good' && isInDoubt) return { spoiled: 'paused', endedAt };
    return {
      sentAt,
      endedAt,
      outcome,
      status: reply.status,
      ...(pod === undefined ? {} : { pod }),
    };
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
    const body = golden.inputText ?? JSON.stringify(golden.input);
    this.#bodies.set(golden, body);
    return body;
  }

  #readPod(headers: Answer['headers']): string | undefined {
    const { podHeader } = this.#scoring;
    const named = podHeader === undefined ? undefined : findOwn(headers, podHeader.toLowerCase());
    return typeof named === 'string' ? named.slice(0, longestPodName) : undefined;
  }
}

function isAnswer(reply: Reply): reply is Answer {
  return typeof reply === 'object' && 'status' in reply;
}

function judgeSafely(...[answer, expectation]: Parameters<typeof judgeAnswer>): Outcome {
  try {
    return judgeAnswer(answer, expectation);
  } catch {
    // A JSONPath met something it cannot walk through.
    return 'malformed';
  }
}
