import type { Clock } from '../runs/ports.ts';
import { readFailure, type AzureFailure } from './azure-error.ts';

export type RetryOptions = {
  readonly clock: Clock;
  /** No new attempt begins after this. */
  readonly limitMs: number;
  readonly isRetried: (failure: AzureFailure) => boolean;
};

const firstDelayMs = 250;
const longestDelayMs = 5_000;

/**
 * Tries again while the failure is one of those named: exponential back-off with jitter, or as long as Azure asks, within bounds. It
 * stands in for the SDK's own retries, which would also repeat a start and wait for minutes when told to.
 */
export async function retryTransient<Value>(
  attempt: () => Promise<Value>,
  { clock, limitMs, isRetried }: RetryOptions,
): Promise<Value> {
  const endsAt = clock.now() + limitMs;
  for (let count = 0; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      const failure = readFailure(error);
      const delayMs = toDelayMs(count, failure);
      if (!isRetried(failure) || clock.now() + delayMs > endsAt) throw error;
      await clock.sleep(delayMs);
    }
  }
}

function toDelayMs(count: number, { retryAfterMs }: AzureFailure): number {
  if (retryAfterMs !== undefined) return Math.min(longestDelayMs, Math.max(100, retryAfterMs));
  const bound = Math.min(longestDelayMs, firstDelayMs * 2 ** count);
  return bound * (0.5 + Math.random() / 2);
}
