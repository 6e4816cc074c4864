import type { SecondMeasurement } from '../../src/domain/measurement.ts';

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Ten predictions a second, each good with the availability of its second. */
export function createStream(
  seed: number,
  seconds: number,
  availabilityAt: (second: number) => number,
): readonly SecondMeasurement[] {
  const random = createRandom(seed);
  return Array.from({ length: seconds }, (_, second) => {
    let good = 0;
    for (let index = 0; index < 10; index += 1) if (random() < availabilityAt(second)) good += 1;
    return { at: second * 1_000, sent: 10, good, failures: {} };
  });
}
