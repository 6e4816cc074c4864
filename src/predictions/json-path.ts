import { compile } from 'json-p3';

type Query = ReturnType<typeof compile>;
type Json = Parameters<Query['query']>[0];

const compiled = new Map<string, Query>();

/** The values that a JSONPath (RFC 9535) selects in a parsed JSON text. Throws when the path is none. */
export function readJsonPath(path: string, json: unknown): readonly unknown[] {
  const query = compiled.get(path) ?? compile(path);
  compiled.set(path, query);
  return query.query(json as Json).values();
}

/** Why a text is not a JSONPath; undefined when it is one. */
export function findJsonPathProblem(path: string): string | undefined {
  try {
    compile(path);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'it cannot be read';
  }
}
