import type { Random } from '../scoring/seeded-random.ts';
import type { ClusterApi } from './cluster-api.ts';
import { isTrue, replaceConditions, toCondition } from './condition.ts';
import { type Controller, startController } from './controller.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Node, Pod } from './objects.ts';

const SOURCE = { component: 'default-scheduler' };

/** Binds each new pod to a node that can take it, the one with the fewest pods; among equals by chance. */
export function startScheduler(api: ClusterApi, events: EventRecorder, random: Random): Controller {
  return startController([api.pods, api.nodes], () => {
    for (const pod of api.pods.list()) {
      if (pod.spec.nodeName) continue;
      const node = pickNode(api, random);
      if (node) bind(pod, node);
      else reportUnschedulable(pod);
    }
  });

  function bind(pod: Pod, { metadata: node }: Node): void {
    const { namespace, name } = pod.metadata;
    api.pods.update(pod.metadata, ({ spec, status }) => {
      spec.nodeName = node.name;
      const conditions = status.conditions ?? [];
      const scheduled = toCondition(conditions, { type: 'PodScheduled', status: 'True' });
      status.conditions = replaceConditions(conditions, [scheduled]);
    });
    const message = `Successfully assigned ${namespace}/${name} to ${node.name}`;
    events.record({ about: pod, type: 'Normal', reason: 'Scheduled', message, source: SOURCE });
  }

  function reportUnschedulable(pod: Pod): void {
    const count = api.nodes.list().length;
    const message = `0/${count} nodes are available: ${count} node(s) were not ready or unschedulable.`;
    const conditions = pod.status.conditions ?? [];
    // Said once, not at each attempt: reporting is itself a change that makes the scheduler look again.
    if (
      conditions.some(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable')
    ) {
      return;
    }
    const unschedulable = { status: 'False', reason: 'Unschedulable', message } as const;
    api.pods.update(pod.metadata, ({ status }) => {
      const condition = toCondition(conditions, { type: 'PodScheduled', ...unschedulable });
      status.conditions = replaceConditions(conditions, [condition]);
    });
    const reason = 'FailedScheduling';
    events.record({ about: pod, type: 'Warning', reason, message, source: SOURCE });
  }
}

function pickNode(api: ClusterApi, random: Random): Node | undefined {
  const pods = api.pods.list();
  const load = ({ metadata }: Node) =>
    pods.filter(({ spec }) => spec.nodeName === metadata.name).length;
  return api.nodes
    .list()
    .filter(canTakePods)
    .map((node) => ({ node, order: load(node) + random() }))
    .toSorted((left, right) => left.order - right.order)[0]?.node;
}

function canTakePods({ spec, status }: Node): boolean {
  const tainted = spec.taints?.some(({ effect }) => effect !== 'PreferNoSchedule');
  return !spec.unschedulable && !tainted && isTrue(status.conditions, 'Ready');
}
