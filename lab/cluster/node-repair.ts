import type { ClusterApi } from './cluster-api.ts';
import { isTrue } from './condition.ts';
import { startPeriodicController } from './controller.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Pace } from './pace.ts';

export type NodeRepair = {
  /** Puts the node into the queue now instead of when it has been unready for long enough. */
  request(nodeName: string): void;
  close(): void;
};

export type NodeRepairOptions = {
  readonly api: ClusterApi;
  readonly events: EventRecorder;
  readonly pace: Pace;
  /** Restarts the node. */
  readonly reboot: (nodeName: string) => void;
};

/** Repairs nodes that stay unready by a reboot, as AKS does: one at a time, the one that waits longest first. */
export function startNodeRepair({ api, events, pace, reboot }: NodeRepairOptions): NodeRepair {
  const unreadySince = new Map<string, number>();
  const requested = new Set<string>();
  let current: { nodeName: string; timer: NodeJS.Timeout } | undefined;

  const controller = startPeriodicController(pace.secondMs, () => {
    for (const { metadata, status } of api.nodes.list()) {
      if (isTrue(status.conditions, 'Ready')) forget(metadata.name);
      else if (!unreadySince.has(metadata.name)) {
        unreadySince.set(metadata.name, performance.now());
      }
    }
    const next = current ? undefined : findNext();
    if (next) begin(next);
  });

  // A repair is over when the node is ready again: only then does the next one begin.
  function forget(nodeName: string): void {
    if (!unreadySince.delete(nodeName)) return;
    requested.delete(nodeName);
    if (current?.nodeName !== nodeName) return;
    clearTimeout(current.timer);
    current = undefined;
  }

  function findNext(): string | undefined {
    const dueMs = pace.repairAfterSeconds * pace.secondMs;
    const isDue = ([name, since]: [string, number]) =>
      requested.has(name) || performance.now() - since >= dueMs;
    return [...unreadySince].find(isDue)?.[0];
  }

  function begin(nodeName: string): void {
    record(nodeName, 'NodeRebootStart', 'Node auto-repair reboots the node: it stayed not ready.');
    const finish = () => {
      record(nodeName, 'NodeRebootEnd', 'Node auto-repair rebooted the node.');
      reboot(nodeName);
    };
    current = { nodeName, timer: setTimeout(finish, pace.repairSeconds * pace.secondMs) };
  }

  function record(nodeName: string, reason: string, message: string): void {
    const about = api.nodes.get({ name: nodeName });
    const source = { component: 'aks-auto-repair' };
    if (about) events.record({ about, type: 'Warning', reason, message, source });
  }

  return {
    request: (nodeName) => void requested.add(nodeName),
    close() {
      controller.close();
      clearTimeout(current?.timer);
    },
  };
}
