import type { Endpoints, Service } from '../resources.ts';
import { formatAge, formatFirstThree, formatLabels, joinOr } from './cell-formats.ts';
import { ageColumn, column, nameColumn, wideColumn, type TableOf } from './columns.ts';

export const servicesTable: TableOf<'services'> = {
  columns: [
    nameColumn,
    column('Type', 'How the service is exposed.'),
    column('Cluster-IP', 'The address inside the cluster.'),
    column('External-IP', 'The address outside the cluster.'),
    column('Port(s)', 'The ports that are exposed.'),
    ageColumn,
    wideColumn('Selector', 'The labels of the pods behind the service.'),
  ],
  toCells: (service, now) => [
    service.metadata.name,
    service.spec?.type ?? 'ClusterIP',
    service.spec?.clusterIPs?.[0] || service.spec?.clusterIP || '<none>',
    formatExternalAddress(service),
    joinOr((service.spec?.ports ?? []).map(formatServicePort), '<none>'),
    formatAge(service.metadata.creationTimestamp, now),
    formatLabels(service.spec?.selector),
  ],
};

export const endpointsTable: TableOf<'endpoints'> = {
  columns: [nameColumn, column('Endpoints', 'Ready addresses with their ports.'), ageColumn],
  toCells: ({ metadata, subsets }, now) => [
    metadata.name,
    formatFirstThree((subsets ?? []).flatMap(toSockets), '<none>'),
    formatAge(metadata.creationTimestamp, now),
  ],
};

export const endpointSlicesTable: TableOf<'endpointslices'> = {
  columns: [
    nameColumn,
    column('AddressType', 'The kind of the addresses.'),
    column('Ports', 'The ports of the endpoints.'),
    column('Endpoints', 'The addresses of the endpoints.'),
    ageColumn,
  ],
  toCells: ({ metadata, addressType, ports, endpoints }, now) => [
    metadata.name,
    addressType,
    formatFirstThree(
      (ports ?? []).map(({ port }) => String(port ?? '*')),
      '<unset>',
    ),
    formatFirstThree(
      (endpoints ?? []).flatMap(({ addresses }) => addresses),
      '<unset>',
    ),
    formatAge(metadata.creationTimestamp, now),
  ],
};

type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];

function formatServicePort({ port, nodePort, protocol = 'TCP' }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}

function formatExternalAddress({ spec, status }: Service): string {
  if (spec?.type === 'ExternalName') return spec.externalName ?? '';
  const external = spec?.externalIPs ?? [];
  if (spec?.type !== 'LoadBalancer') return joinOr(external, '<none>');
  const balanced = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname);
  return joinOr([...balanced, ...external], '<pending>');
}

function toSockets({ addresses = [], ports = [] }: NonNullable<Endpoints['subsets']>[number]) {
  if (ports.length === 0) return addresses.map(({ ip }) => ip);
  return ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip}:${port}`));
}
