import { hadRecovered } from './had-recovered.ts';
import { joinSeconds } from './join-seconds.ts';
import { findEnd, type SecondMeasurement } from './measurement.ts';
import type { Run } from './run.ts';

/**
 * Returns all seconds of a run, oldest first. In a run of hours, what is left of a merged minute is told by what other phases have of it second by second: seconds
 * are the same wherever they are counted only if they are taken from here.
 */
export function listAllSeconds({
  baseline,
  observed,
  recovered,
}: Run): readonly SecondMeasurement[] {
  const phases = [baseline, observed, recovered];
  return joinSeconds(phases.flatMap((phase) => (phase ? [phase.measurement] : [])));
}

/** Returns the seconds since the request for the start, oldest first. */
export function listSeconds(run: Run): readonly SecondMeasurement[] {
  const from = run.startRequestedAt ?? Number.POSITIVE_INFINITY;
  return listAllSeconds(run).filter(({ at }) => at >= from);
}

/** Returns those from the beginning of the fault until the service had recovered, or the end of the run where it had not. */
export function listFaultSeconds(run: Run): readonly SecondMeasurement[] {
  const { observed, recovered } = run;
  const from = observed?.measurement.startedAt ?? Number.NEGATIVE_INFINITY;
  const until =
    recovered && hadRecovered(run) ? recovered.measurement.startedAt : Number.POSITIVE_INFINITY;
  return listSeconds(run).filter((second) => findEnd(second) > from && second.at < until);
}
