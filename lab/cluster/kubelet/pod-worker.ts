import { isDeepStrictEqual } from 'node:util';
import type { Container, Pod } from '../objects.ts';
import { toTimestamp } from '../timestamp.ts';
import { ContainerRunner } from './container-runner.ts';
import { CrashBackOff } from './crash-back-off.ts';
import type { NodeContext } from './node-context.ts';
import { toPodStatus } from './pod-status.ts';

/** Runs one pod: its containers' life, and its status in the API. */
export class PodWorker {
  readonly #context: NodeContext;
  readonly #containers = new Map<string, ContainerRunner>();
  #pod: Pod;
  #podIP = '';
  #phase: 'running' | 'terminating' | 'gone' = 'running';

  constructor(pod: Pod, context: NodeContext) {
    this.#pod = pod;
    this.#context = context;
  }

  get containers(): ReadonlyMap<string, ContainerRunner> {
    return this.#containers;
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** Gives the pod its address and starts its containers. */
  async start(): Promise<void> {
    const { network, api, hostIP, nodeName } = this.#context;
    const podIP = await network.assign(nodeName);
    if (this.#phase !== 'running') return network.release(podIP);
    this.#podIP = podIP;
    const { status } = this.#pod;
    for (const spec of this.#pod.spec.containers) {
      const previous = status.containerStatuses?.find(({ name }) => name === spec.name);
      const ran = previous?.containerID ? previous : undefined;
      this.#containers.set(spec.name, new ContainerRunner(spec, this.#toHost(), ran));
    }
    api.pods.update(this.#pod.metadata, (draft) => {
      draft.status.hostIP = hostIP;
      draft.status.hostIPs = [{ ip: hostIP }];
      draft.status.startTime ??= toTimestamp();
    });
    for (const container of this.#containers.values()) container.start();
  }

  /** Follows the pod's object: new images, and its deletion. */
  update(pod: Pod): void {
    this.#pod = pod;
    if (this.#phase !== 'running') return;
    if (pod.metadata.deletionTimestamp) {
      void this.#terminate(pod.metadata.deletionGracePeriodSeconds ?? 0);
      return;
    }
    for (const spec of pod.spec.containers) this.#containers.get(spec.name)?.update(spec);
  }

  /** Writes what it knows of the pod to the API, where that is not what the API has. */
  report(): void {
    if (this.#phase === 'gone') return;
    const statuses = [...this.#containers.values()].map(({ status }) => status);
    const pod = this.#context.api.pods.get(this.#pod.metadata) ?? this.#pod;
    const status = toPodStatus(pod, statuses, this.#podIP);
    if (isDeepStrictEqual(status, pod.status)) return;
    this.#context.api.pods.update(this.#pod.metadata, (draft) => {
      draft.status = structuredClone(status);
    });
  }

  /** The object is gone from the API, or the node lost its power: the processes die at once, nothing is reported. */
  async kill(): Promise<void> {
    const announce =
      this.#phase === 'running' && this.#context.api.pods.get(this.#pod.metadata) === undefined;
    this.#phase = 'gone';
    if (announce) this.#announceStop();
    await this.#stopContainers(0);
  }

  async #terminate(graceSeconds: number): Promise<void> {
    this.#phase = 'terminating';
    this.#announceStop();
    await this.#stopContainers(graceSeconds * this.#context.pace.secondMs);
    // A node that failed meanwhile cannot tell the API; the pod stays Terminating until the node is back.
    if (this.#isGone()) return;
    this.#phase = 'gone';
    this.#context.api.pods.delete(this.#pod.metadata);
  }

  #isGone(): boolean {
    return this.#phase === 'gone';
  }

  async #stopContainers(graceMs: number): Promise<void> {
    await Promise.all([...this.#containers.values()].map((container) => container.stop(graceMs)));
    if (this.#podIP) this.#context.network.release(this.#podIP);
    this.#podIP = '';
  }

  #announceStop(): void {
    for (const container of this.#containers.keys()) {
      this.#record({
        type: 'Normal',
        reason: 'Killing',
        message: `Stopping container ${container}`,
        container,
      });
    }
  }

  #toHost() {
    const { pace } = this.#context;
    const { first, max } = {
      first: pace.crashBackOff.firstSeconds * pace.secondMs,
      max: pace.crashBackOff.maxSeconds * pace.secondMs,
    };
    const { metadata, spec } = this.#pod;
    return {
      ...this.#context,
      podIP: this.#podIP,
      podName: metadata.name,
      graceMs: (spec.terminationGracePeriodSeconds ?? 30) * pace.secondMs,
      backOff: new CrashBackOff({ firstMs: first, maxMs: max }),
      readEnv: (container: Container) => this.#readEnv(container),
      recordEvent: (event: ContainerEvent) => this.#record(event),
      onChange: () => this.report(),
    };
  }

  /** The container's environment with its references resolved, and how long the model takes to load this time. */
  #readEnv({ env = [] }: Container): Record<string, string> {
    const { pace, random, scoringKey } = this.#context;
    const [from, to] = pace.modelLoadMs;
    const values = env.map(({ name, value, valueFrom }) => {
      if (valueFrom?.secretKeyRef) return [name, scoringKey];
      const field = valueFrom?.fieldRef?.fieldPath;
      if (field === 'metadata.name') return [name, this.#pod.metadata.name];
      return [name, field === 'status.podIP' ? this.#podIP : (value ?? '')];
    });
    return {
      ...Object.fromEntries(values),
      MODEL_LOAD_MS: String(Math.round(from + random() * (to - from))),
    };
  }

  #record({ container, ...event }: ContainerEvent): void {
    const { events, nodeName } = this.#context;
    events.record({
      ...event,
      about: this.#pod,
      fieldPath: `spec.containers{${container}}`,
      source: { component: 'kubelet', host: nodeName },
    });
  }
}

type ContainerEvent = {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  container: string;
};
