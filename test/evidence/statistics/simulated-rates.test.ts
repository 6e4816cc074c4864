import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readTable, tabulations } from '../../support/simulations/tables.ts';
import type { Table } from '../../support/simulations/table.ts';

let document = '';
let tables: Readonly<Record<string, Table>> = {};

beforeAll(async () => {
  document = await readFile('docs/statistics.md', 'utf8');
  const script = 'test/support/simulations/print-tables.ts';
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  const printed = JSON.parse(stdout) as readonly Table[];
  tables = Object.fromEntries(printed.map((table) => [table.name, table]));
}, 300_000);

describe('docs/statistics.md has what the simulations give', () => {
  test.each(Object.keys(tabulations))('%s', (name) => {
    const table = tables[name];
    expect(readTable(document, name)).toEqual([table?.header, ...(table?.rows ?? [])]);
  });
});

type Where = Readonly<Record<string, string>>;

/** The numbers of a column, in the rows that have these cells in other columns. */
function read(name: string, column: string, where: Where = {}): readonly number[] {
  const { header = [], rows = [] } = tables[name] ?? {};
  const numbers = rows
    .filter((row) =>
      Object.entries(where).every(([key, cell]) => row[header.indexOf(key)] === cell),
    )
    .map((row) => Number.parseFloat(row[header.indexOf(column)] ?? ''))
    .filter((number) => !Number.isNaN(number));
  expect(numbers.length).toBeGreaterThan(0);
  return numbers;
}

function readMost(name: string, column: string, where?: Where): number {
  return Math.max(...read(name, column, where));
}

function readLeast(name: string, column: string, where?: Where): number {
  return Math.min(...read(name, column, where));
}

// A stated rate and three standard errors of 2,000 runs.
const [oneIn40, oneIn20, oneIn100] = [3.6, 6.5, 1.7];

describe('stated rates hold', () => {
  test('a run is wrongly said to have held or deviated in at most 2.5% a side', () => {
    for (const lost of ['100%', '']) {
      expect(readMost('this-run', 'Wrong "held"', { 'Lost in bursts': lost })).toBeLessThan(
        oneIn40,
      );
      expect(readMost('this-run', 'Wrong "deviated"', { 'Lost in bursts': lost })).toBeLessThan(
        oneIn40,
      );
    }
    // Outages that lose half are the known exception.
    const half = { 'Lost in bursts': '50%' };
    expect(readMost('this-run', 'Wrong "held"', half)).toBeLessThan(oneIn40);
    expect(readMost('this-run', 'Wrong "deviated"', half)).toBeLessThan(5);
  });

  test('what runs do on average lies in its interval in at least 95%', () => {
    for (const column of ['True mean inside, after 1 run', 'after 2', 'after 3', 'after 10'])
      expect(readLeast('next-run', column)).toBeGreaterThan(100 - oneIn20);
    expect(readMost('next-run', 'Too good, at most')).toBeLessThan(oneIn40);
  });

  test('the next run is no worse than the worst of k as often as stated', () => {
    expect(readLeast('worst-of', 'Worst of 1')).toBeGreaterThan(50 - 3.4);
    expect(readLeast('worst-of', 'Worst of 3')).toBeGreaterThan(75 - 2.9);
    expect(readLeast('worst-of', 'Worst of 10')).toBeGreaterThan(90.9 - 1.9);
  });

  test('equal runs are called different in at most 5%', () => {
    for (const share of ['95%', '99%']) {
      const equal = { 'Availability before': share, now: share };
      const worse = read('compare', 'Worse', equal);
      read('compare', 'Better', equal).forEach((better, index) =>
        expect(better + (worse[index] ?? 0)).toBeLessThan(oneIn20),
      );
    }
  });

  test('phases without any change are called different in at most 5%', () => {
    expect(readMost('change', 'Same availability: interval excludes 0')).toBeLessThan(oneIn20);
    expect(readMost('change', 'Same service: "fell" or "rose"')).toBeLessThan(oneIn20);
    // Phases do differ; without the test of episodes most would be called a change.
    const bursts = { Bursts: '1 s' };
    expect(readLeast('change', 'Same service: interval excludes 0', bursts)).toBeGreaterThan(50);
  });

  test('a guard with the declared burst length stops healthy runs in at most 1%', () => {
    expect(readMost('guard', 'False alarms at 10/s')).toBeLessThan(oneIn100);
    expect(readMost('guard', 'at 100/s')).toBeLessThan(oneIn100);
    // Which is not so without it.
    expect(readLeast('guard', 'Burst not declared, 10/s', { Bursts: '1 s' })).toBeGreaterThan(10);
  });

  test('a service that keeps its bound does not deviate because a guard ended the fault', () => {
    expect(readMost('cut-short', 'Said to have deviated')).toBeLessThan(oneIn40);
    // Neither the trip nor the availability until then is proof.
    const bursts = { Bursts: '1 s' };
    expect(readLeast('cut-short', 'Ended by the guard', bursts)).toBeGreaterThan(90);
    expect(readLeast('cut-short', 'Time until then below the bound', bursts)).toBeGreaterThan(40);
  });

  test('background alone makes at most 0.1 outages an hour', () => {
    expect(readMost('false-outages', 'False outages an hour')).toBeLessThanOrEqual(0.1);
  });

  test('what is said to be needed decides with the power asked', () => {
    expect(readLeast('independent-power', 'Decided', { 'Power asked': '80%' })).toBeGreaterThan(
      80 - 2.7,
    );
    expect(readLeast('independent-power', 'Decided', { 'Power asked': '90%' })).toBeGreaterThan(
      90 - 2,
    );
    // Approximations under bursts.
    for (const [, , asked = '', , , , own = '', , next = ''] of tables.power?.rows ?? []) {
      expect(Number.parseFloat(own)).toBeGreaterThan(75);
      expect(Number.parseFloat(next)).toBeGreaterThanOrEqual(Number.parseFloat(asked) - 2.7);
    }
  });
});

describe('the price is as reported', () => {
  test('the bursts of a run leave it inconclusive far less often than independent losses', () => {
    const column = 'Inconclusive, 1 point aside';
    const where = { Sent: '10/s', Background: '0%' };
    const [none = 0, short = 0, middle = 0, long = 0] = read('this-run', column, where);
    expect([none > 75, short < 65, middle < 30, long < 10]).toEqual([true, true, true, true]);
  });

  test('the guard ends a total outage soon after any guard could', () => {
    const least = read('guard', 'Any guard, at least');
    read('guard', 'Total outage ended after').forEach((seconds, index) =>
      expect(seconds).toBeLessThan((least[index] ?? 0) + 7),
    );
  });

  test('half lost is found when the guard says', () => {
    const stated = read('guard', 'Half lost, stated');
    read('guard', 'simulated').forEach((seconds, index) =>
      expect(Math.abs(seconds - (stated[index] ?? 0))).toBeLessThan(0.1 * seconds + 0.3),
    );
  });

  test('a total outage of the shortest told length and more is not missed', () => {
    expect(readMost('missed-outages', '1 s', { 'Lost in the outage': '100%' })).toBe(0);
    const half = { Background: '1.0%', 'Lost in the outage': '50%' };
    expect(readMost('missed-outages', '2 s', half)).toBeLessThan(3);
  });
});
