import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { parseSync } from '@swc/core';
import { check } from 'recheck';

const root = fileURLToPath(new URL('..', import.meta.url));

type Found = { readonly pattern: string; readonly flags: string; readonly file: string };

/** Where Azure's words are read, which are cut to 4,000 characters first. */
const isBounded = ({ file }: Found) =>
  ['src/azure/azure-problems.ts', 'src/azure/quote-azure.ts'].includes(file);

/** Every regular expression of the source that repeats something without a bound. */
function findPatterns(): Found[] {
  const found = new Map<string, Found>();
  const collect = (node: unknown, file: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('type' in node && node.type === 'RegExpLiteral') {
      const { pattern, flags } = node as unknown as Found;
      found.set(`/${pattern}/${flags}`, { pattern, flags, file });
    } else for (const inner of Object.values(node)) collect(inner, file);
  };
  for (const file of globSync('src/**/*.ts', { cwd: root }))
    collect(parseSync(readFileSync(`${root}/${file}`, 'utf8'), { syntax: 'typescript' }), file);
  return [...found.values()].filter(({ pattern }) => /[*+]|\{\d+,\}/.test(pattern));
}

// Without limits of time: how busy the machine is must not decide.
const limits = { timeout: null, attackTimeout: null, incubationTimeout: null, recallLimit: -1 };

test('every regular expression takes time in proportion to its text', async () => {
  const patterns = findPatterns();
  expect(patterns.length).toBeGreaterThan(30);
  const slow: string[] = [];
  for (const { pattern, flags, file } of patterns.filter((found) => !isBounded(found))) {
    const checked = await check(pattern, flags, limits);
    if (checked.status !== 'safe') slow.push(`${file}: /${pattern}/${flags}: ${checked.status}`);
  }
  expect(slow).toEqual([]);
}, 900_000);

test('a quadratic one would be found', async () => {
  const { status } = await check(String.raw`<at[^>]*>.*?<\/at>`, 'gis', limits);
  expect(status).toBe('vulnerable');
}, 300_000);
