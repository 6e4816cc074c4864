import type { Sha256 } from '../../domain/proposal.ts';

/** Time as the use cases see it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `durationMs`, or at once when the signal aborts; never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** A clock that also measures how long something took, whatever becomes of the time of day. */
export interface MonotonicClock extends Clock {
  /** Milliseconds since any instant. Never set back, and goes on while this process stands still. */
  monotonicMs(): number;
}

/** What makes ids and digests: `randomBytes` must be unpredictable. */
export interface Entropy {
  randomBytes(count: number): Uint8Array;
  readonly sha256: Sha256;
}
