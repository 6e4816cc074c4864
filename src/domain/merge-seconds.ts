import { addFailures } from './join-seconds.ts';
import { findEnd, type SecondMeasurement } from './measurement.ts';

const minuteMs = 60_000;
const mergeGoodAfterMs = 10 * minuteMs;
const mergeAllAfterMs = 60 * minuteMs;

/**
 * Seconds, in order, of which those that are old by now are one record for each minute: after ten minutes where nothing failed in it, after an hour in any case. The
 * prober does the same while it measures, so a guard that is shown these sees what it saw. Latencies are left out, since they cannot be joined.
 */
export function mergeSeconds(
  seconds: readonly SecondMeasurement[],
  now: number,
): SecondMeasurement[] {
  const byMinute = Map.groupBy(seconds, ({ at }) => Math.floor(at / minuteMs));
  return Array.from(byMinute, ([minute, parts]) => {
    const ageMs = now - (minute + 1) * minuteMs;
    const isGood = parts.every(({ sent, good }) => sent === good);
    return ageMs >= (isGood ? mergeGoodAfterMs : mergeAllAfterMs) ? [merge(parts)] : parts;
  }).flat();
}

function merge(parts: readonly SecondMeasurement[]): SecondMeasurement {
  const at = Math.min(...parts.map((part) => part.at));
  const sum = (of: (part: SecondMeasurement) => number) =>
    parts.reduce((all, part) => all + of(part), 0);
  const unmeasured = sum(({ unmeasured: count = 0 }) => count);
  return {
    at,
    ...(unmeasured === 0 ? {} : { unmeasured }),
    spanMs: Math.max(...parts.map(findEnd)) - at,
    sent: sum(({ sent }) => sent),
    good: sum(({ good }) => good),
    failures: parts.reduce((all, { failures }) => addFailures(all, failures), {}),
  };
}
