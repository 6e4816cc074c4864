import type { Pod } from '../resources.ts';
import { formatAge } from './cell-formats.ts';
import { ageColumn, column, nameColumn, wideColumn, type TableOf } from './columns.ts';
import { readPodState, type PodState } from './pod-state.ts';

export const podsTable: TableOf<'pods'> = {
  columns: [
    nameColumn,
    column('Ready', 'How many of the containers are ready.'),
    column('Status', 'The phase of the pod, or the reason that says more.'),
    column('Restarts', 'How often containers were restarted, and when last.'),
    ageColumn,
    wideColumn('IP', 'The address of the pod.'),
    wideColumn('Node', 'The node that the pod runs on.'),
    wideColumn('Nominated Node', 'The node that is being cleared for the pod.'),
    wideColumn('Readiness Gates', 'How many of the further readiness conditions are true.'),
  ],
  toCells: (pod, now) => {
    const state = readPodState(pod);
    return [
      pod.metadata.name,
      `${state.readyContainers}/${state.totalContainers}`,
      state.reason,
      formatRestarts(state, now),
      formatAge(pod.metadata.creationTimestamp, now),
      pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || '<none>',
      pod.spec?.nodeName || '<none>',
      pod.status?.nominatedNodeName || '<none>',
      formatReadinessGates(pod),
    ];
  },
};

function formatRestarts({ restarts, lastRestartAt }: PodState, now: Date): string {
  if (restarts === 0 || lastRestartAt === undefined) return String(restarts);
  return `${restarts} (${formatAge(lastRestartAt, now)} ago)`;
}

function formatReadinessGates({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter(({ conditionType }) =>
    status?.conditions?.some((one) => one.type === conditionType && one.status === 'True'),
  );
  return `${open.length}/${gates.length}`;
}
