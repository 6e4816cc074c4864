import { ChaosManagementClient } from '@azure/arm-chaos';
import type { TokenCredential } from '@azure/identity';
import type { Clock } from '../runs/ports/clock.ts';
import type { Log } from '../runs/ports/log.ts';

export type ChaosClientOptions = {
  readonly subscriptionId: string;
  /** `https://management.azure.com`, or any endpoint that speaks the Chaos Studio API; https only. */
  readonly resourceManagerUrl: string;
  readonly credential: TokenCredential;
};

/** What every call to Chaos Studio is made with. */
export type ChaosStudio = {
  readonly experiments: ChaosManagementClient['experiments'];
  readonly resourceGroup: string;
  /** The id of the installation, which its experiments carry; undefined while it is not known. */
  readonly installation: () => string | undefined;
  readonly clock: Clock;
  readonly log: Log;
};

const publicCloudScope = 'https://management.azure.com/.default';
/** No request may hang: a stop behind it would hang too. */
const requestTimeoutMs = 10_000;

/**
 * The stock client, but it repeats nothing by itself: a start that is sent twice may be two faults. Whoever calls decides what is safe to
 * try again.
 */
export function createChaosClient(options: ChaosClientOptions): ChaosManagementClient {
  const endpoint = options.resourceManagerUrl.replace(/(?<!\/)\/+$/, '');
  const client = new ChaosManagementClient(options.credential, options.subscriptionId, {
    endpoint,
    $host: endpoint,
    credentialScopes: [publicCloudScope],
    retryOptions: { maxRetries: 0 },
  });
  client.pipeline.addPolicy({
    name: 'bounded-time',
    sendRequest: (request, next) => {
      // The client's own `timeout` ends with the headers, and its timer outlives a failed request.
      request.abortSignal ??= AbortSignal.timeout(requestTimeoutMs);
      return next(request);
    },
  });
  return client;
}
