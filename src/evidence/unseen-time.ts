/** A span of time, ms since the epoch. */
export type Span = { readonly from: number; readonly until: number };

/** What is known of when something was seen, to go on with after a restart. */
export type UnseenState = { readonly seenAt: number; readonly spans: readonly Span[] };

/** Notes the time in which something that is looked at again and again was not seen. */
export class UnseenTime {
  readonly #longestMs: number;
  #seenAt: number;
  #spans: readonly Span[];

  /** `longestMs`: for how long it is taken as seen after each look. */
  constructor(longestMs: number, { seenAt, spans }: UnseenState) {
    this.#longestMs = longestMs;
    this.#seenAt = seenAt;
    this.#spans = spans;
  }

  /** Notes that it was seen at a time. */
  see(at: number): void {
    if (at <= this.#seenAt) return;
    this.#spans = this.#until(at);
    this.#seenAt = at;
  }

  #until(at: number): readonly Span[] {
    const isUnseen = at - this.#seenAt > this.#longestMs;
    return isUnseen ? [...this.#spans, { from: this.#seenAt, until: at }] : this.#spans;
  }

  /** How much of a span it was not seen, ms. */
  within({ from, until }: Span): number {
    const overlaps = this.#until(until).map(
      (span) => Math.min(span.until, until) - Math.max(span.from, from),
    );
    return overlaps.reduce((sum, overlap) => sum + Math.max(0, overlap), 0);
  }

  /** The last time without sight that ended after `at`; undefined when there was none. */
  lastSince(at: number): Span | undefined {
    return this.#spans.findLast(({ until }) => until > at);
  }

  state(): UnseenState {
    return { seenAt: this.#seenAt, spans: this.#spans };
  }
}
