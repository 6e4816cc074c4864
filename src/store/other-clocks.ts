import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { sql as raw, type Kysely } from 'kysely';
import type { ClockReading } from '../evidence/clock-readings.ts';
import type { Tables } from './database.ts';

export type OtherClocks = {
  /** Our own. */
  readonly clock: { now(): number };
  /** What has gone by on this machine, ms, and which machine it is, since which start. */
  readonly machine: { readonly id: string; elapsedMs(): number };
};

const readDatabaseClock = raw<{ readonly at: number }>`
  select (extract(epoch from clock_timestamp()) * 1000)::float8 as at`;

/** Reads the clocks that go on while our own is set back: that of the database, and what this machine counts since it was started. */
export async function readOtherClocks(
  { clock, machine }: OtherClocks,
  sql: Kysely<Tables>,
): Promise<readonly ClockReading[]> {
  const from = clock.now();
  const ofMachine = { name: `machine ${machine.id}`, at: machine.elapsedMs() };
  const { rows } = await readDatabaseClock.execute(sql);
  const until = clock.now();
  const others = [ofMachine, ...rows.map(({ at }) => ({ name: 'database', at }))];
  return others.map((reading) => ({ ...reading, from, until }));
}

/** This machine. It counts on when its clock is set, and from anew when it is started again. */
export const thisMachine: OtherClocks['machine'] = {
  id: readBootId(),
  elapsedMs: () => Number(process.hrtime.bigint()) / 1e6,
};

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return hostname();
  }
}
