/** When a fault began or ended: at `at`, which is known where all three are equal; otherwise at some time from `notBefore` until `notAfter`. Ms since the epoch. */
export type FaultTime = {
  readonly at: number;
  readonly notBefore: number;
  readonly notAfter: number;
};

/** Returns a time that is known. */
export const toKnownTime = (at: number): FaultTime => ({ at, notBefore: at, notAfter: at });

/** How many parts an unknown time is divided into. */
const parts = 12;

/** Returns times spread evenly over those at which it may have been; none where it is known. */
export function listPossibleTimes({ notBefore, notAfter }: FaultTime): readonly number[] {
  if (notBefore >= notAfter) return [];
  const partMs = (notAfter - notBefore) / parts;
  return Array.from({ length: parts + 1 }, (_, index) => notBefore + index * partMs);
}
