import type { Dispatcher } from 'undici';
import { judgeError, isOwnFailure } from './judge-error.ts';
import type { Answer } from './judge-answer.ts';
import type { Outcome } from '../domain/prediction-result.ts';
import type { Standstill } from './loop-watch.ts';

/** What came back: a whole answer, or why there was none. */
export type Reply = Answer | { readonly outcome: Outcome } | 'no-connection';

export type ExchangeOptions = {
  readonly sentAt: number;
  readonly timeoutMs: number;
  /** For how long this process must stand still to spoil it, ms. */
  readonly pauseMs: number;
  /** Returns the time; standstills until then have been reported to `holdUp`. */
  readonly turn: () => number;
  /** Called once. */
  readonly onReply: (reply: Reply, endedAt: number) => void;
};

const largestAnswerBytes = 1_048_576;
const decoder = new TextDecoder();

/** One request to the scoring service and its time-out, which holds whatever the client does: while it connects, sends, waits or reads. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #headers: Answer['headers'] = {};
  #timer: NodeJS.Timeout;
  #isOver = false;
  #heldUpMs = 0;
  #wasPaused = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#checkTime(), options.timeoutMs);
  }

  /** Whether this process stood still while it was in flight, for so long that its outcome or its latency may be ours. */
  get wasPaused(): boolean {
    return this.#wasPaused;
  }

  /** How much of the time since it was sent the service had, ms. */
  servedMs(now: number): number {
    return now - this.#options.sentAt - this.#heldUpMs;
  }

  /** A standstill of ours is no part of the service's time. */
  holdUp({ since, from, until }: Standstill): void {
    const { sentAt, pauseMs } = this.#options;
    this.#heldUpMs += until - Math.max(from, sentAt);
    this.#wasPaused ||= until - Math.max(since, sentAt) >= pauseMs;
  }

  #checkTime(): void {
    const leftMs = this.#options.timeoutMs - this.servedMs(this.#options.turn());
    if (leftMs > 0) this.#timer = setTimeout(() => this.#checkTime(), Math.ceil(leftMs));
    // Sockets get their turn first: an answer may have been waiting for us.
    else setImmediate(() => this.#end({ outcome: 'timeout' }));
  }

  #end(reply: Reply): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#options.onReply(reply, this.#options.turn());
  }

  onRequestStart(): void {
    // Undici wants one.
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Answer['headers'],
  ): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > largestAnswerBytes) this.#end({ outcome: 'malformed' });
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = decoder.decode(Buffer.concat(this.#chunks));
    this.#end({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(isOwnFailure(error) ? 'no-connection' : { outcome: judgeError(error) });
  }
}
