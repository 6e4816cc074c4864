import type { ObjectId } from '../../../src/domain/ids.ts';
import type { Person } from '../../../src/domain/person.ts';
import { approver, proposer } from '../proposal.ts';

/** Who may approve. The proposer stands among them, and must never count. */
export const people: readonly Person[] = [
  proposer,
  ...[1, 2, 3].map((number) => ({
    ...approver,
    id: `44444444-0000-4000-8000-00000000000${number}` as ObjectId,
    name: `Approver ${number}`,
  })),
];
