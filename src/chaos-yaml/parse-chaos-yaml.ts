import { dirname, join } from 'node:path';
import type { z } from 'zod';
import type { GoldenPrediction } from '../domain/catalogue.ts';
import { findNearestWord } from '../domain/nearest-word.ts';
import { listAllKeys, listAllowedKeys } from './allowed-keys.ts';
import { chaosYamlSchema } from './chaos-yaml-schema.ts';
import { findCrossProblems } from './check-references.ts';
import { readGoldenFile } from './golden-file.ts';
import { isMap, parseYaml, type YamlText } from './parse-yaml.ts';
import type { Problem } from './problem.ts';
import { salvage, type Salvaged } from './salvage.ts';
import { toChaosYaml, type ChaosYaml } from './to-chaos-yaml.ts';
import { wordIssue } from './word-issue.ts';
import { findOwn } from '../domain/find-own.ts';

/** One thing that is wrong, with where: `chaos.yaml:12: experiments.pod-failure.mode: ...`. */
export type ConfigProblem = string;

type Source = {
  readonly fileName: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * Reads the text of chaos.yaml, and the golden files beside it; `${NAME}` in a value stands for an environment variable. Returns
 * every problem at once.
 */
export function parseChaosYaml(
  text: string,
  { fileName, env }: Source,
): { value: ChaosYaml } | { problems: readonly ConfigProblem[] } {
  const { text: yaml, problems: found } = parseYaml(text, env);
  if (!yaml) return { problems: print(found, fileName) };
  const shape = findShapeProblem(yaml.raw);
  if (shape !== undefined) return { problems: print([{ line: 1, message: shape }], fileName) };
  const read = salvage(yaml.raw);
  const parsed = chaosYamlSchema.safeParse(yaml.raw, { errorMap: wordIssue });
  const wrong = [...(parsed.error?.issues ?? []).flatMap(toProblems), ...findCrossProblems(read)];
  const known = wrong.flatMap((problem) => locate(problem, yaml, env));
  const goldens = readGoldenFiles(read, fileName);
  const problems = [...print([...found, ...known], fileName), ...goldens.problems];
  return parsed.success && problems.length === 0
    ? { value: toChaosYaml(parsed.data, goldens.read) }
    : { problems };
}

function findShapeProblem(raw: unknown): string | undefined {
  if (raw === null || raw === undefined)
    return 'is empty. Start from the example in the repository.';
  return isMap(raw)
    ? undefined
    : 'must be a map with the keys clusters, services, experiments and approvals.';
}

function toProblems(issue: z.ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  return issue.keys.map((key) => {
    const near = (keys: readonly string[]) => findNearestWord(key.slice(0, 200), keys);
    const nearest = near(listAllowedKeys(issue.path)) ?? near(listAllKeys());
    const hint = nearest ? `; did you mean "${nearest}"?` : '';
    return { path: [...issue.path, key], message: `unknown key${hint}` };
  });
}

type Located = { readonly line: number; readonly message: string };

/** Says where a problem is and which variables its value came from. A value that a variable is missing for is no problem of its own. */
function locate({ path, message }: Problem, yaml: YamlText, env: Source['env']): Located[] {
  const variables = yaml.variablesOf(path);
  if (variables.some((name) => !findOwn(env, name))) return [];
  const from = variables.length === 0 ? '' : ` (the value comes from ${variables.join(', ')})`;
  return [{ line: yaml.lineOf(path), message: `${path.join('.')}: ${message}${from}` }];
}

function print(problems: readonly Located[], fileName: string): ConfigProblem[] {
  return problems
    .toSorted((one, other) => one.line - other.line)
    .map(({ line, message }) => `${fileName}:${line}: ${message}`);
}

function readGoldenFiles({ services }: Salvaged, fileName: string) {
  const problems: ConfigProblem[] = [];
  const read = new Map<string, readonly GoldenPrediction[]>();
  for (const [name, { scoring }] of Object.entries(services)) {
    if (scoring.goldenFile === undefined) continue;
    const file = readGoldenFile(join(dirname(fileName), scoring.goldenFile));
    if ('problems' in file) problems.push(...file.problems);
    else read.set(name, file.value);
  }
  return { problems, read };
}
