import type { AuditProblem } from '../../domain/audit.ts';
import { toAnchorHash, toFirstHash, type Anchor } from '../anchors.ts';
import { freezesChain } from '../freeze-chain.ts';
import type { AnchoredHash } from './journal-pages.ts';
import type { Verification } from './verification.ts';

export type CheckedAnchors = {
  /** An anchor that does not follow the one before it. */
  readonly broken?: AuditProblem;
  /** An entry that was taken away is still among the anchors. */
  readonly missing?: AuditProblem;
  /** Which places in the chain of freezes have an anchor. */
  readonly freezes: ReadonlySet<number>;
};

/** Verifies the chain over all runs up to its head, and that each entry it names is there. `freezes` are the hashes of freezes by their place. */
export async function checkAnchors(
  freezes: ReadonlyMap<number, string>,
  { pages, head, sha256, turns }: Verification,
): Promise<CheckedAnchors> {
  let before: Anchor | undefined;
  let broken: Anchor | undefined;
  let missing: Anchor | undefined;
  const anchored = new Set<number>();
  for await (const page of pages.anchors(head?.sequence ?? 0))
    for (const anchor of page) {
      if (!follows(anchor, before)) broken ??= anchor;
      if (findWritten(anchor, freezes) !== anchor.entryHash) missing ??= anchor;
      if (anchor.runId === freezesChain) anchored.add(anchor.entrySequence);
      before = anchor;
      await turns.offer();
    }
  return {
    ...(broken ? { broken: toBroken(broken) } : {}),
    ...(missing ? { missing: toMissing(missing) } : {}),
    freezes: anchored,
  };

  function follows({ written: _found, ...anchor }: AnchoredHash, previous: Anchor | undefined) {
    const isInPlace =
      anchor.sequence === (previous?.sequence ?? 0) + 1 &&
      anchor.previousHash === (previous?.hash ?? toFirstHash(sha256));
    return isInPlace && anchor.hash === toAnchorHash(anchor, sha256);
  }
}

function findWritten(
  { runId, entrySequence, written }: AnchoredHash,
  freezes: ReadonlyMap<number, string>,
): string | null | undefined {
  return runId === freezesChain ? freezes.get(entrySequence) : written;
}

function toBroken({ sequence }: Anchor): AuditProblem {
  return { sequence, what: 'the chain over all runs is broken at this anchor' };
}

function toMissing({ runId, entrySequence }: Anchor): AuditProblem {
  return {
    runId,
    sequence: entrySequence,
    what: 'the entry was written and is gone, or is another',
  };
}
