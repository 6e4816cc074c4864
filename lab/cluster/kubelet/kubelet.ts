import { randomUUID } from 'node:crypto';
import { type Observation, isTrue, toCondition } from '../condition.ts';
import type { Pod } from '../objects.ts';
import { toTimestamp } from '../timestamp.ts';
import type { NodeContext } from './node-context.ts';
import type { NodeLeases } from './node-leases.ts';
import { PodWorker } from './pod-worker.ts';

const HEALTHY: readonly Observation[] = [
  {
    type: 'MemoryPressure',
    status: 'False',
    reason: 'KubeletHasSufficientMemory',
    message: 'kubelet has sufficient memory available',
  },
  {
    type: 'DiskPressure',
    status: 'False',
    reason: 'KubeletHasNoDiskPressure',
    message: 'kubelet has no disk pressure',
  },
  {
    type: 'PIDPressure',
    status: 'False',
    reason: 'KubeletHasSufficientPID',
    message: 'kubelet has sufficient PID available',
  },
  {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'kubelet is posting ready status',
  },
];

/** One node's agent: runs the pods that are bound to the node and says that the node lives. */
export class Kubelet {
  readonly #context: NodeContext;
  readonly #leases: NodeLeases;
  readonly #workers = new Map<string, PodWorker>();
  #unsubscribe: (() => void) | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(context: NodeContext, leases: NodeLeases) {
    this.#context = context;
    this.#leases = leases;
  }

  get workers(): Iterable<PodWorker> {
    return this.#workers.values();
  }

  /** The node starts: it reports itself ready and runs its pods. */
  boot(): void {
    if (this.#unsubscribe) return;
    const { api, pace } = this.#context;
    this.#record('Starting', 'Starting kubelet.');
    this.#beat(randomUUID());
    this.#heartbeat = setInterval(() => this.#beat(), pace.heartbeatSeconds * pace.secondMs);
    this.#unsubscribe = api.pods.subscribe(({ type, object }) => {
      if (object.spec.nodeName !== this.#context.nodeName) return;
      if (type === 'DELETED') this.#drop(object);
      else this.#follow(object);
    });
    for (const pod of api.pods.list()) {
      if (pod.spec.nodeName === this.#context.nodeName) this.#follow(pod);
    }
  }

  /** The node loses its power: every process dies, nothing is reported. Resolves when they are gone. */
  async fail(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    const workers = [...this.#workers.values()];
    this.#workers.clear();
    await Promise.all(workers.map((worker) => worker.kill()));
  }

  #follow(pod: Pod): void {
    const { uid, deletionTimestamp } = pod.metadata;
    const worker = this.#workers.get(uid);
    if (worker) {
      worker.update(pod);
    } else if (deletionTimestamp) {
      // Its processes went down with the node; what is left is to confirm it.
      this.#context.api.pods.delete(pod.metadata);
    } else {
      this.#admit(pod);
    }
  }

  #admit(pod: Pod): void {
    const worker = new PodWorker(pod, this.#context);
    this.#workers.set(pod.metadata.uid, worker);
    worker.start().catch((error: unknown) => {
      this.#context.events.record({
        about: pod,
        type: 'Warning',
        reason: 'FailedCreatePodSandBox',
        message: `Failed to create pod sandbox: ${error instanceof Error ? error.message : String(error)}`,
        source: { component: 'kubelet', host: this.#context.nodeName },
      });
    });
  }

  #drop(pod: Pod): void {
    const worker = this.#workers.get(pod.metadata.uid);
    // Kept until its processes are gone, so that a closing cluster waits for them.
    void worker?.kill().then(() => this.#workers.delete(pod.metadata.uid));
  }

  #beat(bootId?: string): void {
    const { api, nodeName } = this.#context;
    this.#leases.renew(nodeName);
    const wasReady = isTrue(api.nodes.get({ name: nodeName })?.status.conditions, 'Ready');
    api.nodes.update({ name: nodeName }, ({ status }) => {
      const lastHeartbeatTime = toTimestamp();
      status.conditions = HEALTHY.map((observed) => ({
        ...toCondition(status.conditions, observed),
        lastHeartbeatTime,
      }));
      if (bootId && status.nodeInfo) status.nodeInfo.bootID = bootId;
    });
    if (wasReady) return;
    this.#record('NodeReady', `Node ${nodeName} status is now: NodeReady`);
    // The node controller has called its pods unready, and only their kubelet can say that they are not.
    for (const worker of this.#workers.values()) worker.report();
  }

  #record(reason: string, message: string): void {
    const { api, events, nodeName } = this.#context;
    const about = api.nodes.get({ name: nodeName });
    const source = { component: 'kubelet', host: nodeName };
    if (about) events.record({ about, type: 'Normal', reason, message, source });
  }
}
