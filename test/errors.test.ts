import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { ChaosError, errorCodes, toChaosError } from '../src/domain/chaos-error.ts';

test('every error code has a section in docs/errors.md, in order, and no section is left over', async () => {
  const page = await readFile(new URL('../docs/errors.md', import.meta.url), 'utf8');
  const sections = Array.from(page.matchAll(/^## (.+)$/gm), ([, title]) => title);
  expect(sections).toEqual([...errorCodes]);
});

test('whatever is thrown becomes an error with a next step, and keeps its cause', () => {
  const cause = new Error('socket hang up');
  const error = toChaosError(cause);
  expect(error).toMatchObject({ code: 'unexpected', cause });
  expect(error.message).not.toContain('socket');
  expect(error.suggestion).not.toBe('');
  const known = new ChaosError('run-not-found', 'There is no run r-000000.', {
    suggestion: 'Use history.',
  });
  expect(toChaosError(known)).toBe(known);
});
