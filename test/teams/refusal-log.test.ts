import { expect, test } from '@jest/globals';
import { RefusalLog } from '../../src/teams/refusal-log.ts';

test('the first refusal is logged at once, and then how many there were, once a minute', () => {
  let now = 0;
  const lines: object[] = [];
  const refusals = new RefusalLog({
    clock: { now: () => now },
    log: { warn: (fields) => lines.push(fields) },
  });
  for (now = 0; now <= 60_000; now += 1) refusals.add('wrong');
  expect(lines).toEqual([
    { refused: 1, reason: 'wrong' },
    { refused: 60_000, reason: 'wrong' },
  ]);
});
