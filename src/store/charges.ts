import { sql as raw, type Kysely, type Selectable } from 'kysely';
import type { RunId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import { longestRunMs, toCharge, type Charge } from '../domain/spending.ts';
import type { ChargeFilter } from '../runs/ports/run-store.ts';
import type { Tables } from './database.ts';
import type { RunRecords } from './records/run-records.ts';
import { createSeal, type Seal } from './seal.ts';
import { Turns } from './verify/turns.ts';

export type ChargeRow = Selectable<Tables['charges']>;
/** With the version at which the run is now. */
type CurrentRow = ChargeRow & { readonly current: number };
type OpenRow = Pick<ChargeRow, 'run_id'>;

/** What runs that have ended are charged with: a small row for each, so that nobody reads whole runs to add them up. */
export type Charges = {
  /** Writes the charge of a run that has ended, in the transaction that writes the run. */
  write(run: Run, transaction: Kysely<Tables>): Promise<void>;
  /** What the runs of a service are charged with that ended after a time. */
  list(filter: ChargeFilter): Promise<readonly Charge[]>;
  /** Fills in the charges of runs that another version wrote. Resolves when all are, or on the signal. */
  fill(signal: AbortSignal): Promise<void>;
};

const pageSize = 200;

/**
 * Keeps charges under a seal with a key that is not in the database. A charge whose seal does not fit, or whose run was written to since by another version,
 * is made anew from the run's journal.
 */
export function createCharges({
  sql,
  records,
  sealKey,
}: {
  readonly sql: Kysely<Tables>;
  readonly records: RunRecords;
  readonly sealKey: string | Buffer;
}): Charges {
  const seal = createChargeSeal(sealKey);
  return { write, list, fill };

  async function write(run: Run, transaction: Kysely<Tables>): Promise<void> {
    const row = toChargeRow(run, seal);
    if (!row) return;
    await transaction
      .insertInto('charges')
      .values(row)
      .onConflict((conflict) => conflict.column('run_id').doUpdateSet(row))
      .execute();
  }

  async function list(filter: ChargeFilter): Promise<readonly Charge[]> {
    const turns = new Turns();
    const charges: Charge[] = [];
    for await (const page of readPages<CurrentRow>((after) => selectOfService(filter, after, sql)))
      for (const { current, ...row } of page) {
        const isSound =
          row.version === current && seal.fits(row.seal, toSealedText(row.run_id, row));
        if (isSound) charges.push({ at: row.ended_at ?? 0, ms: row.ms ?? 0 });
        else charges.push(...toWanted(await refill(row.run_id), filter));
        await turns.offer();
      }
    const since = filter.since - longestRunMs;
    for await (const page of readPages<OpenRow>((after) => selectOpen(after, { since, sql })))
      for (const { run_id: id } of page) charges.push(...toWanted(await refill(id), filter));
    return charges.filter(({ ms }) => ms > 0);
  }

  async function fill(signal: AbortSignal): Promise<void> {
    const turns = new Turns();
    for await (const page of readPages<OpenRow>((after) => selectOpen(after, { sql })))
      for (const { run_id: id } of page) {
        if (signal.aborted) return;
        await refill(id);
        await turns.give();
      }
  }

  /** The run as its journal has it; its charge is written when nobody altered its record. */
  async function refill(id: string): Promise<Run | undefined> {
    const run = await records.find(id as RunId, { sql, locked: false });
    if (run && !run.alteration) await write(run, sql);
    return run;
  }
}

/** Creates what seals charges. */
export function createChargeSeal(key: string | Buffer): Seal {
  return createSeal('charge', key);
}

/** The row of a run's charge; undefined while the run goes on. */
export function toChargeRow(run: Run, seal: Seal): ChargeRow | undefined {
  const values = toValues(run);
  return values && { run_id: run.id, ...values, seal: seal.make(toSealedText(run.id, values)) };
}

/** Whether this database has charges: one that an earlier version wrote last has none. */
export async function hasCharges(sql: Kysely<Tables>): Promise<boolean> {
  const { rows } = await raw<{ has: boolean }>`
    select to_regclass('charges') is not null as has`.execute(sql);
  return rows[0]?.has === true;
}

/** The charge of a run; undefined while it goes on. */
export function readCharge(id: string, sql: Kysely<Tables>): Promise<ChargeRow | undefined> {
  return sql.selectFrom('charges').selectAll().where('run_id', '=', id).executeTakeFirst();
}

/** What stands in the row of a run's charge; undefined while the run goes on. */
export function toValues(run: Run): Omit<ChargeRow, 'run_id' | 'seal'> | undefined {
  const { end, proposal, version } = run;
  if (!end) return undefined;
  const { name: service, cluster } = proposal.service;
  const { at, ms } = toCharge(run);
  return { version, cluster, service, ended_at: at, ms };
}

function toSealedText(
  id: string,
  { version, cluster, service, ended_at, ms }: Omit<ChargeRow, 'run_id' | 'seal'>,
): string {
  return JSON.stringify([id, version, cluster, service, ended_at, ms]);
}

function toWanted(run: Run | undefined, { cluster, service, since }: ChargeFilter): Charge[] {
  const values = run && toValues(run);
  const isWanted =
    values?.cluster === cluster && values.service === service && (values.ended_at ?? 0) > since;
  return run && isWanted ? [toCharge(run)] : [];
}

async function* readPages<Row>(
  read: (after: Row | undefined) => Promise<readonly Row[]>,
): AsyncGenerator<readonly Row[]> {
  let after: Row | undefined;
  for (let more = true; more;) {
    const page = await read(after);
    yield page;
    after = page.at(-1);
    more = page.length === pageSize;
  }
}

function selectOfService(
  { cluster, service, since }: ChargeFilter,
  after: ChargeRow | undefined,
  sql: Kysely<Tables>,
) {
  return sql
    .selectFrom('charges')
    .innerJoin('runs', 'runs.id', 'charges.run_id')
    .selectAll('charges')
    .select('runs.version as current')
    .where('cluster', '=', cluster)
    .where('service', '=', service)
    .where('seal', 'is not', null)
    .where('ended_at', '>', since)
    .where(raw<boolean>`(ended_at, run_id) > (${after?.ended_at ?? since}, ${after?.run_id ?? ''})`)
    .orderBy('ended_at')
    .orderBy('run_id')
    .limit(pageSize)
    .execute();
}

/** Charges to fill in, of all runs or of those that were proposed since a time. */
function selectOpen(
  after: OpenRow | undefined,
  { since = Number.NEGATIVE_INFINITY, sql }: { since?: number; sql: Kysely<Tables> },
) {
  return sql
    .selectFrom('charges')
    .innerJoin('runs', 'runs.id', 'charges.run_id')
    .select('charges.run_id')
    .where('seal', 'is', null)
    .where('charges.run_id', '>', after?.run_id ?? '')
    .where('runs.proposed_at', '>=', since)
    .orderBy('charges.run_id')
    .limit(pageSize)
    .execute();
}
