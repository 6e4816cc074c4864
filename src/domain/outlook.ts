import type { Interval } from '../evidence/statistics/interval.ts';
import {
  toLengthForNextRunMs,
  type DeclaredPattern,
} from '../evidence/statistics/next-run-power.ts';
import {
  canOneRunTell,
  expectShare,
  toTellingLengthMs,
  toWorstOfProbability,
} from '../evidence/statistics/next-run.ts';
import { isPhaseCovered } from './coverage.ts';
import type { Tolerance } from './hypothesis.ts';
import { availabilityOf, type PhaseMeasurement } from './measurement.ts';
import { toObservation } from './observation.ts';
import { power } from './sample-size.ts';
import { wasInjectedAsApproved, type Run } from './run.ts';

/** What runs like these say of the next one: another question than what happened in this one. */
export type Outlook = {
  /** How many runs it rests on, this one included. */
  readonly runs: number;
  /** The lowest availability of these, and the probability that the next run is no worse. */
  readonly worst: number;
  readonly probability: number;
  /** Absent where the service has no declared longest outage. */
  readonly expected?: Expected;
};

export type Expected = {
  readonly longestOutageMs: number;
  /** How long outages are on average, as `needs` supposes. */
  readonly meanOutageMs: number;
  /** The 95% interval of the availability that runs like these have on average. */
  readonly interval: Interval;
  readonly bounds: readonly BoundOutlook[];
};

/** `too-short`: so much time could not show that the bound would hold, even if nothing failed in it. */
export type BoundFinding = 'would-hold' | 'would-deviate' | 'cannot-tell' | 'too-short';

export type BoundOutlook = {
  readonly tolerance: Tolerance;
  readonly finding: BoundFinding;
  /** How long must be watched in all without a failure, ms; null where no length is enough. */
  readonly leastMs: number | null;
  /** How long one run must be for an answer with the stated power, for supposed values; only lengths that none of these runs had. */
  readonly needs: readonly { readonly supposed: number; readonly ms: number }[];
};

/** Bursts of a mean of a third of the longest outage, as the simulations have them. */
const burstPart = 1 / 3;
const supposedParts = [0.2, 0.5] as const;

/**
 * Returns what this run and earlier ones of the same kind say of the next; undefined for a run that was cut short, of which too little was measured, or whose
 * fault was not seen or not as approved. Earlier ones of which too little was measured count for nothing.
 */
export function toOutlook(run: Run, earlier: readonly Run[]): Outlook | undefined {
  const { end, faultSeen, proposal } = run;
  const isInjected = faultSeen !== undefined && wasInjectedAsApproved(run);
  const isWhole = end?.ending === 'completed' && isInjected && !proposal.rehearsal;
  const measured = [run, ...earlier].flatMap(({ observed }) =>
    observed && speaks(observed.measurement, proposal) ? [observed.measurement] : [],
  );
  if (!isWhole || !run.observed || !speaks(run.observed.measurement, proposal)) return undefined;
  const shares = measured.map(({ predictions }) => availabilityOf(predictions) ?? 0);
  const { longestOutageMs } = proposal.service;
  return {
    runs: measured.length,
    worst: shares.reduce((one, other) => Math.min(one, other)),
    probability: toWorstOfProbability(measured.length),
    ...(longestOutageMs === undefined
      ? {}
      : {
          expected: toExpected(
            run,
            measured.map((each) => toObservation(each)),
            longestOutageMs,
          ),
        }),
  };
}

/** Whether enough of a phase was measured for it to speak for the time that it lasted. */
function speaks(measurement: PhaseMeasurement, { hypothesis }: Run['proposal']): boolean {
  return measurement.predictions.sent > 0 && isPhaseCovered(measurement, hypothesis);
}

function toExpected(
  { proposal }: Run,
  observations: readonly ReturnType<typeof toObservation>[],
  longestOutageMs: number,
): Expected {
  const { ratePerSecond } = proposal.service.scoring;
  const { interval } = expectShare(observations, { longestOutageMs, ratePerSecond });
  const lengths = observations.map(({ due }) => (due / ratePerSecond) * 1_000);
  const watched = {
    pattern: {
      burstMs: longestOutageMs * burstPart,
      background: 0,
      ratePerSecond,
      longestOutageMs,
    },
    watchedMs: lengths.reduce((sum, lengthMs) => sum + lengthMs, 0),
    longestMs: Math.max(...lengths),
  };
  const bounds = proposal.hypothesis.tolerances
    .filter(({ signal }) => signal === 'availability')
    .map((tolerance) => toBoundOutlook(tolerance, interval, watched));
  return { longestOutageMs, meanOutageMs: watched.pattern.burstMs, interval, bounds };
}

type Watched = {
  readonly pattern: DeclaredPattern;
  /** All runs together, and the longest of them. */
  readonly watchedMs: number;
  readonly longestMs: number;
};

function toBoundOutlook(
  tolerance: Tolerance,
  interval: Interval,
  { pattern, watchedMs, longestMs }: Watched,
): BoundOutlook {
  const { bound } = tolerance;
  const claim = { bound, longestOutageMs: pattern.longestOutageMs };
  const leastMs = toTellingLengthMs(claim);
  const isDecided = interval.lower >= bound || interval.upper < bound;
  const needs = supposedParts.flatMap((part) => {
    const supposed = 1 - part * (1 - bound);
    const ms = bound < 1 ? toLengthForNextRunMs({ bound, supposed, power }, pattern) : undefined;
    return ms === undefined || ms <= longestMs ? [] : [{ supposed, ms }];
  });
  return {
    tolerance,
    finding: findBound(interval, bound, canOneRunTell(claim, watchedMs)),
    leastMs: Number.isFinite(leastMs) ? leastMs : null,
    needs: isDecided ? [] : needs,
  };
}

function findBound({ lower, upper }: Interval, bound: number, canTell: boolean): BoundFinding {
  if (upper < bound) return 'would-deviate';
  if (lower >= bound) return 'would-hold';
  return canTell ? 'cannot-tell' : 'too-short';
}
