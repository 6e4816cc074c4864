import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFile(`${root}/${path}`, 'utf8');

type Step = {
  readonly uses: string;
  readonly with: Readonly<Record<string, unknown>>;
  readonly writeToEnvironmentFile?: Readonly<Record<string, string>>;
};
type Project = {
  readonly version: string;
  readonly provision?: Step[];
  readonly deploy?: Step[];
  readonly publish?: Step[];
};

const namesIn = (text: string) =>
  new Set(Array.from(text.matchAll(/\$\{\{(\w+)\}\}/g), ([, name = '']) => name));

describe.each([
  ['dev', 'm365agents.yml'],
  ['local', 'm365agents.local.yml'],
  ['playground', 'm365agents.playground.yml'],
])('the Toolkit project for %s', (environment, path) => {
  test('uses only variables that its environment names or a step makes', async () => {
    const text = await read(path);
    const project = parse(text) as Project;
    const known = Object.keys(parseEnv(await read(`env/.env.${environment}`)));
    const steps = [project.provision, project.deploy, project.publish].flatMap(
      (list) => list ?? [],
    );
    const made = steps.flatMap(({ writeToEnvironmentFile: names }) => Object.values(names ?? {}));
    const packs = steps.some(({ uses }) => uses === 'teamsApp/zipAppPackage');
    const deploys = steps.some(({ uses }) => uses === 'arm/deploy');
    const used = new Set([
      ...namesIn(text),
      ...(packs ? namesIn(await read('appPackage/manifest.json')) : []),
      ...(deploys ? namesIn(await read('infra/azure.parameters.json')) : []),
    ]);
    expect([...used].filter((name) => !known.includes(name) && !made.includes(name))).toEqual([]);
  });

  test('names files that are there', async () => {
    const paths = Array.from((await read(path)).matchAll(/\.\/[\w./-]+/g), ([match]) => match);
    const ours = paths.filter((found) => !found.startsWith('./build') && found !== './.env');
    expect(ours.filter((found) => !existsSync(`${root}/${found}`))).toEqual([]);
  });

  test('keeps what is secret out of the repository', async () => {
    const values = Object.entries(parseEnv(await read(`env/.env.${environment}`)));
    for (const [name, value] of values) {
      expect(name).not.toMatch(/^SECRET_/);
      if (/ID$|URL$|DOMAIN$/.test(name)) expect(value).toBe('');
    }
  });
});
