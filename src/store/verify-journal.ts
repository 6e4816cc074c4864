import type { AuditProblem, AuditReport } from '../domain/audit.ts';
import type { RunId } from '../domain/ids.ts';
import type { Sha256 } from '../domain/proposal.ts';
import { toAnchorHash, toFirstHash, type Anchor } from './anchors.ts';
import { toCommitment, type KeptName } from './people.ts';
import { findBrokenEntry, type ChainedEntry } from './hash-chain.ts';

/** Everything that is kept of runs, as it was read from the database in one transaction. */
export type JournalContent = {
  readonly runs: readonly { readonly id: RunId; readonly version: number }[];
  /** Each run's entries in order. */
  readonly chains: ReadonlyMap<RunId, readonly ChainedEntry[]>;
  readonly anchors: readonly Anchor[];
  readonly names: readonly KeptName[];
};

/**
 * Says where the journal first is not what was written: an entry changed, taken away, put in or moved, the end of a run cut off, or a run removed. What
 * this cannot see is that the newest entries of all were cut off, anchors included: for that, compare `head` with one that was written down elsewhere.
 */
export function verifyJournal(content: JournalContent, sha256: Sha256): AuditReport {
  const { chains, anchors } = content;
  const problem =
    findBrokenAnchor(anchors, sha256) ??
    findBrokenRun(content, sha256) ??
    findUnanchored(content) ??
    findMissing(content) ??
    findOtherName(content, sha256);
  return {
    runs: chains.size,
    entries: Array.from(chains.values(), ({ length }) => length).reduce((sum, one) => sum + one, 0),
    head: anchors.at(-1)?.hash ?? null,
    ...(problem ? { problem } : {}),
  };
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
  for (const { id, version } of runs) {
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

/** An entry that was put in is not among the anchors. */
function findUnanchored({ chains, anchors }: JournalContent): AuditProblem | undefined {
  const anchored = new Set(anchors.map(({ runId, entrySequence }) => `${runId} ${entrySequence}`));
  for (const [runId, chain] of chains) {
    const loose = chain.find(({ sequence }) => !anchored.has(`${runId} ${sequence}`));
    if (loose)
      return { runId, sequence: loose.sequence, what: 'the entry was never chained to the others' };
  }
  return undefined;
}

/** An entry that was taken away is still among the anchors. */
function findMissing({ chains, anchors }: JournalContent): AuditProblem | undefined {
  const gone = anchors.find(
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

/** A name that may be gone, but not become another. */
function findOtherName(
  { chains, names }: JournalContent,
  sha256: Sha256,
): AuditProblem | undefined {
  const changed = names.filter((kept) => kept.commitment !== toCommitment(kept, sha256));
  if (changed.length === 0) return undefined;
  const entries = [...chains.values()].flat();
  const named = changed.map(({ commitment }) => commitment);
  const first = entries.find(({ event }) =>
    named.some((commitment) => JSON.stringify(event).includes(commitment)),
  );
  return {
    ...(first ? { runId: first.runId } : {}),
    sequence: first?.sequence ?? 0,
    what: 'the name of a person is not the one that was written',
  };
}
