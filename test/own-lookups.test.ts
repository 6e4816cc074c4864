import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { toExecutionState } from '../src/azure/executions.ts';
import { parseChaosYaml } from '../src/chaos-yaml/parse-chaos-yaml.ts';
import { findOwn } from '../src/domain/find-own.ts';
import { parseCommand } from '../src/domain/parse-command.ts';
import { findInheritedLookups } from './support/find-inherited-lookups.ts';

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

/** The lookups that are found in a project of one file. */
async function findIn(code: string): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lookups-'));
  folders.push(folder);
  await mkdir(join(folder, 'src'));
  const compilerOptions = { target: 'es2024', lib: ['es2024'], strict: true, types: [] };
  const config = { compilerOptions, include: ['src'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await writeFile(join(folder, 'src', 'planted.ts'), code);
  return findInheritedLookups(folder);
}

const table = 'const table: Readonly<Record<string, number>> = { a: 1 };\n';

describe('a key from outside', () => {
  test('is looked up nowhere among what objects inherit', () => {
    expect(findInheritedLookups(resolve('.'))).toEqual([]);
  });

  test.each([
    ['a record', `${table}export const find = (key: string) => table[key];`],
    [
      'a record that may be absent',
      'export const f = (t: Record<string, 1> | undefined, k: string) => t?.[k];',
    ],
    ['an index signature', 'export const f = (t: { [key: string]: 1 }, k: string) => t[k];'],
    ['a part of a key', `${table}export const find = (key: string) => table[key.toLowerCase()];`],
    ['a template', `${table}export const find = (key: string) => table[\`\${key}\`];`],
    ['a cast key', "const t = { a: 1 };\nexport const f = (k: string) => t[k as 'a'];"],
    ['the operator in', `${table}export const has = (key: string) => key in table;`],
    ['a write', 'export const f = (t: Record<string, number>, k: string) => { t[k] = 1; };'],
    [
      'a type by another name',
      'type Labels = Record<string, string>;\nexport const f = (t: Labels, k: string) => t[k];',
    ],
  ])('is found where it is looked up in %s', async (_what, code) => {
    expect(await findIn(code)).toHaveLength(1);
  });

  test.each([
    ['a list', 'export const f = (t: string[], at: number) => t[at];'],
    ['a Map', 'export const f = (t: Map<string, 1>, k: string) => t.get(k);'],
    ['a closed union of keys', "export const f = (t: Record<'a' | 'b', 1>, k: 'a' | 'b') => t[k];"],
    ['a key that is written there', `${table}export const one = table['a'];`],
    ['a known name', "export const isError = (t: object) => 'message' in t;"],
    ['Object.hasOwn', `${table}export const has = (key: string) => Object.hasOwn(table, key);`],
  ])('may be looked up in %s', async (_what, code) => {
    expect(await findIn(code)).toEqual([]);
  });

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'named %s is not found unless the record has it',
    (key) => {
      expect(findOwn({}, key)).toBeUndefined();
      expect(findOwn(JSON.parse(`{"${key}": 1}`) as Record<string, number>, key)).toBe(1);
    },
  );

  test.each(['constructor', 'toString', '__proto__', 'valueOf'])(
    'named %s is no parameter, no service, and no state of Azure',
    (key) => {
      expect(parseCommand(`run pod-failure ${key}=5`)).toHaveProperty('message');
      expect(toExecutionState(key)).toBe('running');
      const text = readFileSync('chaos.yaml', 'utf8').replaceAll(
        /^(\s+)service: .*$/gm,
        `$1service: ${key}`,
      );
      const env = Object.fromEntries(
        Array.from(text.matchAll(/\$\{([A-Z_]+)\}/g), ([, name = '']) => [
          name,
          'http://127.0.0.1/',
        ]),
      );
      const read = parseChaosYaml(text, { fileName: 'chaos.yaml', env });
      expect('problems' in read && read.problems.join(' ')).toContain(`"${key}"`);
    },
  );
});
