import type { Node } from '../resources.ts';
import { formatAge, joinOr } from './cell-formats.ts';
import { ageColumn, column, nameColumn, wideColumn, type TableOf } from './columns.ts';

export const nodesTable: TableOf<'nodes'> = {
  columns: [
    nameColumn,
    column('Status', 'Whether the node is ready, and whether it takes new pods.'),
    column('Roles', 'The roles in the labels of the node.'),
    ageColumn,
    column('Version', 'The version of the kubelet.'),
    wideColumn('Internal-IP', 'The address inside the cluster.'),
    wideColumn('External-IP', 'The address outside the cluster.'),
    wideColumn('OS-Image', 'The operating system.'),
    wideColumn('Kernel-Version', 'The version of the kernel.'),
    wideColumn('Container-Runtime', 'The container runtime and its version.'),
  ],
  toCells: (node, now) => [
    node.metadata.name,
    formatNodeStatus(node),
    formatRoles(node.metadata.labels),
    formatAge(node.metadata.creationTimestamp, now),
    node.status?.nodeInfo?.kubeletVersion ?? '',
    addressOf(node, 'InternalIP'),
    addressOf(node, 'ExternalIP'),
    node.status?.nodeInfo?.osImage || '<unknown>',
    node.status?.nodeInfo?.kernelVersion || '<unknown>',
    node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
  ],
};

export const namespacesTable: TableOf<'namespaces'> = {
  columns: [nameColumn, column('Status', 'Active, or Terminating.'), ageColumn],
  toCells: ({ metadata, status }, now) => [
    metadata.name,
    status?.phase ?? '',
    formatAge(metadata.creationTimestamp, now),
  ],
};

export const eventsTable: TableOf<'events'> = {
  columns: [
    column('Last Seen', 'How long ago it happened last.'),
    column('Type', 'Normal, or Warning.'),
    column('Reason', 'Why, in one word.'),
    column('Object', 'What it happened to.'),
    wideColumn('Subobject', 'The part of the object it happened to.'),
    wideColumn('Source', 'Who saw it.'),
    column('Message', 'What happened.'),
    wideColumn('First Seen', 'How long ago it happened first.'),
    wideColumn('Count', 'How often it happened.'),
    { ...wideColumn('Name', 'The name of the event.'), format: 'name' },
  ],
  toCells: (event, now) => {
    const { involvedObject, source, series } = event;
    const firstAt = event.firstTimestamp || event.eventTime;
    const lastAt = series?.lastObservedTime || event.lastTimestamp || firstAt;
    const component = source?.component || event.reportingComponent;
    return [
      formatAge(lastAt, now),
      event.type ?? '',
      event.reason ?? '',
      `${(involvedObject.kind ?? '').toLowerCase()}/${involvedObject.name}`,
      involvedObject.fieldPath ?? '',
      [component, source?.host || event.reportingInstance].filter(Boolean).join(', '),
      (event.message ?? '').trim(),
      formatAge(firstAt, now),
      series?.count || event.count || 1,
      event.metadata.name,
    ];
  },
};

function formatNodeStatus({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const readiness = ready?.status === 'True' ? 'Ready' : 'NotReady';
  const schedulable = spec?.unschedulable ? 'SchedulingDisabled' : undefined;
  return joinOr([ready ? readiness : 'Unknown', schedulable], 'Unknown');
}

const roleLabel = 'node-role.kubernetes.io/';

function formatRoles(labels: Readonly<Record<string, string>> = {}): string {
  const roles = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(roleLabel)) return key.slice(roleLabel.length);
    return key === 'kubernetes.io/role' ? value : [];
  });
  return joinOr(roles.toSorted(), '<none>');
}

function addressOf({ status }: Node, type: string): string {
  return status?.addresses?.find((one) => one.type === type)?.address ?? '<none>';
}
