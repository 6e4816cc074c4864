import type { AuditProblem } from '../../domain/audit.ts';
import { mapFreezeName } from '../../domain/freeze.ts';
import { freezesChain, toFreezeEntry, type FreezeRow } from '../freeze-chain.ts';
import { listCommitments } from '../people.ts';
import { findBroken, type Verification } from './verification.ts';

/** The recorded freezes, and their hashes by their place. */
export type ReadFreezes = {
  readonly rows: readonly FreezeRow[];
  readonly hashes: ReadonlyMap<number, string>;
};

export type CheckedFreezes = {
  /** How many were judged. */
  readonly count: number;
  readonly broken?: AuditProblem;
  readonly unanchored?: AuditProblem;
};

/** People freeze rarely: all of them are kept while a verification goes on. */
export async function readFreezes({ pages }: Verification): Promise<ReadFreezes> {
  const rows: FreezeRow[] = [];
  for await (const page of pages.freezes()) rows.push(...page);
  // A backup from before freezes were chained has no place for them.
  const chained = rows.filter(({ place }) => place !== undefined);
  const entries = chained.flatMap((row) => toFreezeEntry(row) ?? []);
  return {
    rows: chained,
    hashes: new Map(entries.map(({ sequence, hash }) => [sequence, hash])),
  };
}

/** Freezes are chained among themselves, and anchored with everything else. `anchored` are the places that have an anchor up to the head. */
export async function checkFreezes(
  { rows }: ReadFreezes,
  anchored: ReadonlySet<number>,
  verification: Verification,
): Promise<CheckedFreezes> {
  const judged: FreezeRow[] = [];
  let loose: number | undefined;
  for (const row of rows) {
    const { place } = row;
    const isKnown = place !== null && anchored.has(place);
    const isNew = place !== null && !isKnown && (await verification.pages.isFreezeAnchored(place));
    if (isNew) continue;
    judged.push(row);
    if (!isKnown && place !== null) loose ??= place;
  }
  const broken = await findBrokenFreeze(judged, verification);
  const unanchored = loose === undefined ? undefined : toUnanchored(loose);
  return {
    count: judged.length,
    ...(broken ? { broken } : {}),
    ...(unanchored ? { unanchored } : {}),
  };
}

async function findBrokenFreeze(
  rows: readonly FreezeRow[],
  verification: Verification,
): Promise<AuditProblem | undefined> {
  const entries = rows.map(toFreezeEntry);
  const byHand = entries.indexOf(undefined);
  if (byHand >= 0)
    return {
      runId: freezesChain,
      sequence: byHand + 1,
      what: 'the freeze or unfreeze was put into the database by hand',
    };
  const chain = entries.filter((entry) => entry !== undefined);
  const broken = await findBroken(chain, verification);
  const what = 'the freeze or unfreeze is not what was written, or not where';
  return broken && { runId: freezesChain, sequence: broken.sequence, what };
}

function toUnanchored(sequence: number): AuditProblem {
  return { runId: freezesChain, sequence, what: 'the entry was never chained to the others' };
}

/** The first freeze in which one of these commitments stands for a name. */
export function findNamedFreeze(
  { rows }: ReadFreezes,
  names: ReadonlySet<string>,
): Pick<AuditProblem, 'runId' | 'sequence'> | undefined {
  const frozen = rows
    .flatMap((row) => toFreezeEntry(row) ?? [])
    .find(({ event }) =>
      listCommitments([event.freeze], mapFreezeName).some((name) => names.has(name)),
    );
  return frozen && { runId: frozen.runId, sequence: frozen.sequence };
}
