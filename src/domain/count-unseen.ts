import type { Run } from './run.ts';

/** Returns for how long of the time in which a fault was reported active nobody saw the pods, ms. */
export function countUnseenMs(run: Run): number {
  const { execution, startRequestedAt, observed, recovered, faultEndedAt = Infinity } = run;
  const from = execution?.startedAt ?? run.faultActiveAt ?? startRequestedAt ?? Infinity;
  const gaps = [observed, recovered].flatMap((phase) => phase?.measurement.pods.gaps ?? []);
  return gaps.reduce(
    (sum, gap) => sum + Math.max(0, Math.min(gap.until, faultEndedAt) - Math.max(gap.from, from)),
    0,
  );
}
