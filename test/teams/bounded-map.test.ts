import { expect, test } from '@jest/globals';
import { BoundedMap } from '../../src/teams/bounded-map.ts';

test('what was set longest ago makes room, and what is set again is young again', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('one', 1).set('two', 2).set('one', 3).set('three', 4);
  expect([...map]).toEqual([
    ['one', 3],
    ['three', 4],
  ]);
});
