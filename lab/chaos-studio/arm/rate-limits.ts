import { tooManyRequests } from './arm-error.ts';
import type { LimitName } from './arm-message.ts';

const windowMs = 300_000;

/** Requests in five minutes, from the service limits of Chaos Studio and from recorded headers. */
const limits: Readonly<Record<LimitName, number>> = {
  'experiments/read': 300,
  'experiments/write': 100,
  'experiments/delete': 100,
  'experiments/start': 20,
  'experiments/cancel': 100,
  'executions/read': 300,
  'executions/details': 100,
  'targets/read': 600,
  'targets/write': 200,
  'targets/delete': 200,
  'capabilities/read': 1_800,
  'capabilities/write': 600,
  'capabilities/delete': 600,
  'locations/read': 3_000,
  other: 3_000,
};

/** Counts the requests of each kind over the last five minutes. */
export class RateLimits {
  readonly #arrivals = new Map<LimitName, number[]>();

  /** Counts one request; answers how many more there may be. Throws a 429 with Retry-After when there were too many. */
  take(name: LimitName): number {
    const now = Date.now();
    const recent = (this.#arrivals.get(name) ?? []).filter((at) => at > now - windowMs);
    this.#arrivals.set(name, recent);
    const [oldest = now] = recent;
    if (recent.length >= limits[name]) {
      const retryAfterSeconds = Math.ceil((oldest + windowMs - now) / 1_000);
      throw tooManyRequests(
        `The request limit of ${limits[name]} requests in 5 minutes for Microsoft.Chaos/${name} was exceeded. Please try again after '${retryAfterSeconds}' seconds.`,
        retryAfterSeconds,
      );
    }
    recent.push(now);
    return limits[name] - recent.length;
  }
}
