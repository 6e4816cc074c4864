import type { ListMeta } from '../paging.ts';
import type { KubeObject, ResourceName } from '../resources.ts';
import { badRequest } from '../status.ts';
import { eventsTable, namespacesTable, nodesTable } from './cluster-tables.ts';
import type { Cell, ColumnDefinition, TableOf } from './columns.ts';
import { endpointSlicesTable, endpointsTable, servicesTable } from './network-tables.ts';
import { podsTable } from './pods-table.ts';
import { podDisruptionBudgetsTable } from './policy-tables.ts';
import { deploymentsTable, replicaSetsTable } from './workload-tables.ts';

export type Table = {
  kind: 'Table';
  apiVersion: string;
  metadata: Partial<ListMeta>;
  columnDefinitions: readonly ColumnDefinition[];
  rows: { cells: readonly Cell[]; object: unknown }[];
};

export type TableOptions = {
  readonly metaVersion: 'v1' | 'v1beta1';
  readonly includeObject: 'None' | 'Metadata' | 'Object';
};

const tables: { readonly [R in ResourceName]: TableOf<R> } = {
  pods: podsTable,
  nodes: nodesTable,
  namespaces: namespacesTable,
  events: eventsTable,
  services: servicesTable,
  endpoints: endpointsTable,
  endpointslices: endpointSlicesTable,
  deployments: deploymentsTable,
  replicasets: replicaSetsTable,
  poddisruptionbudgets: podDisruptionBudgetsTable,
};

/** The objects as a meta.k8s.io Table, with the columns that Kubernetes prints. */
export function toTable(
  resource: ResourceName,
  page: { items: readonly KubeObject[]; metadata: Partial<ListMeta> },
  options: TableOptions,
): Table {
  const table = tables[resource] as TableOf<ResourceName>;
  const now = new Date();
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.metaVersion}`,
    metadata: page.metadata,
    columnDefinitions: table.columns,
    rows: page.items.map((item) => ({
      cells: table.toCells(item, now),
      object: included(item, options),
    })),
  };
}

function included(object: KubeObject, { includeObject, metaVersion }: TableOptions): unknown {
  if (includeObject === 'None') return null;
  return includeObject === 'Object' ? object : toPartialMetadata(object, metaVersion);
}

/** Nothing of the object but its metadata. */
export function toPartialMetadata(
  { metadata }: { metadata: unknown },
  metaVersion: string,
): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${metaVersion}`, metadata };
}

/** Reads `includeObject`; metadata when it is not given. Throws BadRequest. */
export function parseIncludeObject(query: URLSearchParams): TableOptions['includeObject'] {
  const text = query.get('includeObject') || 'Metadata';
  if (text === 'None' || text === 'Metadata' || text === 'Object') return text;
  throw badRequest(`unrecognized includeObject value: "${text}"`);
}
