import type { Kysely } from 'kysely';
import { mapRunNames } from '../domain/map-names.ts';
import type { Sha256 } from '../domain/proposal.ts';
import type { Run } from '../domain/run.ts';
import type { Tables } from './database.ts';
import { putNamesBack } from './people.ts';

/** A run's row: it serves to find runs, and holds commitments where names were. */
export type RunRow = Tables['runs'];

/** The row of a run without names. */
export function toRow({ alteration: _found, ...run }: Run): RunRow {
  return {
    id: run.id,
    version: run.version,
    phase: run.phase,
    conversation_id: run.origin.conversationId,
    proposed_at: run.proposal.proposedAt,
    run: JSON.stringify(run),
  };
}

/** The run as its row has it, without names. */
export function parseRun({ run }: Pick<RunRow, 'run'>): Run {
  return JSON.parse(run) as Run;
}

/** The runs with people's names in them again. */
export function nameRuns(
  runs: readonly Run[],
  reading: { readonly sql: Kysely<Tables>; readonly sha256: Sha256 },
): Promise<Run[]> {
  return putNamesBack(runs, mapRunNames, reading);
}
