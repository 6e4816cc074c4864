import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { RunId } from '../../domain/ids.ts';
import type { Sha256 } from '../../domain/proposal.ts';
import { foldRun, type Run } from '../../domain/run.ts';
import type { Tables } from '../database.ts';
import { lockDecisions } from '../decisions-lock.ts';
import { parseRun, type RunRow } from '../run-rows.ts';
import { AnchorWatch } from './anchor-watch.ts';
import { listRowDifferences } from './row-differences.ts';
import { findUnsoundEntry, readRunChain, type RunChain } from './run-chain.ts';

/** What a run's record was when it was last found right: how far its journal went, and the hashes of its end and its row. */
type Known = { readonly version: number; readonly hash: string; readonly row: string };

/** A hundred bytes each. */
const mostKnown = 5_000;
const rowsPerTurn = 20;

/** How runs are read: `locked` when the caller holds the lock of decisions, so that nothing is written meanwhile. */
export type Reading = { readonly sql: Kysely<Tables>; readonly locked: boolean };

/**
 * Reads runs as their journal has them. A run's row is taken for what it says only while it is the row that this process verified or
 * wrote; any other row makes the run be folded from its journal, with its hashes and its anchors verified. Names stay commitments.
 */
export class RunRecords {
  readonly #sha256: Sha256;
  readonly #anchors: AnchorWatch;
  readonly #known = new Map<string, Known>();
  readonly #onAltered: (run: Run) => void;
  readonly #reported = new Set<string>();

  /** `onAltered` is called once for each way in which a run's record is found altered. */
  constructor(sha256: Sha256, onAltered: (run: Run) => void = () => undefined) {
    this.#sha256 = sha256;
    this.#onAltered = onAltered;
    this.#anchors = new AnchorWatch(sha256);
  }

  /** Verifies the chain over all runs, which later readings go on from. To be called before anything is written. */
  async start(sql: Kysely<Tables>): Promise<void> {
    await this.#anchors.follow(sql);
  }

  /** The runs of these rows. */
  async readRows(rows: readonly RunRow[], reading: Reading): Promise<Run[]> {
    const runs: (Run | undefined)[] = [];
    for (const [index, row] of rows.entries()) {
      const isKnown = this.#isKnown(row);
      runs.push(isKnown ? parseRun(row) : await this.#readUnknown(row.id, reading));
      // The embedded database answers without a pause, and a stop must not wait for a long list.
      if (!reading.locked && (!isKnown || index % rowsPerTurn === 0)) await nextTurn();
    }
    return runs.filter((run) => run !== undefined);
  }

  /** The run from its journal, verified anew up to its place in the chain over all runs. The caller holds the lock of decisions. */
  async readAfresh(runId: RunId, sql: Kysely<Tables>): Promise<Run | undefined> {
    await this.#anchors.follow(sql);
    return this.#report(await this.#readChain(runId, sql));
  }

  /** The run of this id; undefined when there is none. */
  async find(runId: RunId, reading: Reading): Promise<Run | undefined> {
    const row = await selectRow(runId, reading.sql);
    return row && this.#isKnown(row) ? parseRun(row) : this.#readUnknown(runId, reading);
  }

  /** Remembers a record that this process wrote and that is committed. */
  remember(row: RunRow, hash: string): void {
    this.#known.delete(row.id);
    this.#known.set(row.id, { version: row.version, hash, row: this.#hash(row) });
    if (this.#known.size <= mostKnown) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  /** What looks altered may only be half read, while somebody writes: it is read again when nobody does. */
  async #readUnknown(runId: string, { sql, locked }: Reading): Promise<Run | undefined> {
    const run = await this.#readChain(runId as RunId, sql);
    if (locked || !run?.alteration) return this.#report(run);
    return sql.transaction().execute(async (transaction) => {
      await lockDecisions(transaction);
      return this.#report(await this.#readChain(runId as RunId, transaction));
    });
  }

  #report(run: Run | undefined): Run | undefined {
    if (!run?.alteration) return run;
    const key = `${run.id} ${JSON.stringify(run.alteration)}`;
    if (!this.#reported.has(key)) this.#onAltered(run);
    this.#reported.add(key);
    return run;
  }

  async #readChain(runId: RunId, sql: Kysely<Tables>): Promise<Run | undefined> {
    const row = await selectRow(runId, sql);
    const chain = await readRunChain(runId, sql);
    if (!row && chain.entries.length === 0) return undefined;
    const sequence = this.#findUnsound(runId, chain);
    const folded = attempt(() => foldRun(chain.entries)) ?? (row && attempt(() => parseRun(row)));
    if (sequence !== undefined)
      return folded && { ...folded, alteration: { kind: 'journal', sequence } };
    if (!folded) return undefined;
    const fields = row
      ? listRowDifferences(row, folded).map(({ field }) => field)
      : ['the whole row'];
    if (fields.length > 0) return { ...folded, alteration: { kind: 'row', fields } };
    if (row) this.remember(row, chain.entries.at(-1)?.hash ?? '');
    return folded;
  }

  #findUnsound(runId: RunId, chain: RunChain): number | undefined {
    const unsound = findUnsoundEntry(chain, this.#sha256);
    if (unsound !== undefined) return unsound;
    const known = this.#known.get(runId);
    if (known && chain.entries[known.version - 1]?.hash !== known.hash) return known.version;
    const last = chain.anchors.at(-1)?.sequence ?? 0;
    return last < this.#anchors.brokenAt ? chain.entries.length + 1 : undefined;
  }

  #isKnown(row: RunRow): boolean {
    return this.#known.get(row.id)?.row === this.#hash(row);
  }

  #hash({ id, version, phase, conversation_id, proposed_at, run }: RunRow): string {
    return this.#sha256(
      JSON.stringify([id, version, phase, conversation_id, proposed_at, run.length]) + run,
    );
  }
}

async function selectRow(runId: RunId, sql: Kysely<Tables>): Promise<RunRow | undefined> {
  return sql.selectFrom('runs').selectAll().where('id', '=', runId).executeTakeFirst();
}

/** A record that was tampered with may neither fold nor parse. */
function attempt(read: () => Run): Run | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
