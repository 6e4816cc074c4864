import type { Deployment, ReplicaSet } from '../resources.ts';
import { formatAge, formatLabelSelector, joinOr } from './cell-formats.ts';
import {
  ageColumn,
  column,
  integerColumn,
  nameColumn,
  templateColumns,
  type Cell,
  type TableOf,
} from './columns.ts';

export const deploymentsTable: TableOf<'deployments'> = {
  columns: [
    nameColumn,
    column('Ready', 'How many of the wanted pods are ready.'),
    column('Up-to-date', 'How many pods have the present template.'),
    column('Available', 'How many pods have been ready for long enough.'),
    ageColumn,
    ...templateColumns,
  ],
  toCells: (deployment, now) => {
    const { metadata, spec, status } = deployment;
    return [
      metadata.name,
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 1}`,
      status?.updatedReplicas ?? 0,
      status?.availableReplicas ?? 0,
      formatAge(metadata.creationTimestamp, now),
      ...templateCells(spec),
    ];
  },
};

export const replicaSetsTable: TableOf<'replicasets'> = {
  columns: [
    nameColumn,
    integerColumn('Desired', 'How many pods are wanted.'),
    integerColumn('Current', 'How many pods there are.'),
    integerColumn('Ready', 'How many pods are ready.'),
    ageColumn,
    ...templateColumns,
  ],
  toCells: ({ metadata, spec, status }, now) => [
    metadata.name,
    spec?.replicas ?? 1,
    status?.replicas ?? 0,
    status?.readyReplicas ?? 0,
    formatAge(metadata.creationTimestamp, now),
    ...templateCells(spec),
  ],
};

function templateCells(spec: Deployment['spec'] | ReplicaSet['spec']): Cell[] {
  const containers = spec?.template?.spec?.containers ?? [];
  return [
    joinOr(
      containers.map(({ name }) => name),
      '',
    ),
    joinOr(
      containers.map(({ image }) => image),
      '',
    ),
    formatLabelSelector(spec?.selector),
  ];
}
