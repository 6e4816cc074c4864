/** Somebody in the lab's tenant. */
export type LabPerson = {
  readonly id: string;
  readonly name: string;
  readonly aadObjectId: string;
  /** What the catalogue makes of them, for people who choose whom to act as. */
  readonly role: 'proposer' | 'approver' | 'colleague';
};

const tenant = '5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e10';
const toObjectId = (number: number) => `${tenant.slice(0, -2)}${number}`;

/** Who the playground speaks as until somebody chooses otherwise. */
export const currentPerson: LabPerson = {
  id: 'alex',
  name: 'Alex Rivera',
  aadObjectId: toObjectId(11),
  role: 'proposer',
};

/** The others; the playground wants exactly five. Approvers are those of chaos.yaml. */
export const colleagues: readonly LabPerson[] = [
  { id: 'priya', name: 'Priya Nair', aadObjectId: toObjectId(12), role: 'approver' },
  { id: 'jonas', name: 'Jonas Berg', aadObjectId: toObjectId(13), role: 'approver' },
  { id: 'mei', name: 'Mei Lin', aadObjectId: toObjectId(14), role: 'colleague' },
  { id: 'sam', name: 'Sam Okafor', aadObjectId: toObjectId(15), role: 'colleague' },
  { id: 'ana', name: 'Ana Costa', aadObjectId: toObjectId(16), role: 'colleague' },
];

export const tenantId = tenant;
export const people: readonly LabPerson[] = [currentPerson, ...colleagues];
export const botAccount = { id: 'chaos-marshal', name: 'Chaos Marshal' } as const;
