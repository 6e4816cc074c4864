import type { Attack } from './attack.ts';
import { bodyAttacks } from './attacks/bodies.ts';
import { identityAttacks } from './attacks/identities.ts';
import { requestAttacks } from './attacks/requests.ts';
import { rightsAttacks } from './attacks/rights.ts';

/** Every attack, in the order in which they are tried. */
export const attacks: readonly Attack[] = [
  ...bodyAttacks,
  ...identityAttacks,
  ...rightsAttacks,
  ...requestAttacks,
];
