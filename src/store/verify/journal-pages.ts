import { sql as raw, type Kysely } from 'kysely';
import type { RunId } from '../../domain/ids.ts';
import { toAnchor, type Anchor } from '../anchors.ts';
import { hasCharges } from '../charges.ts';
import type { Tables } from '../database.ts';
import { freezesChain, type FreezeRow } from '../freeze-chain.ts';
import type { ChainedEntry } from '../hash-chain.ts';
import type { KeptName } from '../people.ts';
import { readRunChain, toEntry } from '../records/run-chain.ts';
import type { KeptRow } from './compare-row.ts';
import type { Turns } from './turns.ts';

/** An anchor, and the hash of the run's entry at its place; null where there is none. */
export type AnchoredHash = Anchor & { readonly written: string | null };

/** An entry, and the sequence of its anchor; null when it has none. */
export type PlacedEntry = { readonly entry: ChainedEntry; readonly place: number | null };

/** A run's row, its charge and its whole journal, read at the same moment. */
export type RunRecord = {
  readonly kept: KeptRow | undefined;
  readonly entries: readonly ChainedEntry[];
};

type Pages<Item> = AsyncIterable<readonly Item[]>;

/** Everything that is recorded, in pages; the event loop gets a turn after each. */
export type JournalPages = {
  /** In order, after the first sequence and up to the last. */
  anchors(after: number, last: number): Pages<AnchoredHash>;
  /** Those of freezes up to this sequence, all at once: people freeze rarely. */
  freezeAnchors(last: number): Promise<readonly Anchor[]>;
  /** Of all runs, or of these, run by run, each in order. */
  entries(runIds?: readonly RunId[]): Pages<PlacedEntry>;
  runs(): Pages<{ readonly id: RunId; readonly version: number; readonly hasEntries: boolean }>;
  /** In the order in which they were written. */
  freezes(): Pages<FreezeRow>;
  names(): Pages<KeptName>;
  /** The rows of these runs, with their charges. */
  rows(ids: readonly RunId[]): Promise<readonly KeptRow[]>;
  record(id: RunId): Promise<RunRecord>;
  isFreezeAnchored(sequence: number): Promise<boolean>;
};

/** Bounds how long a statement takes: the embedded database runs it on the event loop. */
const pageSize = 200;
/** Bounds how much JSON is read at once: an entry may hold what was measured in an hour. A page has one entry at least. */
const largestPageBytes = 128 * 1_024;

/** What a statement read, and whether it may not have been all. */
type ReadPage<Item> = { readonly items: readonly Item[]; readonly more: boolean };

/** Reads the journal in short statements. What is written meanwhile may be in a later page and not in an earlier one. */
export function createJournalPages(sql: Kysely<Tables>, turns: Turns): JournalPages {
  const pages = <Item>(read: (after: Item | undefined) => Promise<readonly Item[]>) =>
    readPages(async (after: Item | undefined) => {
      const items = await read(after);
      return { items, more: items.length === pageSize };
    }, turns);
  return {
    anchors: (first, last) => pages((after) => selectAnchors(after?.sequence ?? first, last, sql)),
    freezeAnchors: (last) => selectFreezeAnchors(last, sql),
    entries: (runIds) => readPages((after) => selectEntries(after?.entry, runIds, sql), turns),
    runs: () => pages((after) => selectRuns(after?.id ?? '', sql)),
    freezes: () =>
      pages((after) =>
        sql
          .selectFrom('freezes')
          .selectAll()
          .where('sequence', '>', after?.sequence ?? 0)
          .orderBy('sequence')
          .limit(pageSize)
          .execute(),
      ),
    names: () =>
      pages((after) =>
        sql
          .selectFrom('people')
          .selectAll()
          .where('commitment', '>', after?.commitment ?? '')
          .orderBy('commitment')
          .limit(pageSize)
          .execute(),
      ),
    rows: (ids) => selectRows(ids, sql),
    record: (id) => readRecord(id, sql),
    isFreezeAnchored: async (sequence) =>
      (await sql
        .selectFrom('anchors')
        .select('sequence')
        .where('run_id', '=', freezesChain)
        .where('entry_sequence', '=', sequence)
        .limit(1)
        .executeTakeFirst()) !== undefined,
  };
}

