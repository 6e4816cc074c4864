import { findFutileTrip, isCarriedStill } from './ended-early.ts';
import type { DatedTrip } from './guard.ts';
import { printClock } from './print-time.ts';
import type { Run } from './run.ts';

/** Says when a guard of a run tripped, why, and that it ended nothing where that is so: `availability was 40 % over the last 10s, at 10:02:03 UTC` */
export function describeTrip(run: Run, trip: DatedTrip): string {
  const { reason, at } = trip;
  const when = `${printClock(at)} UTC`;
  switch (findFutileTrip(run)?.why) {
    case 'late': {
      const end = isCarriedStill(run, trip) ? 'its execution was over' : 'the fault had ended';
      return `${reason}, known at ${when}, after ${end}`;
    }
    case 'refused':
      return `${reason}, at ${when}; Azure did not end the fault`;
    case 'unaccepted':
      return `${reason}, at ${when}; Azure accepted no request to end the fault in time`;
    case undefined:
      return `${reason}, at ${when}`;
  }
}

/** What a guard that tripped did to its run. */
export type TripEffect =
  'ended the fault' | 'called off the fault' | 'ended the rehearsal' | 'ended nothing';

/** Returns what the guard that tripped did to its run. A fault is called off where its start was, or where Azure knows of none. */
export function toTripEffect(run: Run): TripEffect {
  if (findFutileTrip(run)) return 'ended nothing';
  if (run.proposal.rehearsal) return 'ended the rehearsal';
  const hasStarted = run.executionId !== undefined || run.faultSeen !== undefined;
  return hasStarted ? 'ended the fault' : 'called off the fault';
}
