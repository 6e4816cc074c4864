import { expect, test } from '@jest/globals';
import { toPlainError } from '../src/logger.ts';

test('an error that a library passes on as an object is logged with its message, and nothing else of it', () => {
  const passedOn = {
    message: 'connection refused',
    stack: 'Error: …',
    config: { password: 'hunter2' },
  };
  const logged = JSON.stringify(toPlainError(passedOn));
  expect(logged).toContain('connection refused');
  expect(logged).not.toMatch(/hunter2|object Object/);
});

test.each([
  ['a text', 'it broke', 'it broke'],
  ['nothing', undefined, 'undefined'],
  ['a number', 7, '7'],
])('%s that was thrown is logged as it is', (_what, thrown, message) => {
  expect(toPlainError(thrown)).toMatchObject({ message });
});
