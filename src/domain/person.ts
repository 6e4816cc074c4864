import type { ObjectId } from './ids.ts';

/** Somebody in the conversation. Rights follow the object id and tenant, never the name. */
export type Person = {
  readonly id: ObjectId;
  readonly tenantId: string;
  readonly name: string;
};

/** Gives what is to stand where somebody's name stands. */
export type ToName = (person: Approver) => string;

/** What stands where a name was, after it was erased. */
export const erasedName = '(name erased)';

/** What stands where a name was, when another one was written over it in the database. */
export const alteredName = '(name altered)';

/** Somebody whom the catalogue lets approve. */
export type Approver = Pick<Person, 'id' | 'name'>;

/** The same person under another name. */
export function rename<Named extends Approver>(person: Named, toName: ToName): Named {
  return { ...person, name: toName(person) };
}
