import { isDeepStrictEqual } from 'node:util';
import type { ClusterApi } from './cluster-api.ts';
import { type Controller, startController } from './controller.ts';
import type { Endpoint, ObjectReference, Pod, Service } from './objects.ts';
import { isReady, isTerminating, matchesLabels } from './pods.ts';

/** Lists each service's pods in its Endpoints and EndpointSlice, with who may get traffic. */
export function startEndpointsController(api: ClusterApi): Controller {
  return startController([api.services, api.pods], () => {
    for (const service of api.services.list()) {
      const pods = listBackends(api, service);
      publishSlice(api, service, pods);
      publishEndpoints(api, service, pods);
    }
  });
}

function listBackends(api: ClusterApi, { metadata, spec }: Service): Pod[] {
  return api.pods
    .list(metadata.namespace)
    .filter((pod) => pod.status.podIP && matchesLabels(pod.metadata, spec.selector))
    .toSorted((left, right) => left.metadata.name.localeCompare(right.metadata.name));
}

function publishSlice(api: ClusterApi, service: Service, pods: readonly Pod[]): void {
  const endpoints = pods.map(toEndpoint);
  const existing = api.endpointslices
    .list(service.metadata.namespace)
    .find(
      ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name,
    );
  if (!existing) {
    api.endpointslices.create({
      metadata: {
        ...toOwned(service, `${service.metadata.name}-${service.metadata.uid.slice(0, 5)}`),
        labels: {
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          'kubernetes.io/service-name': service.metadata.name,
        },
      },
      addressType: 'IPv4',
      endpoints,
      ports: toPorts(service),
    });
  } else if (!isDeepStrictEqual(existing.endpoints, endpoints)) {
    api.endpointslices.update(existing.metadata, (draft) => {
      draft.endpoints = endpoints;
    });
  }
}

function publishEndpoints(api: ClusterApi, service: Service, pods: readonly Pod[]): void {
  const staying = pods.filter((pod) => !isTerminating(pod));
  const addresses = staying.filter(isReady).map(toAddress);
  const notReadyAddresses = staying.filter((pod) => !isReady(pod)).map(toAddress);
  const subset = {
    ...(addresses.length > 0 && { addresses }),
    ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
    ports: toPorts(service),
  };
  const subsets = staying.length > 0 ? [subset] : [];
  const existing = api.endpoints.get(service.metadata);
  if (!existing) {
    const { name } = service.metadata;
    const metadata = toOwned(service, name);
    api.endpoints.create({ metadata, subsets });
  } else if (!isDeepStrictEqual(existing.subsets, subsets)) {
    api.endpoints.update(existing.metadata, (draft) => {
      draft.subsets = subsets;
    });
  }
}

function toOwned({ metadata }: Service, name: string) {
  return {
    name,
    ...(metadata.namespace && { namespace: metadata.namespace }),
    ownerReferences: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        name: metadata.name,
        uid: metadata.uid,
        controller: true,
      },
    ],
  };
}

function toPorts({ spec }: Service) {
  return (spec.ports ?? []).map(({ name, port, targetPort, protocol }) => ({
    name: name ?? '',
    port: typeof targetPort === 'number' ? targetPort : port,
    protocol: protocol ?? 'TCP',
  }));
}

function toEndpoint(pod: Pod): Endpoint {
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  return {
    addresses: [pod.status.podIP ?? ''],
    conditions: { ready: serving && !terminating, serving, terminating },
    ...(pod.spec.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: toReference(pod),
  };
}

function toAddress(pod: Pod) {
  return {
    ip: pod.status.podIP ?? '',
    ...(pod.spec.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: toReference(pod),
  };
}

function toReference({ metadata }: Pod): ObjectReference {
  const { name, uid } = metadata;
  return { kind: 'Pod', ...(metadata.namespace && { namespace: metadata.namespace }), name, uid };
}
