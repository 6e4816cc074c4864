import {
  isAlias,
  isMap as isYamlMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';
import { findOwn } from '../domain/find-own.ts';

/** A YAML text as plain values, and where each of them stands. */
export type YamlText = {
  readonly raw: unknown;
  /** The line of the key or entry at a path, or of the nearest one around it. */
  lineOf(path: readonly (string | number)[]): number;
  /** The names of the environment variables that the value at a path was made of. */
  variablesOf(path: readonly (string | number)[]): readonly string[];
};

/** What is wrong with the text itself, each with its line. */
export type YamlProblem = { readonly line: number; readonly message: string };

type Environment = Readonly<Record<string, string | undefined>>;

const largestCharacters = 2_000_000;
const mostAliases = 100;
/** One mistake in YAML leads to many complaints; the first few name it. */
const mostProblems = 5;

/** Reads YAML, with `${NAME}` in its values replaced by environment variables. Variables that are not set are problems, and the text can be used all the same. */
export function parseYaml(
  text: string,
  env: Environment,
): { text?: YamlText; problems: readonly YamlProblem[] } {
  if (text.length > largestCharacters)
    return {
      problems: [{ line: 1, message: 'is larger than 2 MB; move golden inputs to a goldenFile' }],
    };
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    logLevel: 'error',
    stringKeys: true,
  });
  const toLine = (offset: number) => lines.linePos(offset).line;
  const found = [...document.errors, ...document.warnings].map((error) => ({
    line: toLine(error.pos[0]),
    message: wordYamlError(error, text),
  }));
  if (found.length > 0) return { problems: found.slice(0, mostProblems) };
  const startOf = (node: Node) => toLine(node.range?.[0] ?? 0);
  const structure = findStructureProblems(document).map(({ node, message }) => ({
    line: startOf(node),
    message,
  }));
  if (structure.length > 0) return { problems: structure };
  const variables = new Map<unknown, readonly string[]>();
  const missing = interpolate(document, env, variables).map(({ node, message }) => ({
    line: startOf(node),
    message,
  }));
  const raw = toPlain(document);
  if ('problem' in raw) return { problems: [{ line: 1, message: raw.problem }] };
  const reader: YamlText = {
    raw: raw.value,
    lineOf: (path) => toLine(findNode(document, path)?.range?.[0] ?? 0),
    variablesOf: (path) => variables.get(findValue(document, path)) ?? [],
  };
  return { text: reader, problems: missing };
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toPlain(document: Document): { value: unknown } | { problem: string } {
  try {
    return { value: document.toJS({ maxAliasCount: mostAliases }) as unknown };
  } catch {
    return { problem: 'repeats too much by aliases (*NAME); write the values out' };
  }
}

type Found = { readonly node: Node; readonly message: string };

/** What is YAML, but can be no configuration. */
function findStructureProblems(document: Document): Found[] {
  const found: Found[] = [];
  visit(document, {
    Alias(_key, node, path) {
      const target = node.resolve(document);
      if (!target)
        found.push({
          node,
          message: `*${name(node)} refers to nothing; there is no &${name(node)} before it`,
        });
      else if (path.includes(target))
        found.push({ node, message: `*${name(node)} refers to what it stands in` });
    },
    Pair(_key, { key }) {
      if (!isScalar(key)) return;
      if (key.value === '__proto__')
        found.push({ node: key, message: '"__proto__" can\'t be a key' });
      if (key.value === '<<')
        found.push({
          node: key,
          message: '"<<" (merging of maps) is not supported; write the keys out',
        });
    },
  });
  return found;
}

const name = ({ source }: Alias) => source.slice(0, 60);

const variable = /\$\{([A-Z][A-Z0-9_]*)\}/g;

/** Replaces `${NAME}` in every value. Golden inputs may have `${` of their own: their text is the model's. */
function interpolate(
  document: Document,
  env: Environment,
  variables: Map<unknown, readonly string[]>,
): Found[] {
  const problems: Found[] = [];
  visit(document, {
    Scalar(_key, node, path) {
      const { value } = node;
      if (typeof value !== 'string' || !value.includes('${')) return;
      const names = Array.from(value.matchAll(variable), ([, one = '']) => one);
      variables.set(node, names);
      const unset = names.filter((one) => !findOwn(env, one));
      const problem = (message: string) => problems.push({ node, message });
      for (const one of unset) problem(`the environment variable ${one} is not set`);
      if (value.replaceAll(variable, '').includes('${') && !path.some(isGolden))
        problem('"${" must begin a variable in upper case, such as ${SCORING_URI}');
      node.value = value.replaceAll(variable, (_match, one: string) => findOwn(env, one) ?? '');
    },
  });
  return problems;
}

function isGolden(node: unknown): boolean {
  return isPair(node) && isScalar(node.key) && node.key.value === 'golden';
}

/** The value at a path, through aliases; undefined when there is none. */
function findValue(document: Document, path: readonly (string | number)[]): Node | undefined {
  return path.reduce<Node | undefined>(
    (node, segment) => node && findEntry(document, node, segment)?.value,
    document.contents ?? undefined,
  );
}

/** The key or entry at a path, or the nearest one around it. */
function findNode(document: Document, path: readonly (string | number)[]): Node | undefined {
  let at: Node | undefined;
  let inside: Node | undefined = document.contents ?? undefined;
  for (const segment of path) {
    const entry: Entry | undefined = inside && findEntry(document, inside, segment);
    if (!entry) break;
    at = entry.key ?? entry.value;
    inside = entry.value;
  }
  return at;
}

type Entry = { readonly key?: Node; readonly value: Node | undefined };

function findEntry(document: Document, node: Node, segment: string | number): Entry | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(target)) {
    const value = target.items[Number(segment)] as Node | undefined;
    return value && { value };
  }
  if (!isYamlMap(target)) return undefined;
  const pair = target.items.find(
    ({ key }) => isScalar(key) && String(key.value) === String(segment),
  );
  return pair && { key: pair.key as Node, value: (pair.value ?? undefined) as Node | undefined };
}

const wordings: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'an alias (*NAME) has no name',
  BAD_DQ_ESCAPE:
    'a backslash in double quotes begins no character; write \\\\, or use single quotes',
  BAD_INDENT: 'is not indented like the lines around it, or a bracket is not closed before it',
  BAD_SCALAR_START: "a value can't begin with this character; put the value in quotes",
  BLOCK_AS_IMPLICIT_KEY: 'has more than one key on a line; put values with a colon in quotes',
  BLOCK_IN_FLOW: 'a list or map of several lines stands inside brackets',
  KEY_OVER_1024_CHARS: 'a key is too long',
  MISSING_CHAR: 'a quote, a bracket or a comma is missing here',
  MULTILINE_IMPLICIT_KEY: 'a key is on more than one line; a colon or a bracket may be missing',
  MULTIPLE_DOCS: 'has a second document after "---"; chaos.yaml is one',
  NON_STRING_KEY: 'a key must be text; put it in quotes',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
  TAB_AS_INDENT: 'is indented with a tab; use spaces',
  TAG_RESOLVE_FAILED: 'has a tag (!NAME), which is not supported; delete it',
  UNEXPECTED_TOKEN: "can't be understood here; a colon, a dash or a quote may be missing",
};

function wordYamlError({ code, pos }: YAMLError, text: string): string {
  if (code !== 'DUPLICATE_KEY') return wordings[code] ?? wordings['UNEXPECTED_TOKEN'] ?? '';
  const [key = ''] = /^[^:\n]{1,60}/.exec(text.slice(pos[0])) ?? [];
  return `the key "${key.trim()}" stands here twice; keep one of them`;
}
