import { resourceDefinitions, type ResourceDefinition } from './resources.ts';

/** What a path under `/api/v1` or `/apis/{group}/{version}` names. */
export type ResourcePath = {
  readonly definition: ResourceDefinition;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
};

/** The path of one object. */
export type ObjectPath = ResourcePath & { readonly name: string };

/** Reads the path of a resource; undefined when it names none that is served. */
export function parseResourcePath(path: readonly string[]): ResourcePath | undefined {
  const [root, ...rest] = path;
  if (root === 'api') return parsePlace('', rest);
  if (root === 'apis' && rest.length > 0) return parsePlace(rest[0] ?? '', rest.slice(1));
  return undefined;
}

function parsePlace(group: string, path: readonly string[]): ResourcePath | undefined {
  const [version = '', ...rest] = path;
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status';
  const [namespace, parts] = inNamespace ? [rest[1], rest.slice(2)] : [undefined, rest];
  const [resource = '', name, subresource, ...extra] = parts;
  const definition = Object.values(resourceDefinitions).find(
    (one) => one.name === resource && one.group === group && one.version === version,
  );
  if (!definition || extra.length > 0) return undefined;
  if (inNamespace !== definition.namespaced && (inNamespace || name !== undefined))
    return undefined;
  if (subresource !== undefined && !served(definition, subresource)) return undefined;
  return { definition, namespace, name, subresource };
}

function served(definition: ResourceDefinition, subresource: string): boolean {
  return (definition.subresources as readonly string[]).includes(subresource);
}
