import type { Counted } from './prediction-stream.ts';

/** Returns for each prediction of a second whether it was good, the failed ones evenly among the good ones: their order is not recorded. */
export function spreadGood({ sent, good }: Counted): readonly boolean[] {
  const before = (index: number) => Math.floor((index * good) / sent);
  return Array.from({ length: sent }, (_, index) => before(index + 1) > before(index));
}
