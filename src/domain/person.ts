import type { ObjectId } from './ids.ts';

/** Somebody in the conversation. Rights follow the object id and tenant, never the name. */
export type Person = {
  readonly id: ObjectId;
  readonly tenantId: string;
  readonly name: string;
};

/** Somebody whom the catalogue lets approve. */
export type Approver = Pick<Person, 'id' | 'name'>;
