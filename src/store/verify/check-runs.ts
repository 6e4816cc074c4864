import type { AuditProblem, RowDifference } from '../../domain/audit.ts';
import type { RunId } from '../../domain/ids.ts';
import { mapNames } from '../../domain/map-names.ts';
import { listCommitments } from '../people.ts';
import { compareRow, type KeptRow } from './compare-row.ts';
import type { JournalPages, PlacedEntry } from './journal-pages.ts';
import { findBroken, type Verification } from './verification.ts';

/** So many runs are asked for in a statement. */
const runsAtOnce = 100;

export type CheckedRuns = {
  runs: number;
  entries: number;
  /** A run whose entries are not what was written, or not as many as its row says. */
  broken?: AuditProblem;
  /** Entries of a run that has no row. */
  stray?: AuditProblem;
  /** An entry that was put in is not among the anchors. */
  unanchored?: AuditProblem;
  /** The first entry with a name that is asked for. */
  named?: Pick<AuditProblem, 'runId' | 'sequence'>;
  readonly differences: RowDifference[];
};

/**
 * Verifies the chain of every run, and its row against what the chain folds to. Goes on from where this was done before with the runs that were written to
 * since then, `runIds`. `names` are commitments to look for.
 */
export async function checkRuns(
  { names, runIds }: { readonly names: ReadonlySet<string>; readonly runIds: ReadonlySet<RunId> },
  verification: Verification,
): Promise<CheckedRuns> {
  const { pages, since } = verification;
  const { runs = 0, entries = 0 } = since ?? {};
  const checked: CheckedRuns = { runs, entries, differences: [] };
  if (!since) {
    await checkChains(pages.entries(), { checked, names, ...verification });
    await findEmpty(checked, verification);
    return checked;
  }
  const again = [...new Set([...runIds, ...since.runIds])];
  for (let start = 0; start < again.length; start += runsAtOnce)
    await checkChains(pages.entries(again.slice(start, start + runsAtOnce)), {
      checked,
      names,
      ...verification,
    });
  return checked;
}

type Checking = Verification & {
  readonly checked: CheckedRuns;
  readonly names: ReadonlySet<string>;
};

async function checkChains(
  entries: ReturnType<JournalPages['entries']>,
  checking: Checking,
): Promise<void> {
  const { pages, turns } = checking;
  for await (const chains of groupByRun(entries)) {
    const ids = chains.flatMap(([first]) => first?.entry.runId ?? []);
    const rows = new Map((await pages.rows(ids)).map((kept) => [kept.row.id, kept]));
    await turns.give();
    for (const [index, chain] of chains.entries()) {
      const row = rows.get(ids[index] ?? '');
      await checkChain(chain, checking);
      await checkRow(chain, row, checking);
    }
  }
}

async function findEmpty(checked: CheckedRuns, { pages }: Verification): Promise<void> {
  for await (const page of pages.runs())
    for (const { id, version, hasEntries } of page)
      if (!hasEntries) checked.broken ??= toWrongLength(id, 0, version);
}

/** The chains that are complete with each page: the last one of a page may go on in the next. */
async function* groupByRun(
  pages: ReturnType<JournalPages['entries']>,
): AsyncGenerator<readonly (readonly PlacedEntry[])[]> {
  let last: readonly PlacedEntry[] = [];
  for await (const page of pages) {
    const chains = [...Map.groupBy([...last, ...page], ({ entry }) => entry.runId).values()];
    last = chains.pop() ?? [];
    yield chains;
  }
  if (last.length > 0) yield [last];
}

async function checkChain(
  chain: readonly PlacedEntry[],
  { head, since, names, checked, ...verification }: Checking,
): Promise<void> {
  const newest = head?.sequence ?? 0;
  const judged = chain.filter(({ place }) => place === null || place <= newest);
  const entries = judged.map(({ entry }) => entry);
  const before = since?.anchor.sequence ?? 0;
  const known = judged.filter(({ place }) => place !== null && place <= before).length;
  if (entries.length > 0 && known === 0) checked.runs += 1;
  checked.entries += entries.length - known;
  const broken = await findBroken(entries, verification);
  if (broken) checked.broken ??= toBroken(broken);
  const loose = judged.find(({ place }) => place === null)?.entry;
  if (loose) checked.unanchored ??= toUnanchored(loose);
  if (names.size === 0 || checked.named) return;
  const named = entries.find(({ event }) =>
    listCommitments([event], mapNames).some((name) => names.has(name)),
  );
  if (named) checked.named = { runId: named.runId, sequence: named.sequence };
}

/** What differs may only have been written between two readings: it is read again, at one moment. */
async function checkRow(
  chain: readonly PlacedEntry[],
  kept: KeptRow | undefined,
  { checked, pages, turns }: Verification & { readonly checked: CheckedRuns },
): Promise<void> {
  const id = chain[0]?.entry.runId;
  if (id === undefined) return;
  const entries = chain.map(({ entry }) => entry);
  await turns.offer();
  if (kept && compareRow(kept, entries).isSame) return;
  const again = await pages.record(id);
  await turns.give();
  if (!again.kept) {
    const what = 'there are entries of a run that is not there';
    checked.stray ??= { runId: id, sequence: 1, what };
    return;
  }
  const { length } = again.entries;
  const { version } = again.kept.row;
  if (length !== version) checked.broken ??= toWrongLength(id, length, version);
  checked.differences.push(...compareRow(again.kept, again.entries).differences);
}

function toBroken({ runId, sequence }: PlacedEntry['entry']): AuditProblem {
  return { runId, sequence, what: 'the entry is not what was written, or not where' };
}

function toUnanchored({ runId, sequence }: PlacedEntry['entry']): AuditProblem {
  return { runId, sequence, what: 'the entry was never chained to the others' };
}

function toWrongLength(runId: RunId, length: number, version: number): AuditProblem {
  const what = `the journal has ${length} entries, and the run is at ${version}`;
  return { runId, sequence: Math.min(length, version) + 1, what };
}
