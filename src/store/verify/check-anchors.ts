import type { AuditProblem } from '../../domain/audit.ts';
import type { RunId } from '../../domain/ids.ts';
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
  /** The runs that were written to since the mark from which this goes on; none when everything is verified. */
  readonly runIds: ReadonlySet<RunId>;
};

/**
 * Verifies the chain over all runs, from the beginning or from where it was verified before, up to its head, and that each entry it names is there. `freezes` are the hashes of freezes by their place.
 */
export async function checkAnchors(
  freezes: ReadonlyMap<number, string>,
  { pages, head, since, sha256, turns }: Verification,
): Promise<CheckedAnchors> {
  let before = since?.anchor;
  let broken: Anchor | undefined;
  let missing: Anchor | undefined;
  const anchored = new Set<number>();
  const runIds = new Set<RunId>();
  const until = before?.sequence ?? 0;
  for (const anchor of since ? await pages.freezeAnchors(until) : []) {
    if (freezes.get(anchor.entrySequence) !== anchor.entryHash) missing ??= anchor;
    anchored.add(anchor.entrySequence);
  }
  for await (const page of pages.anchors(until, head?.sequence ?? 0))
    for (const anchor of page) {
      if (!follows(anchor, before)) broken ??= anchor;
      if (findWritten(anchor, freezes) !== anchor.entryHash) missing ??= anchor;
      if (anchor.runId === freezesChain) anchored.add(anchor.entrySequence);
      else if (since) runIds.add(anchor.runId);
      before = anchor;
      await turns.offer();
    }
  return {
    ...(broken ? { broken: toBroken(broken) } : {}),
    ...(missing ? { missing: toMissing(missing) } : {}),
    freezes: anchored,
    runIds,
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
