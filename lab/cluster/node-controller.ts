import type { ClusterApi } from './cluster-api.ts';
import { isTrue, replaceConditions, toCondition } from './condition.ts';
import { type Controller, startPeriodicController } from './controller.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { NodeLeases } from './kubelet/node-leases.ts';
import type { Condition, Node, Pod } from './objects.ts';
import type { Pace } from './pace.ts';
import { isReady } from './pods.ts';
import { toTimestamp } from './timestamp.ts';

/** The taint of a node that stopped sending heartbeats. */
export const UNREACHABLE = 'node.kubernetes.io/unreachable';

export type NodeControllerOptions = {
  readonly api: ClusterApi;
  readonly events: EventRecorder;
  readonly leases: NodeLeases;
  readonly pace: Pace;
};

/** Notices nodes that stopped sending heartbeats: not ready, tainted, their pods not ready; and those that are back. */
export function startNodeController({
  api,
  events,
  leases,
  pace,
}: NodeControllerOptions): Controller {
  return startPeriodicController(pace.secondMs, () => {
    for (const node of api.nodes.list()) {
      const silent = leases.ageMs(node.metadata.name) > pace.nodeGraceSeconds * pace.secondMs;
      if (silent) markUnreachable(node);
      else if (node.spec.taints?.some(({ key }) => key === UNREACHABLE)) removeTaints(node);
    }
  });

  function markUnreachable(node: Node): void {
    if (isTrue(node.status.conditions, 'Ready')) {
      const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
      record(node, 'Normal', message);
      api.nodes.update(node.metadata, ({ spec, status }) => {
        status.conditions = status.conditions?.map(toUnknown) ?? [];
        const timeAdded = toTimestamp();
        spec.taints = [
          ...(spec.taints ?? []),
          { key: UNREACHABLE, effect: 'NoSchedule', timeAdded },
          { key: UNREACHABLE, effect: 'NoExecute', timeAdded },
        ];
      });
    }
    for (const pod of api.pods.list()) {
      if (pod.spec.nodeName === node.metadata.name && isReady(pod)) markUnready(pod);
    }
  }

  function markUnready(pod: Pod): void {
    record(pod, 'Warning', 'Node is not ready');
    api.pods.update(pod.metadata, ({ status }) => {
      const conditions = status.conditions ?? [];
      const ready = toCondition(conditions, { type: 'Ready', status: 'False' });
      status.conditions = replaceConditions(conditions, [ready]);
    });
  }

  function removeTaints(node: Node): void {
    api.nodes.update(node.metadata, ({ spec }) => {
      const taints = spec.taints?.filter(({ key }) => key !== UNREACHABLE) ?? [];
      if (taints.length > 0) spec.taints = taints;
      else delete spec.taints;
    });
  }

  function record(about: Node | Pod, type: 'Normal' | 'Warning', message: string): void {
    const source = { component: 'node-controller' };
    events.record({ about, type, reason: 'NodeNotReady', message, source });
  }
}

function toUnknown(condition: Condition): Condition {
  const { lastHeartbeatTime, ...before } = condition;
  return {
    ...toCondition([before], {
      type: condition.type,
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    }),
    ...(lastHeartbeatTime && { lastHeartbeatTime }),
  };
}
