import { definitionsOf, groupVersions, type GroupVersion } from './api-resources.ts';
import type { ResourceDefinition } from './resources.ts';

/** The OpenAPI v3 documents there are, one for each group and version. */
export function openApiIndex(): object {
  const paths = groupVersions.map(({ path }) => [
    path.slice(1),
    { serverRelativeURL: `/openapi/v3${path}` },
  ]);
  return { paths: Object.fromEntries(paths) };
}

/**
 * The OpenAPI v3 document of a group and version. It says which paths there are and which parameters they take,
 * which is what clients look for before they leave validation to the server; schemas are left open.
 */
export function toOpenApi(place: GroupVersion): object {
  const definitions = definitionsOf(place);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.32.4' },
    paths: Object.fromEntries(
      definitions.map((definition) => [toPath(place, definition), toOperations(definition)]),
    ),
    components: {
      schemas: Object.fromEntries(
        definitions.map((definition) => [
          schemaName(definition),
          { type: 'object', 'x-kubernetes-group-version-kind': [kindOf(definition)] },
        ]),
      ),
    },
  };
}

function toPath({ path }: GroupVersion, { name, namespaced }: ResourceDefinition): string {
  return `${path}${namespaced ? '/namespaces/{namespace}' : ''}/${name}/{name}`;
}

function toOperations(definition: ResourceDefinition): object {
  const verbs = { get: 'get', put: 'put', patch: 'patch', delete: 'delete' } as const;
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }));
  const schema = { $ref: `#/components/schemas/${schemaName(definition)}` };
  const operations = Object.entries(verbs).map(([method, action]) => [
    method,
    {
      parameters: method === 'get' ? [] : parameters,
      responses: { 200: { description: 'OK', content: { 'application/json': { schema } } } },
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': kindOf(definition),
    },
  ]);
  return Object.fromEntries(operations) as object;
}

function kindOf({ group, version, kind }: ResourceDefinition) {
  return { group, version, kind };
}

function schemaName({ group, version, kind }: ResourceDefinition): string {
  const place = group === '' ? 'core' : (group.split('.')[0] ?? group);
  return `io.k8s.api.${place}.${version}.${kind}`;
}
