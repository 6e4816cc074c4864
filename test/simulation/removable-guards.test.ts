import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { removableGuards } from '../support/removable-guards.ts';

test.each(removableGuards.map(({ name, removal }) => [name, removal] as const))(
  'what `npm run removed-guards` takes out is there: %s',
  async (_name, removal) => {
    for (const { file, from } of removal) expect(await readFile(file, 'utf8')).toContain(from);
  },
);
