import { sum, toStakes, type Stake } from './at-stake.ts';
import { hadRecovered } from './had-recovered.ts';
import { listFaultSeconds, listSeconds } from './list-seconds.ts';
import type { SecondMeasurement } from './measurement.ts';
import type { Run } from './run.ts';
import { toSpending } from './spending.ts';

/** What was measured in a span of a run, and what failed of it. */
export type LossSpan = {
  /** Where it lies, ms since the epoch. */
  readonly from: number;
  readonly until: number;
  readonly lost: number;
  readonly sent: number;
  /** Seconds of which only what was due within it is counted, oldest first. */
  readonly seconds: readonly SecondMeasurement[];
};

/** What failed in a run, by the due time of each prediction. */
export type LossSpans = {
  /** From the request for the start to the beginning of the fault; absent where a journal does not tell. */
  readonly before?: LossSpan;
  /** From the beginning of the fault, or its end where nothing was measured under it, until the service had recovered; to the end of the run where it had not. */
  readonly fault: LossSpan;
  /** After the recovery; absent where there was none. */
  readonly later?: LossSpan;
};

/** Returns what failed before, under and after the fault of a run; undefined where that was not measured. */
export function toLossSpans(run: Run): LossSpans | undefined {
  const stakes = toStakes(run);
  if (!stakes) return toSpansBySeconds(run);
  const { before, fault, later } = stakes;
  return {
    before: toSpan(before),
    fault: toSpan(fault),
    ...(later ? { later: toSpan(later) } : {}),
  };
}

function toSpan({ from, until, parts, seconds }: Stake): LossSpan {
  const { sent, good } = sum(parts);
  return { from, until, lost: sent - good, sent, seconds };
}

/** The same for a run of which the time between the phases was not recorded, to the second. */
function toSpansBySeconds(run: Run): LossSpans | undefined {
  const { observed, recovered } = run;
  const spending = toSpending(run);
  if (!spending || !observed) return undefined;
  const isBack = recovered !== undefined && hadRecovered(run);
  const from = observed.measurement.startedAt;
  const until = isBack ? recovered.measurement.startedAt : Infinity;
  const { lost, sent } = spending;
  const { sent: laterSent = 0, good = 0 } = recovered?.measurement.predictions ?? {};
  const later = listSeconds(run).filter(({ at }) => at >= until);
  return {
    fault: { from, until, lost, sent, seconds: listFaultSeconds(run) },
    ...(isBack
      ? {
          later: {
            from: until,
            until: recovered.measurement.endedAt,
            lost: laterSent - good,
            sent: laterSent,
            seconds: later,
          },
        }
      : {}),
  };
}
