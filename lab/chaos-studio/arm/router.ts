import { ArmError } from './arm-error.ts';
import type { Route } from './arm-message.ts';

export type RouteMatch = { readonly route: Route; readonly params: Record<string, string> };

/**
 * Finds the route of a request by method and path, in any case and with or without a slash at the end. Throws a 404 for a path that no
 * route has and a 405 for a method that none of the path's routes has.
 */
export function createRouter(
  routes: readonly Route[],
): (method: string, path: string) => RouteMatch {
  const compiled = routes.map((route) => ({ route, pattern: toPattern(route.path) }));
  return (method, path) => {
    const matches = compiled.flatMap(({ route, pattern }) => {
      const match = pattern.exec(path);
      return match ? [{ route, params: decodeParams(match.groups ?? {}) }] : [];
    });
    const found = matches.find(({ route }) => route.method === method);
    if (found) return found;
    if (matches.length === 0) throw noSuchPath(path);
    throw new ArmError(
      405,
      'HttpMethodNotAllowed',
      `The HTTP method '${method}' is not supported at scope '${path}'.`,
    );
  };
}

function toPattern(path: string): RegExp {
  const source = path
    .replaceAll('.', String.raw`\.`)
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>[^/]+)`);
  return new RegExp(`^${source}/?$`, 'i');
}

function decodeParams(groups: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]),
    );
  } catch {
    throw new ArmError(400, 'BadRequest', 'The path of the request is not encoded correctly.');
  }
}

function noSuchPath(path: string): ArmError {
  const [, provider = '', type = ''] =
    /\/providers\/([^/]+)\/([^/]+)(?!.*\/providers\/)/i.exec(path) ?? [];
  const message = provider
    ? `The resource type '${type}' could not be found in the namespace '${provider}'.`
    : `The request path '${path}' is not one that Azure Resource Manager has.`;
  return new ArmError(404, provider ? 'InvalidResourceType' : 'NotFound', message);
}
