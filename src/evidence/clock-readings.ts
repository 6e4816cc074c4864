/**
 * What another clock said, ms since any instant of its own, while ours went from `from` to `until`, ms since the epoch. Readings of one name are of one clock.
 */
export type ClockReading = {
  readonly name: string;
  readonly at: number;
  readonly from: number;
  readonly until: number;
};

/** Two clocks that are kept in step drift apart by less than this within an absence of hours, ms. */
const longestDriftMs = 1_000;

/** Returns whether ours was set back since `before`, as far as another clock shows that went on meanwhile, however long its answers took. */
export function wasSetBack(before: readonly ClockReading[], now: readonly ClockReading[]): boolean {
  return now.some(({ name, at, until }) => {
    const earlier = before.find((reading) => reading.name === name);
    const leastLead = at - until;
    return earlier !== undefined && leastLead - (earlier.at - earlier.from) > longestDriftMs;
  });
}
