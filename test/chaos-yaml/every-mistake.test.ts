import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { listAllKeys } from '../../src/chaos-yaml/allowed-keys.ts';
import { parseChaosYaml } from '../../src/chaos-yaml/parse-chaos-yaml.ts';
import { createFullChaosYaml } from '../support/full-chaos-yaml.ts';

type Path = readonly (string | number)[];
type Tree = Record<string | number, unknown>;

const fileName = 'chaos.yaml';
const problemsOf = (raw: unknown): readonly string[] => {
  const parsed = parseChaosYaml(stringify(raw, { aliasDuplicateObjects: false }), {
    fileName,
    env: {},
  });
  return 'problems' in parsed ? parsed.problems : [];
};

/** Every place in a tree, but not what is inside a golden input, which may be anything. */
function listPaths(value: unknown, path: Path = []): Path[] {
  if (path.at(-1) === 'input' || typeof value !== 'object' || value === null) return [path];
  const inside = Array.isArray(value)
    ? value.flatMap((entry, index) => listPaths(entry, [...path, index]))
    : Object.entries(value).flatMap(([key, entry]) => listPaths(entry, [...path, key]));
  return path.length === 0 ? inside : [path, ...inside];
}

function change(path: Path, apply: (parent: Tree, key: string | number) => void): unknown {
  const whole = createFullChaosYaml();
  const parent = path.slice(0, -1).reduce<Tree>((at, key) => at[key] as Tree, whole);
  apply(parent, path.at(-1) ?? '');
  return whole;
}

/** Words that only the validator would use. */
const validatorsWords =
  /Expected|Required|Invalid|received|Unrecognized|undefined|ZodError|\[object|NaN|expected (string|number|object|array)/;

const mistakes: readonly [string, unknown][] = [
  ['nothing', null],
  ['a number', 7],
  ['zero', 0],
  ['a negative number', -1],
  ['a number with decimals', 1.5],
  ['an infinite number', Infinity],
  ['no number', Number.NaN],
  ['true', true],
  ['no text', ''],
  ['a blank', ' '],
  ['other text', 'Something Else'],
  ['very long text', 'x'.repeat(5_000)],
  ['an empty list', []],
  ['a list of lists', [[1]]],
  ['an empty map', {}],
  ['a map', { surprise: 1 }],
];

const paths = listPaths(createFullChaosYaml());
/** Each reads chaos.yaml some hundred times. */
const patienceMs = 240_000;

test('the example uses every key, and nothing is wrong with it', () => {
  const used = new Set(paths.flat().map(String));
  expect(listAllKeys().filter((key) => !used.has(key) && key !== 'goldenFile')).toEqual([]);
  expect(problemsOf(createFullChaosYaml())).toEqual([]);
});

/** Problems that are not said in our own words, briefly and with their place. */
function listForeign(problems: readonly string[]): string[] {
  return problems.filter(
    (problem) =>
      validatorsWords.test(problem) ||
      !/^chaos\.yaml:\d+: [A-Za-z][\w.\- /]*: \S/.test(problem) ||
      problem.length > 600,
  );
}

/** The example with every value at a depth replaced, so that all of them are tried in one reading. */
function replaceAtDepth(depth: number, value: unknown): unknown {
  const whole = createFullChaosYaml();
  for (const path of paths.filter(({ length }) => length === depth)) {
    const parent = path.slice(0, -1).reduce<Tree>((at, key) => at[key] as Tree, whole);
    parent[path.at(-1) ?? ''] = value;
  }
  return whole;
}

const deepest = Math.max(...paths.map(({ length }) => length));

describe.each(mistakes)('%s in place of a value', (_what, value) => {
  test('is worded in our own words, with its line, at every key', () => {
    for (let depth = 1; depth <= deepest; depth += 1) {
      const problems = problemsOf(replaceAtDepth(depth, value));
      expect(listForeign(problems)).toEqual([]);
      if (depth === 2) expect(problems.length).toBeGreaterThan(5);
    }
  });
});

test(
  'a value that is wrong alone is worded in our own words at every key',
  () => {
    const problems = paths.flatMap((path) =>
      ['Something Else', '0s'].flatMap((value) =>
        problemsOf(change(path, (parent, key) => (parent[key] = value))),
      ),
    );
    expect(problems.length).toBeGreaterThan(paths.length);
    expect(listForeign(problems)).toEqual([]);
  },
  patienceMs,
);

test(
  'a key that is missing is named where it is needed, and never changes what is left',
  () => {
    for (const path of paths) {
      const problems = problemsOf(
        change(path, (parent, key) => {
          if (Array.isArray(parent)) parent.splice(Number(key), 1);
          else delete parent[key];
        }),
      );
      for (const problem of problems) expect(problem).not.toMatch(validatorsWords);
    }
    expect(problemsOf(change(['experiments', 'container-kill', 'duration'], dropKey))).toEqual([
      expect.stringMatching(/^chaos\.yaml:\d+: experiments\.container-kill\.duration: is missing$/),
    ]);
  },
  patienceMs,
);

const dropKey = (parent: Tree, key: string | number) => void delete parent[key];

test(
  'a key with a typo is answered with the nearest key of its place',
  () => {
    const maps = paths.filter((path) => typeof path.at(-1) === 'string');
    for (const path of maps) {
      const key = String(path.at(-1));
      const problems = problemsOf(
        change(path, (parent) => {
          parent[`${key}x`] = parent[key];
          delete parent[key];
        }),
      );
      for (const problem of problems) {
        expect(problem).not.toMatch(validatorsWords);
        if (problem.includes(`${key}x: unknown key`) && key.length > 3)
          expect(problem).toContain(`did you mean "${key}"?`);
      }
    }
    const typed = (path: Path) => problemsOf(change(path, (parent, key) => (parent[key] = 1)));
    expect(typed(['approvals', 'quorun'])[0]).toMatch(/quorun: unknown key; did you mean "quorum"/);
    expect(typed(['calendar', 'form'])[0]).toMatch(/form: unknown key; did you mean "from"\?/);
  },
  patienceMs,
);

test('every problem is found in one go, in the order of the lines', () => {
  const whole = createFullChaosYaml();
  const experiments = whole['experiments'] as Record<string, Tree>;
  const services = whole['services'] as Record<string, Tree>;
  Object.assign(experiments['container-kill'] ?? {}, { duration: 60, service: 'diabetis' });
  Object.assign(services['fraud'] ?? {}, { cluster: 'aks-3', namespace: 'Models' });
  const approvals = whole['approvals'] as Tree;
  approvals['quorum'] = 5;
  const roles = whole['roles'] as Record<string, Tree>;
  roles['owner'] = { people: [] };
  const problems = problemsOf(whole).map((problem) => problem.replace(/^chaos\.yaml:\d+: /, ''));
  expect(problems).toEqual([
    'services.fraud.cluster: there is no cluster "aks-3"; did you mean "aks-2"?',
    'services.fraud.namespace: "Models" is not the name of a namespace: lower-case letters, digits and hyphens, 63 characters at most',
    'experiments.container-kill.service: there is no service "diabetis"; did you mean "diabetes"?',
    'experiments.container-kill.duration: 60 has no unit; write 60s',
    'roles.owner: names nobody; give people or groups, or channelMembers: true',
  ]);
});
