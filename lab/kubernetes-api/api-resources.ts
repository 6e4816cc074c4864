import { apiVersionOf, resourceDefinitions, type ResourceDefinition } from './resources.ts';

export type GroupVersion = {
  readonly group: string;
  readonly version: string;
  /** `v1` or `apps/v1`. */
  readonly groupVersion: string;
  /** `/api/v1` or `/apis/apps/v1`. */
  readonly path: string;
};

/** meta.k8s.io APIResource: one line of discovery. */
export type ApiResource = {
  name: string;
  singularName: string;
  namespaced: boolean;
  group?: string;
  version?: string;
  kind: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
};

export const groupVersions: readonly GroupVersion[] = [
  toGroupVersion('', 'v1'),
  toGroupVersion('apps', 'v1'),
  toGroupVersion('authorization.k8s.io', 'v1'),
  toGroupVersion('discovery.k8s.io', 'v1'),
  toGroupVersion('policy', 'v1'),
];

const reviews = ['SelfSubjectAccessReview', 'SelfSubjectRulesReview'];

/** The resources of one group and version, with their subresources. */
export function listApiResources({ group, version }: GroupVersion): ApiResource[] {
  if (group === 'authorization.k8s.io') return reviews.map(toReview);
  return definitionsOf({ group, version }).flatMap((definition) => [
    toApiResource(definition),
    ...definition.subresources.map((subresource) => toSubresource(definition, subresource)),
  ]);
}

export function definitionsOf(
  place: Pick<GroupVersion, 'group' | 'version'>,
): ResourceDefinition[] {
  return Object.values(resourceDefinitions).filter(
    ({ group, version }) => group === place.group && version === place.version,
  );
}

function toApiResource(definition: ResourceDefinition): ApiResource {
  const { name, singular, namespaced, kind, shortNames, inCategoryAll } = definition;
  return {
    name,
    singularName: singular,
    namespaced,
    kind,
    verbs: verbsOf(definition),
    ...(shortNames.length > 0 ? { shortNames: [...shortNames] } : {}),
    ...(inCategoryAll ? { categories: ['all'] } : {}),
  };
}

function verbsOf({ name }: ResourceDefinition): string[] {
  const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
  return name === 'namespaces' ? verbs : [...verbs, 'deletecollection'].toSorted();
}

function toSubresource(
  { name, namespaced, kind }: ResourceDefinition,
  subresource: ResourceDefinition['subresources'][number],
): ApiResource {
  const common = { name: `${name}/${subresource}`, singularName: '', namespaced };
  const verbs = ['get', 'patch', 'update'];
  switch (subresource) {
    case 'status':
      return { ...common, kind, verbs };
    case 'scale':
      return { ...common, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs };
    case 'eviction':
      return { ...common, group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] };
    case 'log':
      return { ...common, kind, verbs: ['get'] };
  }
}

function toReview(kind: string): ApiResource {
  const singularName = kind.toLowerCase();
  return { name: `${singularName}s`, singularName, namespaced: false, kind, verbs: ['create'] };
}

function toGroupVersion(group: string, version: string): GroupVersion {
  const groupVersion = apiVersionOf({ group, version });
  return {
    group,
    version,
    groupVersion,
    path: `${group === '' ? '/api' : '/apis'}/${groupVersion}`,
  };
}
