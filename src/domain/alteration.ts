import { ChaosError } from './chaos-error.ts';
import type { RunId } from './ids.ts';

/**
 * How the database's record of a run differs from what was written: either the run's row is not what its journal folds to, or the
 * journal itself is not what was written. Only somebody with rights on the database can bring that about.
 */
export type Alteration =
  | {
      readonly kind: 'row';
      /** The fields of the row that differ from the journal. */
      readonly fields: readonly string[];
    }
  | {
      readonly kind: 'journal';
      /** The first entry of the run that is not what was written. */
      readonly sequence: number;
    };

type Recorded = { readonly id: RunId; readonly alteration?: Alteration };

const longestFieldList = 8;
/** Whoever altered the row chose the names of fields that do not belong there. */
const longestFieldName = 30;

/** Names what differs, as a clause. */
function describeAlteration(alteration: Alteration): string {
  if (alteration.kind === 'journal')
    return `entry ${alteration.sequence} of its journal is not what was written`;
  const { fields } = alteration;
  const named = fields
    .slice(0, longestFieldList)
    .map((name) => name.slice(0, longestFieldName))
    .join(', ');
  const more = fields.length - longestFieldList;
  const list = more > 0 ? `${named} and ${more} more` : named;
  return `its row in the database differs from its journal (${list})`;
}

/** Who has to do what about an altered record. */
export const alterationAdvice =
  'Somebody changed the database. Ask whoever administers it, and run `npm run audit -- verify` to see every difference.';

/** The warning that cards and reports of an altered run show; undefined for a run whose record is what was written. */
export function describeAlteredRecord({ alteration }: Recorded): string | undefined {
  if (!alteration) return undefined;
  const source =
    alteration.kind === 'row'
      ? 'What is shown here comes from the journal.'
      : "What is shown here can't be relied on.";
  return (
    `The record of this run was altered: ${describeAlteration(alteration)}. ${source} ` +
    `Nothing can be approved, started or judged for it; stop still works. ${alterationAdvice}`
  );
}

/** Throws `record-altered` for a run whose record is not what was written. */
export function requireIntact(run: Recorded): void {
  if (run.alteration) throw toRecordAltered(run);
}

/** Says that nothing is approved, started or judged for this run because its record was altered. */
export function toRecordAltered({ id, alteration }: Recorded): ChaosError {
  const what = alteration ? describeAlteration(alteration) : 'its record is not what was written';
  return new ChaosError(
    'record-altered',
    `Run ${id} can't be approved, started or judged: ${what}.`,
    { suggestion: `${alterationAdvice} Stop this run and propose the experiment again.` },
  );
}
