import type { AuditProblem, AuditReport, RowDifference } from '../domain/audit.ts';
import { mapFreezeName } from '../domain/freeze.ts';
import type { RunId } from '../domain/ids.ts';
import { mapNames } from '../domain/map-names.ts';
import type { Sha256 } from '../domain/proposal.ts';
import { foldRun, type Run } from '../domain/run.ts';
import { toAnchorHash, toFirstHash, type Anchor } from './anchors.ts';
import { freezesChain, toFreezeEntry, type FreezeRow } from './freeze-chain.ts';
import { findBrokenEntry, type ChainedEntry } from './hash-chain.ts';
import { listCommitments, toCommitment, type KeptName } from './people.ts';
import { listRowDifferences } from './records/row-differences.ts';
import type { RunRow } from './run-rows.ts';

/** Everything that is recorded, as it was read from the database in one transaction. */
export type JournalContent = {
  readonly runs: readonly RunRow[];
  /** Each run's entries in order. */
  readonly chains: ReadonlyMap<RunId, readonly ChainedEntry[]>;
  /** In the order in which they were written. */
  readonly freezes: readonly FreezeRow[];
  readonly anchors: readonly Anchor[];
  readonly names: readonly KeptName[];
};

/**
 * Says where the journal first is not what was written: an entry or a freeze changed, taken away, put in or moved, the end of a run cut off, or a run
 * removed; and names every field of a run's row that is not what its journal folds to. What this cannot see is that the newest entries of all were cut
 * off, anchors included: for that, compare `head` with one that was written down elsewhere.
 */
export function verifyJournal(content: JournalContent, sha256: Sha256): AuditReport {
  const { chains, anchors, freezes } = content;
  const differences = listDifferences(content);
  const problem =
    findBrokenAnchor(anchors, sha256) ??
    findBrokenRun(content, sha256) ??
    findBrokenFreeze(content, sha256) ??
    findUnanchored(content) ??
    findMissing(content) ??
    findOtherName(content, sha256) ??
    toRowProblem(differences);
  return {
    runs: chains.size,
    entries: Array.from(chains.values(), ({ length }) => length).reduce((sum, one) => sum + one, 0),
    ...(freezes.length > 0 ? { freezes: freezes.length } : {}),
    head: anchors.at(-1)?.hash ?? null,
    ...(problem ? { problem } : {}),
    ...(differences.length > 0 ? { differences } : {}),
  };
}

/** A journal that does not fold has its own problem, and no row to be compared with. */
function listDifferences({ runs, chains }: JournalContent): readonly RowDifference[] {
  return runs.flatMap((row) => {
    const run = tryFold(chains.get(row.id as RunId) ?? []);
    return run ? listRowDifferences(row, run) : [];
  });
}

function tryFold(entries: readonly ChainedEntry[]): Run | undefined {
  try {
    return foldRun(entries);
  } catch {
    return undefined;
  }
}

function toRowProblem(differences: readonly RowDifference[]): AuditProblem | undefined {
  const [first] = differences;
  if (!first) return undefined;
  const fields = differences.filter(({ runId }) => runId === first.runId);
  const names = fields.map(({ field }) => field).join(', ');
  const what = `the run's row in the database differs from its journal: ${names}`;
  return { runId: first.runId, sequence: 0, what };
}

function findBrokenAnchor(anchors: readonly Anchor[], sha256: Sha256): AuditProblem | undefined {
  const broken = anchors.find((anchor, index) => {
    const previous = anchors[index - 1]?.hash ?? toFirstHash(sha256);
    const inPlace = anchor.sequence === index + 1 && anchor.previousHash === previous;
    return !inPlace || anchor.hash !== toAnchorHash(anchor, sha256);
  });
  return (
    broken && {
      sequence: broken.sequence,
      what: 'the chain over all runs is broken at this anchor',
    }
  );
}

