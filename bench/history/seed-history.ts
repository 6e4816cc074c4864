import { sql as raw, type Kysely } from 'kysely';
import type { RunId } from '../../src/domain/ids.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { foldRun } from '../../src/domain/run.ts';
import { toAnchorHash, toFirstHash, type Anchor } from '../../src/store/anchors.ts';
import { createChargeSeal, toChargeRow } from '../../src/store/charges.ts';
import type { Tables } from '../../src/store/database.ts';
import { toEntryHash, toGenesisHash, type ChainedEntry } from '../../src/store/hash-chain.ts';
import { toRow } from '../../src/store/run-rows.ts';
import {
  approver,
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleProposed,
  sha256,
} from '../../test/support/proposal.ts';

const runsAtOnce = 100;
const end: RunEvent = { type: 'ended', ending: 'completed', verdict: 'held', why: '' };
/** Names stand as commitments in the journal. */
const committed = { ...approver, name: 'name:0' };

export type Seeded = {
  readonly sql: Kysely<Tables>;
  readonly sealKey: Buffer;
  readonly runs: number;
  readonly services: number;
  /** When the newest was proposed, ms since the epoch. */
  readonly until: number;
};

/** Writes runs that have ended as the bot would have written them, one every five minutes, many in a statement. Gives how many entries they have. */
export async function seedHistory({
  sql,
  sealKey,
  runs,
  services,
  until,
}: Seeded): Promise<number> {
  const seal = createChargeSeal(sealKey);
  let before = { sequence: 0, hash: toFirstHash(sha256) };
  await sql.transaction().execute(async (transaction) => {
    await raw`alter table runs disable trigger user`.execute(transaction);
    let writing = Promise.resolve();
    for (let start = 0; start < runs; start += runsAtOnce) {
      const { length } = Array.from({ length: Math.min(runsAtOnce, runs - start) });
      const chains = Array.from({ length }, (_, index) => toChain(start + index));
      const folded = chains.map((chain) => foldRun(chain));
      const anchors = chains.flat().map((entry) => (before = toAnchor(entry, before)));
      const rows = {
        runs: folded.map(toRow),
        journal: chains.flat().map(toJournalRow),
        anchors: anchors.map(toAnchorRow),
        charges: folded.map((run) => toChargeRow(run, seal) ?? {}),
      };
      // The database writes these while the next are made.
      await writing;
      writing = insertAll(rows);
    }
    await writing;
    await raw`alter table runs enable trigger user`.execute(transaction);

    async function insertAll(tables: object): Promise<void> {
      for (const [table, rows] of Object.entries(tables)) await insert(table, rows);
    }

    async function insert(table: string, rows: unknown): Promise<void> {
      await raw`insert into ${raw.table(table)}
        select * from json_populate_recordset(null::${raw.table(table)}, ${JSON.stringify(rows)}::json)
      `.execute(transaction);
    }
  });
  for (const table of ['runs', 'journal', 'anchors', 'charges'])
    await raw`analyze ${raw.table(table)}`.execute(sql);
  return before.sequence;

  function toChain(number: number): readonly ChainedEntry[] {
    const proposedAt = until - (runs - number) * 300_000;
    const { service } = sampleProposal();
    const proposed = sampleProposed({
      proposedAt,
      service: { ...service, name: `service-${number % services}` },
    });
    const during = sampleMeasurement({ sent: 600, good: 600 - (number % 50) });
    const course = sampleCourse({ during }).map((event) =>
      event.type === 'approved' ? { ...event, by: committed, digest: proposed.digest } : event,
    );
    return chain(`r-${(number + 36 ** 5).toString(36)}` as RunId, proposedAt, [
      proposed,
      ...course,
      end,
    ]);
  }
}

function chain(
  runId: RunId,
  proposedAt: number,
  events: readonly RunEvent[],
): readonly ChainedEntry[] {
  let previousHash = toGenesisHash(runId, sha256);
  return events.map((event, index) => {
    const entry = { runId, sequence: index + 1, at: proposedAt + index * 10_000, event };
    const hash = toEntryHash(entry, previousHash, sha256);
    const chained = { ...entry, previousHash, hash };
    previousHash = hash;
    return chained;
  });
}

function toAnchor(
  { runId, sequence, hash }: ChainedEntry,
  before: Pick<Anchor, 'sequence' | 'hash'>,
): Anchor {
  const anchor = {
    sequence: before.sequence + 1,
    runId,
    entrySequence: sequence,
    entryHash: hash,
    previousHash: before.hash,
    hash: '',
  };
  return { ...anchor, hash: toAnchorHash(anchor, sha256) };
}

const toJournalRow = ({ runId, sequence, at, event, previousHash, hash }: ChainedEntry) => ({
  run_id: runId,
  sequence,
  at,
  event: JSON.stringify(event),
  previous_hash: previousHash,
  hash,
});

const toAnchorRow = (anchor: Anchor) => ({
  sequence: anchor.sequence,
  run_id: anchor.runId,
  entry_sequence: anchor.entrySequence,
  entry_hash: anchor.entryHash,
  previous_hash: anchor.previousHash,
  hash: anchor.hash,
});
