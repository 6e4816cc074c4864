import type { AuditProblem, AuditReport, RowDifference } from '../domain/audit.ts';
import { toCommitment } from './people.ts';
import { checkAnchors } from './verify/check-anchors.ts';
import { checkFreezes, findNamedFreeze, readFreezes } from './verify/check-freezes.ts';
import { checkRuns } from './verify/check-runs.ts';
import type { Verification } from './verify/verification.ts';

/**
 * Says where the journal first is not what was written: an entry or a freeze changed, taken away, put in or moved, the end of a run cut off, or a run
 * removed; and names every field of a run's row that is not what its journal folds to. What was written after the head is left to the next verification.
 * Names and freezes are verified each time; entries and rows of runs only where they were written since the verification that this one goes on from.
 * What this cannot see is that the newest entries of all were cut off, anchors included: for that, compare `head` with one that was written down elsewhere.
 */
export async function verifyJournal(verification: Verification): Promise<AuditReport> {
  const freezes = await readFreezes(verification);
  const changed = await listChangedNames(verification);
  const anchors = await checkAnchors(freezes.hashes, verification);
  const runs = await checkRuns({ names: changed, runIds: anchors.runIds }, verification);
  const checked = await checkFreezes(freezes, anchors.freezes, verification);
  const where = runs.named ?? findNamedFreeze(freezes, changed);
  const problem =
    anchors.broken ??
    runs.broken ??
    runs.stray ??
    checked.broken ??
    runs.unanchored ??
    checked.unanchored ??
    anchors.missing ??
    (changed.size > 0 ? toOtherName(where) : undefined) ??
    toRowProblem(runs.differences);
  return {
    runs: runs.runs,
    entries: runs.entries,
    ...(checked.count > 0 ? { freezes: checked.count } : {}),
    head: verification.head?.hash ?? null,
    ...(problem ? { problem } : {}),
    ...(runs.differences.length > 0 ? { differences: runs.differences } : {}),
  };
}

/** The commitments of names that became others. A name may be gone, but not become another. */
async function listChangedNames({
  pages,
  sha256,
  turns,
}: Verification): Promise<ReadonlySet<string>> {
  const changed = new Set<string>();
  for await (const page of pages.names())
    for (const kept of page) {
      if (kept.commitment !== toCommitment(kept, sha256)) changed.add(kept.commitment);
      await turns.offer();
    }
  return changed;
}

function toOtherName(
  where: Pick<AuditProblem, 'runId' | 'sequence'> = { sequence: 0 },
): AuditProblem {
  return { ...where, what: 'the name of a person is not the one that was written' };
}

function toRowProblem(differences: readonly RowDifference[]): AuditProblem | undefined {
  const [first] = differences;
  if (!first) return undefined;
  const fields = differences.filter(({ runId }) => runId === first.runId);
  const names = fields.map(({ field }) => field).join(', ');
  const what = `the run's row in the database differs from its journal: ${names}`;
  return { runId: first.runId, sequence: 0, what };
}
