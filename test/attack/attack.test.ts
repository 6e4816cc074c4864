import { beforeAll, describe, expect, test } from '@jest/globals';
import { attacks } from './attacks.ts';
import { runAttacks, type Battery } from './run-attacks.ts';

const maxGrowthMb = 400;

let battery: Battery;
beforeAll(async () => {
  battery = await runAttacks(attacks, () => undefined);
}, 600_000);

describe('the bot, attacked over HTTP with authentication required', () => {
  test('refuses every attack, and lives on', () => {
    expect(attacks.length).toBeGreaterThanOrEqual(150);
    const through = battery.outcomes.filter(({ refused }) => !refused);
    expect(through.map(({ line }) => line)).toEqual([]);
    expect(battery.outcomes).toHaveLength(attacks.length);
  });

  test('records nothing, starts nothing, and says nothing that is not asked of it', () => {
    expect(battery.recorded.after).toEqual(battery.recorded.before);
    expect(battery.recorded.before).toEqual({
      runs: 1,
      journal: 1,
      freezes: 0,
      phases: ['proposed'],
    });
    expect(battery.started).toBe(0);
    expect(battery.said).toEqual([]);
  });

  test('throws nothing that nobody catches, and keeps its memory within bounds', () => {
    expect(battery.uncaught).toEqual([]);
    expect(battery.grownByMb).toBeLessThan(maxGrowthMb);
  });

  test('is tried with attacks that have names of their own', () => {
    const names = attacks.map(({ kind, name }) => `${kind}: ${name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});
