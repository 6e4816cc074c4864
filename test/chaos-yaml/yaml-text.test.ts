import { describe, expect, test } from '@jest/globals';
import { problemsOfYaml } from '../support/config-problems.ts';

const bomb = [
  'a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]',
  ...['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, index) => {
    const before = 'abcdefgh'[index];
    return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`;
  }),
].join('\n');

test.each([
  ['nothing', '', 'chaos.yaml:1: is empty. Start from the example in the repository.'],
  ['only comments', '# soon\n', 'is empty. Start from the example in the repository.'],
  ['a list', '- a\n', 'chaos.yaml:1: must be a map with the keys clusters, services, experiments'],
  ['a sentence', 'hello', 'must be a map with the keys'],
  [
    'a key twice',
    'roles: {}\naccess: {}\nroles: {}\n',
    'chaos.yaml:3: the key "roles" stands here twice',
  ],
  ['an alias of nothing', 'roles: {}\naccess: *gone\n', 'chaos.yaml:2: *gone refers to nothing'],
  ['an alias of itself', 'roles: &r { a: *r }\n', 'chaos.yaml:1: *r refers to what it stands in'],
  [
    'a merge',
    'a: &a { b: 1 }\nc: { <<: *a }\n',
    'chaos.yaml:2: "<<" (merging of maps) is not supported',
  ],
  ['a tab', 'roles:\n\ta: {}\n', 'chaos.yaml:2: is indented with a tab; use spaces'],
  [
    'two documents',
    'roles: {}\n---\nroles: {}\n',
    'chaos.yaml:2: has a second document after "---"',
  ],
  ['a tag', 'roles: !secret {}\n', 'chaos.yaml:1: has a tag (!NAME), which is not supported'],
  [
    'an open bracket',
    'roles: [a\naccess: {}\n',
    'chaos.yaml:2: is not indented like the lines around it, or a bracket',
  ],
  ['an open quote', 'roles: "a\naccess: {}\n', 'a quote, a bracket or a comma is missing here'],
  ['two keys on a line', 'roles: a: b\n', 'chaos.yaml:1: has more than one key on a line'],
  ['a reserved character', 'roles: @a\n', "a value can't begin with this character"],
  ['a list as a key', '? [a]\n: b\n', 'chaos.yaml:1: a key must be text'],
])('%s is answered with the line, in our own words', (_what, text, problem) => {
  const problems = problemsOfYaml(text);
  expect(problems).toContain(problem);
  expect(problems).not.toMatch(/Map keys|Unresolved|Nested mappings|Plain value|Source contains/);
});

describe('a text that would take for ever', () => {
  test.each([
    ['by aliases of aliases', bomb, 'repeats too much by aliases'],
    ['by its depth', '['.repeat(100_000), 'is nested too deeply'],
    ['by the depth of maps', '{a: '.repeat(50_000), 'is nested too deeply'],
    ['by its size', `a: ${'x'.repeat(2_100_000)}`, 'is larger than 2 MB'],
  ])('%s is refused', (_what, text, problem) => {
    const problems = problemsOfYaml(text);
    expect(problems).toContain(problem);
    expect(problems.split('\n').length).toBeLessThan(10);
  });

  test('an anchor that is used a few times is fine', () => {
    const change = (text: string) =>
      text
        .replace('tolerances:', 'tolerances: &limits')
        .replace(/( {2}pod-kill:[^]*?tolerances:)\n( {8}- .*\n)+/, '$1 *limits\n');
    expect(problemsOfYaml(change)).toBe('');
  });
});

describe('a variable', () => {
  const uri = (value: string) => (text: string) => text.replace('${SCORING_URI}', value);

  test('that is not set is named with its line, beside every other problem', () => {
    const problems = problemsOfYaml((text) =>
      uri('${NOT_THERE}')(text).replace('duration: 60s', 'duration: 60'),
    );
    expect(problems).toMatch(/chaos\.yaml:\d+: the environment variable NOT_THERE is not set/);
    expect(problems).toContain('duration: 60 has no unit; write 60s');
    expect(problems).not.toContain('scoring.uri:');
  });

  test('whose value is wrong is named', () => {
    const environment = { SCORING_URI: 'scoring.example.com/score?code=sesame' };
    const problems = problemsOfYaml((text) => text, environment);
    expect(problems).toMatch(
      /scoring\.uri: "scoring\.example\.com\/score" does not begin with http:\/\/ or https:\/\/; .*\(the value comes from SCORING_URI\)/,
    );
    expect(problems).not.toContain('sesame');
  });

  test('in lower case, or left open, is no variable', () => {
    for (const wrong of ['${scoring_uri}', '"${SCORING_URI"'])
      expect(problemsOfYaml(uri(wrong))).toMatch(
        /chaos\.yaml:\d+: "\$\{" must begin a variable in upper case, such as \$\{SCORING_URI\}/,
      );
  });

  test('may look like anything in a golden input', () => {
    const change = (text: string) =>
      text.replace(/- input:\n/, '- input:\n            say: "${hello}"\n');
    expect(problemsOfYaml(change)).toBe('');
  });
});

test.each([
  ['localhost:8080/score', 'does not begin with http:// or https://'],
  ['ftp://scoring.example.com', 'begins with ftp://, not with http:// or https://'],
  ['http:///score', 'is not an address'],
  ['http://', 'is not an address'],
  ['https://me:sesame@scoring.example.com', 'carries a secret (user and password before the host)'],
  ['"https://scoring.example.com/a b"', 'has a space in it'],
])('the address %s is refused', (address, problem) => {
  const problems = problemsOfYaml((text) => text.replace('${SCORING_URI}', address));
  expect(problems).toContain(problem);
  expect(problems).not.toContain('sesame');
});
