import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { apiVersion } from './arm-message.ts';

const fixed: Readonly<Record<string, string>> = {
  'cache-control': 'no-cache',
  pragma: 'no-cache',
  expires: '-1',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-ms-throttling-version': 'v1',
  'request-context': 'appId=',
  'api-supported-versions': apiVersion,
};

/** The headers of every answer: those that never change, and the ids that tie it to its request. */
export function toCommonHeaders(
  request: IncomingHttpHeaders,
  location: string,
): Record<string, string> {
  const id = randomUUID();
  const correlationId = readGuid(request['x-ms-correlation-request-id']) ?? id;
  const clientRequestId = request['x-ms-client-request-id'];
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return {
    ...fixed,
    'x-ms-request-id': id,
    'x-ms-correlation-request-id': correlationId,
    'x-ms-routing-request-id': `${location.toUpperCase()}:${time}:${id}`,
    ...(typeof clientRequestId === 'string' ? { 'x-ms-client-request-id': clientRequestId } : {}),
  };
}

function readGuid(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && /^[\da-f-]{36}$/i.test(value) ? value : undefined;
}

/** What Azure Resource Manager itself lets a caller do in an hour, by kind of method. It only counts here: nothing is refused. */
const hourly = { reads: 12_000, writes: 1_200, deletes: 15_000 };

/** Counts for the header that tells how many requests of a kind are left. */
export class RemainingRequests {
  readonly #left = { ...hourly };

  take(method: string): Record<string, string> {
    const kind = method === 'GET' ? 'reads' : method === 'DELETE' ? 'deletes' : 'writes';
    this.#left[kind] = Math.max(0, this.#left[kind] - 1);
    return { [`x-ms-ratelimit-remaining-subscription-${kind}`]: String(this.#left[kind]) };
  }
}