function findBrokenRun({ runs, chains }: JournalContent, sha256: Sha256): AuditProblem | undefined {
  for (const row of runs) {
    const [id, version] = [row.id as RunId, row.version];
    const chain = chains.get(id) ?? [];
    const broken = findBrokenEntry(chain, sha256);
    if (broken)
      return {
        runId: id,
        sequence: broken.sequence,
        what: 'the entry is not what was written, or not where',
      };
    if (chain.length !== version)
      return {
        runId: id,
        sequence: Math.min(chain.length, version) + 1,
        what: `the journal has ${chain.length} entries, and the run is at ${version}`,
      };
  }
  const stray = [...chains.keys()].find((id) => runs.every((run) => run.id !== id));
  return (
    stray && { runId: stray, sequence: 1, what: 'there are entries of a run that is not there' }
  );
}

/** Freezes are chained among themselves, and anchored with everything else. */
function findBrokenFreeze({ freezes }: JournalContent, sha256: Sha256): AuditProblem | undefined {
  const entries = freezes.map(toFreezeEntry);
  const loose = entries.indexOf(undefined);
  if (loose >= 0)
    return {
      runId: freezesChain,
      sequence: loose + 1,
      what: 'the freeze or unfreeze was put into the database by hand',
    };
  const broken = findBrokenEntry(
    entries.filter((entry) => entry !== undefined),
    sha256,
  );
  return (
    broken && {
      runId: freezesChain,
      sequence: broken.sequence,
      what: 'the freeze or unfreeze is not what was written, or not where',
    }
  );
}

/** An entry that was put in is not among the anchors. */
function findUnanchored(content: JournalContent): AuditProblem | undefined {
  const { anchors } = content;
  const anchored = new Set(anchors.map(({ runId, entrySequence }) => `${runId} ${entrySequence}`));
  for (const [runId, chain] of toAllChains(content)) {
    const loose = chain.find(({ sequence }) => !anchored.has(`${runId} ${sequence}`));
    if (loose)
      return { runId, sequence: loose.sequence, what: 'the entry was never chained to the others' };
  }
  return undefined;
}

/** An entry that was taken away is still among the anchors. */
function findMissing(content: JournalContent): AuditProblem | undefined {
  const chains = new Map(toAllChains(content));
  const gone = content.anchors.find(
    ({ runId, entrySequence, entryHash }) =>
      chains.get(runId)?.[entrySequence - 1]?.hash !== entryHash,
  );
  return (
    gone && {
      runId: gone.runId,
      sequence: gone.entrySequence,
      what: 'the entry was written and is gone, or is another',
    }
  );
}

type AnyChain = readonly { readonly sequence: number; readonly hash: string }[];

function toAllChains({ chains, freezes }: JournalContent): readonly (readonly [RunId, AnyChain])[] {
  const recorded = freezes.flatMap((row) => toFreezeEntry(row) ?? []);
  return [...chains, [freezesChain, recorded] as const];
}

/** A name that may be gone, but not become another. */
function findOtherName(content: JournalContent, sha256: Sha256): AuditProblem | undefined {
  const changed = content.names.filter((kept) => kept.commitment !== toCommitment(kept, sha256));
  if (changed.length === 0) return undefined;
  const named = new Set(changed.map(({ commitment }) => commitment));
  return {
    ...findNamed(content, named),
    what: 'the name of a person is not the one that was written',
  };
}

/** The first entry in which one of these commitments stands for a name. */
function findNamed(
  { chains, freezes }: JournalContent,
  named: ReadonlySet<string>,
): Pick<AuditProblem, 'runId' | 'sequence'> {
  const has = (commitments: readonly string[]) => commitments.some((one) => named.has(one));
  const entry = [...chains.values()]
    .flat()
    .find(({ event }) => has(listCommitments([event], mapNames)));
  if (entry) return { runId: entry.runId, sequence: entry.sequence };
  const frozen = freezes
    .flatMap((row) => toFreezeEntry(row) ?? [])
    .find(({ event }) => has(listCommitments([event.freeze], mapFreezeName)));
  return frozen ? { runId: frozen.runId, sequence: frozen.sequence } : { sequence: 0 };
}
