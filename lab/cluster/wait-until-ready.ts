import type { ClusterApi } from './cluster-api.ts';
import { isReady } from './pods.ts';

export type ReadinessOptions = {
  readonly api: ClusterApi;
  readonly replicas: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
};

/** Resolves when so many pods are ready; rejects at the time-out, saying what the cluster complains of, and on the signal. */
export async function waitUntilReady(options: ReadinessOptions): Promise<void> {
  const { api, replicas, timeoutMs, signal, onProgress } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const announced = new Set<string>();
  const look = () => {
    const ready = api.pods.list().filter(isReady);
    for (const { metadata } of ready) {
      if (announced.has(metadata.uid)) continue;
      announced.add(metadata.uid);
      onProgress(`pod ${metadata.name} is ready (${ready.length} of ${replicas})`);
    }
    if (ready.length >= replicas) resolve();
  };
  const abort = () => reject(new Error('The cluster was closed while it started.'));
  const timer = setTimeout(() => reject(toTimeoutError(options)), timeoutMs);
  const unsubscribe = api.pods.subscribe(look);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  look();
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    unsubscribe();
    signal.removeEventListener('abort', abort);
  }
}

function toTimeoutError({ api, replicas, timeoutMs }: ReadinessOptions): Error {
  const ready = api.pods.list().filter(isReady).length;
  const warnings = api.events
    .list()
    .filter(({ type }) => type === 'Warning')
    .slice(-5)
    .map(({ involvedObject, message }) => `\n  ${involvedObject.name}: ${message}`);
  return new Error(
    `Only ${ready} of ${replicas} pods became ready within ${timeoutMs / 1_000} s.${warnings.join('')}`,
  );
}
