import { setTimeout as delay } from 'node:timers/promises';
import type { ScoringMode } from '../../scoring/scoring-mode.ts';
import type { Container, ContainerStatus } from '../objects.ts';
import { type ContainerProcess, type Exit, launchContainer } from './container-process.ts';
import {
  toBackingOff,
  toCreating,
  toImagePullBackOff,
  toInterrupted,
  toRunning,
  toTerminated,
} from './container-status.ts';
import type { CrashBackOff } from './crash-back-off.ts';
import { watchProbe } from './http-probe.ts';
import { type Image, findImage } from './images.ts';
import type { NodeContext } from './node-context.ts';

/** What a container needs to know of its pod. */
export type ContainerHost = NodeContext & {
  readonly podIP: string;
  readonly podName: string;
  /** From SIGTERM to SIGKILL when the container is restarted. */
  readonly graceMs: number;
  readonly backOff: CrashBackOff;
  readonly readEnv: (container: Container) => Record<string, string>;
  readonly recordEvent: (event: {
    type: 'Normal' | 'Warning';
    reason: string;
    message: string;
    container: string;
  }) => void;
  /** The status of the container is another now. */
  readonly onChange: () => void;
};

type Restart = 'back-off' | 'at-once' | 'never';

/** Keeps one container of a pod running: starts it, probes it, restarts it, ends it. */
export class ContainerRunner {
  readonly #host: ContainerHost;
  #spec: Container;
  #status: ContainerStatus;
  #process: ContainerProcess | undefined;
  #restart: Restart = 'back-off';
  /** Ends the probes of the running process, or the wait for the next one. */
  #attempt = new AbortController();

  /** With `previous`, the container ran before (its node was restarted): its restarts go on counting. */
  constructor(spec: Container, host: ContainerHost, previous?: ContainerStatus) {
    this.#spec = spec;
    this.#host = host;
    this.#status = previous ? toInterrupted(previous) : toCreating(spec);
  }

  get status(): ContainerStatus {
    return this.#status;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get #image(): string {
    return this.#spec.image ?? '';
  }

  start(): void {
    const image = findImage(this.#image);
    this.#restart = 'back-off';
    this.#attempt = new AbortController();
    if (!image) return this.#refuseImage();
    this.#launch(image);
    this.#startProbes();
    this.#host.onChange();
  }

  /** Takes the pod's new spec: another image restarts the container. */
  update(spec: Container): void {
    const changed = spec.image !== this.#spec.image;
    this.#spec = spec;
    if (!changed || this.#restart === 'never') return;
    if (!this.#process) {
      this.#attempt.abort();
      this.start();
      return;
    }
    this.#record(
      'Normal',
      'Killing',
      `Container ${spec.name} definition changed, will be restarted`,
    );
    this.#restart = 'at-once';
    this.#process.terminate(this.#host.graceMs);
  }

  /** Ends the container for good; resolves when its process is gone. */
  async stop(graceMs: number): Promise<void> {
    const running = this.#process;
    this.#restart = 'never';
    this.#attempt.abort();
    if (!running) return;
    if (graceMs > 0) running.terminate(graceMs);
    else running.kill();
    this.#settle(running, await running.exited);
  }

  /** The process dies of SIGKILL and the restart policy does the rest. */
  kill(): void {
    this.#process?.kill();
  }

  setMode(mode: ScoringMode): void {
    if (findImage(this.#image)?.scores) this.#process?.setMode(mode);
  }

  #launch(image: Image): void {
    const name = this.#image;
    const container = this.#spec.name;
    this.#record('Normal', 'Pulled', `Container image "${name}" already present on machine`);
    this.#record('Normal', 'Created', `Created container: ${container}`);
    const running = launchContainer(
      image.program,
      this.#host.readEnv(this.#spec),
      this.#host.random,
    );
    this.#process = running;
    if (image.scores) running.setMode(this.#host.readMode(this.#host.podName));
    void this.#noticeExit(running);
    this.#record('Normal', 'Started', `Started container ${container}`);
    const status = toRunning(this.#status, running, { image, imageName: name });
    this.#status = { ...status, ready: !this.#spec.readinessProbe };
  }

  #startProbes(): void {
    const { readinessProbe, livenessProbe, name } = this.#spec;
    const { podIP: host, pace } = this.#host;
    const common = { host, secondMs: pace.secondMs, signal: this.#attempt.signal };
    const onFailure = (kind: string) => (detail: string) =>
      this.#record('Warning', 'Unhealthy', `${kind} probe failed: ${detail}`);
    if (readinessProbe) {
      void watchProbe({
        ...common,
        probe: readinessProbe,
        initially: false,
        onFailure: onFailure('Readiness'),
        onChange: (ready) => this.#change({ ready }),
      });
    }
    if (livenessProbe) {
      void watchProbe({
        ...common,
        probe: livenessProbe,
        initially: true,
        onFailure: onFailure('Liveness'),
        onChange: (alive) => {
          if (alive) return;
          this.#record(
            'Normal',
            'Killing',
            `Container ${name} failed liveness probe, will be restarted`,
          );
          this.#process?.terminate(this.#host.graceMs);
        },
      });
    }
  }

  async #noticeExit(running: ContainerProcess): Promise<void> {
    const exit = await running.exited;
    const { pace, random } = this.#host;
    // The kubelet does not hear of a death: it sees it when it next lists the containers.
    await delay(random() * pace.relistSeconds * pace.secondMs, undefined, { ref: false });
    if (this.#process !== running || this.#restart === 'never') return;
    this.#settle(running, exit);
    if (this.#restart === 'at-once') this.start();
    else await this.#restartAfterBackOff(exit);
  }

  /** The container's process is gone: its status says so. */
  #settle(running: ContainerProcess, exit: Exit): void {
    this.#attempt.abort();
    this.#process = undefined;
    this.#change(toTerminated(running, exit));
  }

  async #restartAfterBackOff(exit: Exit): Promise<void> {
    const { backOff, podName, pace } = this.#host;
    const { waitMs, backOffMs } = backOff.next(this.#image, exit.finishedAt, Date.now());
    if (waitMs > 0) {
      const { name } = this.#spec;
      this.#attempt = new AbortController();
      const { signal } = this.#attempt;
      this.#record(
        'Warning',
        'BackOff',
        `Back-off restarting failed container ${name} in pod ${podName}`,
      );
      this.#change(toBackingOff(name, podName, backOffMs / pace.secondMs));
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
    this.start();
  }

  #refuseImage(): void {
    const image = this.#image;
    this.#record('Warning', 'Failed', `Failed to pull image "${image}": not found`);
    this.#change(toImagePullBackOff(image));
  }

  #change(part: Partial<ContainerStatus>): void {
    this.#status = { ...this.#status, ...part };
    this.#host.onChange();
  }

  #record(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#host.recordEvent({ type, reason, message, container: this.#spec.name });
  }
}
