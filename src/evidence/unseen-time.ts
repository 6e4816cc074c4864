import type { SightGap, SightGapCause } from '../domain/measurement.ts';
import { toSeenForMs } from '../domain/seen-for.ts';

/** A span of time, ms since the epoch. */
export type Span = { readonly from: number; readonly until: number };

/** What is known of when something was seen, to go on with after a restart. */
export type UnseenState = {
  readonly seenAt: number;
  readonly spans: readonly SightGap[];
  /** Why it is not seen now; absent while it is. */
  readonly cause?: SightGapCause;
};

/** Notes the time in which something that is looked at again and again was not seen, and why. */
export class UnseenTime {
  readonly #longestMs: number;
  /** For how long it is taken as seen after the last look. */
  #seenForMs: number;
  #seenAt: number;
  #spans: readonly SightGap[];
  #cause: SightGapCause | undefined;

  /** `longestMs`: for how long it is taken as seen after each look, where none fails. */
  constructor(longestMs: number, { seenAt, spans, cause }: UnseenState) {
    this.#longestMs = longestMs;
    this.#seenForMs = longestMs;
    this.#seenAt = seenAt;
    this.#spans = spans;
    this.#cause = cause;
  }

  /** Goes on after a restart: nobody has looked since what is known. */
  static afterRestart(longestMs: number, known: UnseenState): UnseenTime {
    const time = new UnseenTime(longestMs, { cause: { code: 'restart' }, ...known });
    time.#seenForMs = 0;
    return time;
  }

  /** Notes that it was seen at a time. */
  see(at: number): void {
    if (at <= this.#seenAt) return;
    this.#spans = this.#until(at);
    this.#seenAt = at;
    this.#cause = undefined;
    this.#seenForMs = this.#longestMs;
  }

  /** Notes why it is not seen now. The first cause since it was seen counts. `hasFailed`: a look was given up, and did not only take long until now. */
  miss(cause: SightGapCause, { hasFailed }: { readonly hasFailed: boolean }): void {
    this.#cause ??= cause;
    this.#seenForMs = Math.min(this.#seenForMs, toSeenForMs(this.#longestMs, hasFailed));
  }

  #until(at: number): readonly SightGap[] {
    if (at - this.#seenAt <= this.#seenForMs) return this.#spans;
    // Nobody looked meanwhile, or there would be a cause: the process stood still.
    const cause = this.#cause ?? { code: 'paused' };
    return [...this.#spans, { from: this.#seenAt, until: at, cause }];
  }

  /** What of a span it was not seen. */
  gapsIn({ from, until }: Span): readonly SightGap[] {
    return this.#until(until)
      .map((gap) => ({
        ...gap,
        from: Math.max(gap.from, from),
        until: Math.min(gap.until, until),
      }))
      .filter((gap) => gap.from < gap.until);
  }

  /** How much of a span it was not seen, ms. */
  within(span: Span): number {
    return this.gapsIn(span).reduce((sum, { from, until }) => sum + until - from, 0);
  }

  /** The time without sight in which `at` lies, or that ended within `lookedWithinMs` before it; undefined where it was seen then. */
  around(at: number, lookedWithinMs: number): Span | undefined {
    return this.#spans.findLast(({ from, until }) => from < at && at - until <= lookedWithinMs);
  }

  state(): UnseenState {
    const cause = this.#cause;
    return { seenAt: this.#seenAt, spans: this.#spans, ...(cause ? { cause } : {}) };
  }
}
