import { setTimeout as delay } from 'node:timers/promises';
import type { ObjectStore } from '../kubernetes-api/object-store.ts';
import { toClusterApi } from './cluster-api.ts';
import { type ClusterControls, startMachinery } from './machinery.ts';
import { DEFAULT_PACE, type Pace } from './pace.ts';
import { createPodNetwork } from './pod-network.ts';
import { SCORING_PORT, type ScoringService, toDeployment, toService } from './scoring-objects.ts';
import { type ServiceRouter, startServiceRouter } from './service-router.ts';
import { waitUntilReady } from './wait-until-ready.ts';

const NAMESPACES = ['default', 'kube-system', 'chaos-testing'];
const STALLED_MS = 60_000;

export type ClusterOptions = {
  readonly store: ObjectStore;
  readonly service: ScoringService;
  /** A loopback /16 for the pods, `127.11.0.0/16`. */
  readonly podNetwork: string;
  readonly seed: number;
  readonly pace?: Partial<Pace>;
  readonly onProgress?: (line: string) => void;
  /** Closes the cluster while it starts; `startCluster` then rejects when all is closed. */
  readonly signal?: AbortSignal;
};

export type Cluster = ClusterControls & {
  readonly scoringUri: string;
  /** Resolves when every process is gone and every port free, also when called again. */
  close(): Promise<void>;
};

/** Starts nodes, controllers, the scoring service and its router; resolves when every pod is ready and routed to. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { store, service, onProgress = () => undefined } = options;
  const pace = { ...DEFAULT_PACE, ...options.pace };
  const signal = options.signal ?? new AbortController().signal;
  const api = toClusterApi(store);
  // A machine that cannot give pods addresses says so here, not in an event of each pod.
  await createPodNetwork(options.podNetwork, SCORING_PORT).assign('node');
  const network = createPodNetwork(options.podNetwork, SCORING_PORT);
  for (const name of NAMESPACES) store.create('namespaces', toNamespace(name));
  const { seed } = options;
  const machinery = startMachinery({ api, network, pace, seed, scoringKey: service.key });
  onProgress(`${machinery.controls.nodes.names.length} nodes are ready`);
  let router: ServiceRouter | undefined;
  const close = once(async () => {
    await Promise.all([machinery.close(), router?.close()]);
  });
  try {
    const { routerHost: host, routerPort: port } = service;
    const propagationMs = pace.endpointPropagationMs;
    router = await startServiceRouter({ api, service, host, port, propagationMs });
    api.services.create(toService(service, router.port));
    api.deployments.create(toDeployment(service, pace));
    const { replicas } = service;
    const listProcesses = () => machinery.controls.listProcesses();
    await waitUntilReady({
      api,
      replicas,
      stalledMs: STALLED_MS,
      signal,
      listProcesses,
      onProgress,
    });
    await delay(propagationMs, undefined, { signal });
    const scoringUri = `${router.origin}/api/v1/service/${service.name}/score`;
    return { ...machinery.controls, scoringUri, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function toNamespace(name: string) {
  return {
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

function once(run: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => (result ??= run());
}
