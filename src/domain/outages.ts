import { addFailures } from './join-seconds.ts';
import { findEnd, type FailureCounts, type SecondMeasurement } from './measurement.ts';

/** A span in which predictions were lost: from the beginning of the first second with a loss to the end of the last. */
export type Outage = {
  readonly from: number;
  readonly until: number;
  readonly lost: number;
  readonly sent: number;
  readonly failures: FailureCounts;
};

/** Losses with no more than one good second between them belong together. */
const joinedWithinMs = 2_000;

/** The outages in these seconds, which are in order. */
export function findOutages(seconds: readonly SecondMeasurement[]): readonly Outage[] {
  const outages: Outage[] = [];
  for (const second of seconds) {
    const { at, sent, good, failures } = second;
    if (good === sent) continue;
    const here = { from: at, until: findEnd(second), lost: sent - good, sent, failures };
    const last = outages.at(-1);
    if (last && at - last.until < joinedWithinMs) outages[outages.length - 1] = join(last, here);
    else outages.push(here);
  }
  return outages;
}

function join(one: Outage, next: Outage): Outage {
  return {
    from: one.from,
    until: next.until,
    lost: one.lost + next.lost,
    sent: one.sent + next.sent,
    failures: addFailures(one.failures, next.failures),
  };
}
