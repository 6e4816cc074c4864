import type { Clock } from '../runs/ports/clock.ts';
import { isTransient, readFailure, type AzureFailure } from './azure-error.ts';

export type RetryOptions = {
  readonly clock: Clock;
  /** No new attempt begins after this. */
  readonly limitMs: number;
  readonly isRetried: (failure: AzureFailure) => boolean;
  /** Waits as long as Retry-After asks, or gives up when that is past the limit; without this, at most 5 s. */
  readonly obeysRetryAfter?: true;
  /** Ends the waiting: the last failure is final then. */
  readonly signal?: AbortSignal;
};

const firstDelayMs = 250;
const longestDelayMs = 5_000;
/** A Retry-After of a minute is waited for, with some time left for further attempts. */
const readLimitMs = 75_000;

/**
 * Tries again while the failure is one of those named: exponential back-off with jitter, or as long as Azure asks, within bounds. It
 * stands in for the SDK's own retries, which would also repeat a start and wait for minutes when told to.
 */
export async function retryTransient<Value>(
  attempt: () => Promise<Value>,
  options: RetryOptions,
): Promise<Value> {
  const { clock, limitMs, isRetried, signal } = options;
  const endsAt = clock.now() + limitMs;
  for (let count = 0; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      const failure = readFailure(error);
      const delayMs = toDelayMs(count, failure, options);
      if (!isRetried(failure) || clock.now() + delayMs > endsAt || signal?.aborted) throw error;
      await clock.sleep(delayMs, signal);
      if (signal?.aborted) throw error;
    }
  }
}

/** Repeats what asks Azure for nothing, through every failure that may pass, and waits as long as Azure asks for it. */
export function retryRead<Value>(
  read: () => Promise<Value>,
  { clock, signal }: Pick<RetryOptions, 'clock' | 'signal'>,
): Promise<Value> {
  return retryTransient(read, {
    clock,
    limitMs: readLimitMs,
    obeysRetryAfter: true,
    isRetried: isTransient,
    ...(signal ? { signal } : {}),
  });
}

function toDelayMs(
  count: number,
  { retryAfterMs }: AzureFailure,
  { obeysRetryAfter }: RetryOptions,
): number {
  if (retryAfterMs !== undefined)
    return Math.min(
      obeysRetryAfter ? Number.POSITIVE_INFINITY : longestDelayMs,
      Math.max(100, retryAfterMs),
    );
  const bound = Math.min(longestDelayMs, firstDelayMs * 2 ** count);
  return bound * (0.5 + Math.random() / 2);
}
