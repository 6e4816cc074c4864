import { toPrice } from '../../src/domain/error-budget.ts';
import type { Run } from '../../src/domain/run.ts';
import { toSpending, type Charge } from '../../src/domain/spending.ts';
import type { ChargeFilter } from '../../src/runs/ports/run-store.ts';

/** What runs of a service were charged with when whole runs were read for it: what the store keeps for each run must add up to the same. */
export function foldCharges(
  runs: readonly Run[],
  { cluster, service, since }: ChargeFilter,
): readonly Charge[] {
  return runs
    .filter(
      ({ end, proposal: { service: other, rehearsal } }) =>
        end && !rehearsal && other.name === service && other.cluster === cluster,
    )
    .map((run) => ({ at: run.end?.at ?? run.phaseSince, ms: toChargedMs(run) }))
    .filter(({ at, ms }) => ms > 0 && at > since);
}

/** Of a fault that nobody could measure, the worst is assumed. */
function toChargedMs(run: Run): number {
  const mayHaveCost = run.faultActiveAt !== undefined || run.faultSeen !== undefined;
  return toSpending(run)?.ms ?? (mayHaveCost ? toPrice(run.proposal).totalMs : 0);
}