async function* readPages<Item>(
  read: (after: Item | undefined) => Promise<ReadPage<Item>>,
  turns: Turns,
): AsyncGenerator<readonly Item[]> {
  let after: Item | undefined;
  for (let more = true; more;) {
    const page = await read(after);
    await turns.give();
    yield page.items;
    after = page.items.at(-1);
    ({ more } = page);
  }
}

/** Without an upper bound in the statement: with one, PostgreSQL reads and sorts all the rest of the table for each page. */
async function selectAnchors(
  after: number,
  last: number,
  sql: Kysely<Tables>,
): Promise<readonly AnchoredHash[]> {
  const rows = await sql
    .selectFrom('anchors')
    .selectAll()
    .select((expression) =>
      expression
        .selectFrom('journal')
        .select('journal.hash')
        .whereRef('journal.run_id', '=', 'anchors.run_id')
        .whereRef('journal.sequence', '=', 'anchors.entry_sequence')
        .as('written'),
    )
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(pageSize)
    .execute();
  return rows
    .filter(({ sequence }) => sequence <= last)
    .map((row) => ({ ...toAnchor(row), written: row.written }));
}

async function selectFreezeAnchors(last: number, sql: Kysely<Tables>): Promise<readonly Anchor[]> {
  const rows = await sql
    .selectFrom('anchors')
    .selectAll()
    .where('run_id', '=', freezesChain)
    .where('sequence', '<=', last)
    .orderBy('entry_sequence')
    .execute();
  return rows.map(toAnchor);
}

async function selectEntries(
  after: ChainedEntry | undefined,
  runIds: readonly RunId[] | undefined,
  sql: Kysely<Tables>,
): Promise<ReadPage<PlacedEntry>> {
  const page = sql
    .selectFrom('journal')
    .selectAll()
    .select((expression) =>
      expression
        .selectFrom('anchors')
        .select('anchors.sequence')
        .whereRef('anchors.run_id', '=', 'journal.run_id')
        .whereRef('anchors.entry_sequence', '=', 'journal.sequence')
        .limit(1)
        .as('place'),
    )
    .where(raw<boolean>`(run_id, sequence) > (${after?.runId ?? ''}, ${after?.sequence ?? 0})`)
    .$if(runIds !== undefined, (all) => all.where('journal.run_id', 'in', runIds ?? []))
    .orderBy('run_id')
    .orderBy('sequence')
    .limit(pageSize);
  const sized = sql
    .selectFrom(page.as('page'))
    .selectAll()
    .select([
      raw<number>`count(*) over ()::int`.as('found'),
      raw<number>`sum(octet_length(event)) over (order by run_id, sequence) - octet_length(event)`.as(
        'bytes_before',
      ),
    ]);
  const rows = await sql
    .selectFrom(sized.as('sized'))
    .selectAll()
    .where('bytes_before', '<', largestPageBytes)
    .orderBy('run_id')
    .orderBy('sequence')
    .execute();
  const found = rows[0]?.found ?? 0;
  return {
    items: rows.map((row) => ({ entry: toEntry(row), place: row.place })),
    more: found === pageSize || rows.length < found,
  };
}

async function selectRuns(after: string, sql: Kysely<Tables>) {
  const rows = await sql
    .selectFrom('runs')
    .select(['id', 'version'])
    .select(
      raw<boolean>`exists (select from journal where journal.run_id = runs.id)`.as('hasEntries'),
    )
    .where('id', '>', after)
    .orderBy('id')
    .limit(pageSize)
    .execute();
  return rows.map((row) => ({ ...row, id: row.id as RunId }));
}

async function selectRows(ids: readonly RunId[], sql: Kysely<Tables>): Promise<readonly KeptRow[]> {
  if (ids.length === 0) return [];
  const rows = await sql.selectFrom('runs').selectAll().where('id', 'in', ids).execute();
  if (!(await hasCharges(sql))) return rows.map((row) => ({ row, charge: 'untold' }));
  const charges = await sql.selectFrom('charges').selectAll().where('run_id', 'in', ids).execute();
  const chargeOf = new Map(charges.map((charge) => [charge.run_id, charge]));
  return rows.map((row) => ({ row, charge: chargeOf.get(row.id) }));
}

function readRecord(id: RunId, sql: Kysely<Tables>): Promise<RunRecord> {
  return sql
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => {
      const { entries } = await readRunChain(id, transaction);
      const [kept] = await selectRows([id], transaction);
      return { kept, entries };
    });
}
