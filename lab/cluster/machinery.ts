import type { ScoringMode } from '../scoring/scoring-mode.ts';
import { createSeededRandom } from '../scoring/seeded-random.ts';
import type { ClusterApi } from './cluster-api.ts';
import { startControllers } from './controllers.ts';
import { EventRecorder } from './event-recorder.ts';
import { Kubelet } from './kubelet/kubelet.ts';
import { NodeLeases } from './kubelet/node-leases.ts';
import { toNodes } from './node-objects.ts';
import { startNodeRepair } from './node-repair.ts';
import type { Pace } from './pace.ts';
import { type PodFaults, createPodFaults } from './pod-faults.ts';
import type { PodNetwork } from './pod-network.ts';

const NODE_COUNT = 3;
const OK: ScoringMode = { kind: 'ok' };

/** A container's process on this machine. */
export type RunningProcess = {
  readonly podName: string;
  readonly container: string;
  readonly pid: number;
};

/** What the lab can do to its cluster. */
export type ClusterControls = {
  readonly faults: PodFaults;
  readonly nodes: {
    readonly names: readonly string[];
    /** The node loses its power: its processes die, its heartbeats stop. Resolves when the processes are gone. */
    fail(nodeName: string): Promise<void>;
    /** Queues the node for its repair now; the cluster does so by itself when the node stays unready. */
    repair(nodeName: string): void;
  };
  /** Changes how scoring processes behave, those too that start later; only one pod's when its name is given. */
  setScoringMode(mode: ScoringMode, podName?: string): void;
  listProcesses(): RunningProcess[];
};

export type MachineryOptions = {
  readonly api: ClusterApi;
  readonly network: PodNetwork;
  readonly scoringKey: string;
  readonly pace: Pace;
  readonly seed: number;
};

/** Starts the nodes with their kubelets, and the controllers. */
export function startMachinery({ api, network, scoringKey, pace, seed }: MachineryOptions) {
  const random = createSeededRandom(seed);
  const events = new EventRecorder(api);
  const leases = new NodeLeases();
  const modes = createScoringModes();
  const shared = { api, events, network, pace, random, scoringKey, readMode: modes.read };
  const kubelets = new Map<string, Kubelet>();
  for (const draft of toNodes(NODE_COUNT, network, random)) {
    const { metadata, status } = api.nodes.create(draft);
    const hostIP = status?.addresses?.[0]?.address ?? '';
    const kubelet = new Kubelet({ ...shared, nodeName: metadata.name, hostIP }, leases);
    kubelets.set(metadata.name, kubelet);
    kubelet.boot();
  }
  const controllers = startControllers({ api, events, leases, pace, random });
  const reboot = (nodeName: string) => kubelets.get(nodeName)?.boot();
  const repair = startNodeRepair({ api, events, pace, reboot });

  const controls: ClusterControls = {
    faults: createPodFaults(api, () => kubelets.values()),
    nodes: {
      names: [...kubelets.keys()],
      fail: (nodeName) => getKubelet(kubelets, nodeName).fail(),
      repair(nodeName) {
        getKubelet(kubelets, nodeName);
        repair.request(nodeName);
      },
    },
    setScoringMode(mode, podName) {
      modes.set(mode, podName);
      for (const { pod, containers } of listWorkers(kubelets)) {
        const current = modes.read(pod.metadata.name);
        for (const container of containers.values()) container.setMode(current);
      }
    },
    listProcesses: () => listProcesses(kubelets),
  };

  return {
    controls,
    async close(): Promise<void> {
      controllers.close();
      repair.close();
      await Promise.all([...kubelets.values()].map((kubelet) => kubelet.fail()));
    },
  };
}

/** The mode of each pod's scoring process: its own, or that of all. */
function createScoringModes() {
  const byPod = new Map<string, ScoringMode>();
  let everywhere = OK;
  return {
    read: (podName: string) => byPod.get(podName) ?? everywhere,
    set(mode: ScoringMode, podName?: string) {
      if (podName !== undefined) return void byPod.set(podName, mode);
      byPod.clear();
      everywhere = mode;
    },
  };
}

function getKubelet(kubelets: ReadonlyMap<string, Kubelet>, nodeName: string): Kubelet {
  const kubelet = kubelets.get(nodeName);
  if (kubelet) return kubelet;
  throw new Error(`There is no node ${nodeName}; there are ${[...kubelets.keys()].join(', ')}.`);
}

function listWorkers(kubelets: ReadonlyMap<string, Kubelet>) {
  return [...kubelets.values()].flatMap(({ workers }) => [...workers]);
}

function listProcesses(kubelets: ReadonlyMap<string, Kubelet>): RunningProcess[] {
  return listWorkers(kubelets).flatMap(({ pod, containers }) =>
    [...containers].flatMap(([container, { pid }]) =>
      pid === undefined ? [] : [{ podName: pod.metadata.name, container, pid }],
    ),
  );
}
