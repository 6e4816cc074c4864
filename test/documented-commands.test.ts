import { glob, readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import packageJson from '../package.json' with { type: 'json' };

const pages: string[] = [];
for await (const page of glob(['README.md', 'docs/*.md', 'lab/**/*.md', 'bench/**/*.md']))
  pages.push(page);

describe.each(pages)('%s', (path) => {
  test('asks for no command that needs another Node than people have', async () => {
    // Node 20 reads no TypeScript; `npm run` finds the Node that is installed with the packages.
    expect(await readFile(path, 'utf8')).not.toMatch(/(^|`)node [\w./-]+\.ts/m);
  });

  test('names only scripts that there are', async () => {
    const named = (await readFile(path, 'utf8')).matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g);
    const unknown = Array.from(named, ([, name = '']) => name).filter(
      (name) => !Object.hasOwn(packageJson.scripts, name),
    );
    expect(unknown).toEqual([]);
  });
});
