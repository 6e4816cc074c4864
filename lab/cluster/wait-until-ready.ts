import { waitWhileProgressing } from '../patience.ts';
import { readCpuTicks } from '../processes/cpu-time.ts';
import type { ClusterApi } from './cluster-api.ts';
import { isReady } from './pods.ts';

export type ReadinessOptions = {
  readonly api: ClusterApi;
  readonly replicas: number;
  /** How long nothing may happen before this gives up, ms. */
  readonly stalledMs: number;
  readonly signal: AbortSignal;
  readonly listProcesses: () => readonly { readonly pid: number }[];
  readonly onProgress: (line: string) => void;
};

/** Resolves when this number of pods is ready; rejects when nothing happens any more, with the cluster's warnings, and on the signal. */
export async function waitUntilReady(options: ReadinessOptions): Promise<void> {
  const { api, replicas, stalledMs, signal, listProcesses, onProgress } = options;
  const announced = new Set<string>();
  const listReady = () => api.pods.list().filter(isReady);
  const announce = () => {
    const ready = listReady();
    for (const { metadata } of ready) {
      if (announced.has(metadata.uid)) continue;
      announced.add(metadata.uid);
      onProgress(`pod ${metadata.name} is ready (${ready.length} of ${replicas})`);
    }
  };
  let changes = 0;
  const unsubscribe = api.pods.subscribe(() => {
    changes += 1;
    announce();
  });
  announce();
  try {
    await waitWhileProgressing({
      name: 'the pods of the scoring service',
      isThere: () => listReady().length >= replicas,
      progress: () => [changes, ...listProcesses().map(({ pid }) => readCpuTicks(pid))].join(' '),
      state: () => `${listReady().length} of ${replicas} are ready.${listWarnings(api)}`,
      say: onProgress,
      stalledMs,
      signal,
    });
  } finally {
    unsubscribe();
  }
}

function listWarnings(api: ClusterApi): string {
  return api.events
    .list()
    .filter(({ type }) => type === 'Warning')
    .slice(-5)
    .map(({ involvedObject, message }) => `\n  ${involvedObject.name}: ${message}`)
    .join('');
}
