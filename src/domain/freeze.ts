import type { ObjectId } from './ids.ts';
import type { ToName } from './person.ts';

/** Who froze or unfroze: a person, or a tool that has no object id. */
export type Puller = { readonly name: string; readonly id?: ObjectId };

/** While it lasts nothing is approved and nothing is started. */
export type Freeze = {
  readonly at: number;
  readonly by: Puller;
  readonly reason?: string;
  /** The database has it only since it was back; `at` is when it was said. */
  readonly recordedLate?: true;
};

/** A freeze or its end, as it is recorded. */
export type FreezeEvent = { readonly type: 'freeze' | 'unfreeze'; readonly freeze: Freeze };

/** The freeze with the name of the person in it changed. A tool that froze has no id, and its name is nobody's. */
export function mapFreezeName(freeze: Freeze, toName: ToName): Freeze {
  const { id, name } = freeze.by;
  return id ? { ...freeze, by: { ...freeze.by, name: toName({ id, name }) } } : freeze;
}

/** In force while the record of freezes is not what was written: whether anything is frozen cannot be told, so everything is. */
export function toAlteredFreeze(at: number): Freeze {
  return {
    at,
    by: { name: 'Chaos Marshal' },
    reason:
      'the record of freezes in the database was altered. Run `npm run audit -- verify`; ' +
      'an approver can unfreeze once it is known what happened',
  };
}
