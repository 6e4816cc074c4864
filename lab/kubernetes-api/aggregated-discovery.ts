import type { Answer } from './answer.ts';
import {
  groupVersions,
  listApiResources,
  type ApiResource,
  type GroupVersion,
} from './api-resources.ts';
import { parseMediaTypes } from './media-types.ts';

/** The version of aggregated discovery that the client prefers to plain documents, if any. */
export function wantsAggregatedDiscovery(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  const [first] = parseMediaTypes(accept ?? '');
  if (first?.parameters.get('as') !== 'APIGroupDiscoveryList') return undefined;
  const version = first.parameters.get('v');
  return version === 'v2' || version === 'v2beta1' ? version : undefined;
}

/** Everything about these groups in one document, so that a client asks twice and not once a group. */
export function toGroupDiscoveryList(groups: readonly string[], version: 'v2' | 'v2beta1'): Answer {
  const document = {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(toGroup),
  };
  const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return { kind: 'document', code: 200, document, contentType };
}

function toGroup(name: string) {
  const versions = groupVersions.filter(({ group }) => group === name).map(toVersion);
  const metadata = { ...(name === '' ? {} : { name }), creationTimestamp: null };
  return { metadata, versions };
}

function toVersion(groupVersion: GroupVersion) {
  const all = listApiResources(groupVersion);
  const resources = all
    .filter(({ name }) => !name.includes('/'))
    .map((resource) => toResource(resource, { all, groupVersion }));
  return { version: groupVersion.version, resources, freshness: 'Current' };
}

function toResource(
  resource: ApiResource,
  { all, groupVersion }: { all: readonly ApiResource[]; groupVersion: GroupVersion },
) {
  const { name, singularName, shortNames, categories } = resource;
  const subresources = all
    .filter((one) => one.name.startsWith(`${name}/`))
    .map((one) => ({ subresource: one.name.slice(name.length + 1), ...toKind(one, groupVersion) }));
  return {
    resource: name,
    ...toKind(resource, groupVersion),
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singularName,
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

function toKind({ kind, verbs, ...resource }: ApiResource, groupVersion: GroupVersion) {
  const { group = groupVersion.group, version = groupVersion.version } = resource;
  return { responseKind: { group, version, kind }, verbs };
}
