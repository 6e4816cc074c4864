import { findEnd, type SecondMeasurement } from './measurement.ts';
import { findIndexFrom } from './slice-seconds.ts';

/**
 * A service is well when it answers so many predictions in a row, and so many for each of its pods, for so long, without a failure. If one pod were broken, it
 * would have received some of them.
 */
const wellPredictions = 30;
const wellPerPod = 5;
const wellMs = 3_000;

/**
 * Returns a function that finds when a service had been well for a while since a moment; infinite where it was not, or nobody measured it. Seconds are in order,
 * times ms since the epoch. `pods`: how many the service has.
 */
export function createWellAgain(
  seconds: readonly SecondMeasurement[],
  pods: number,
): (at: number) => number {
  const found = new Map<number, number>();
  const enough = Math.max(wellPredictions, wellPerPod * pods);
  return (at) => {
    const known = found.get(at) ?? findWellAgain(seconds, at, enough);
    found.set(at, known);
    return known;
  };
}

function findWellAgain(seconds: readonly SecondMeasurement[], at: number, enough: number): number {
  let since = Infinity;
  let counted = 0;
  let last = at;
  for (let index = findIndexFrom(seconds, at); index < seconds.length; index += 1) {
    const second = seconds[index] as SecondMeasurement;
    if (!isWell(second) || second.at > last) [since, counted] = [Infinity, 0];
    last = findEnd(second);
    if (!isWell(second)) continue;
    since = Math.min(since, second.at);
    counted += second.sent;
    if (counted >= enough && last - since >= wellMs) return last;
  }
  return Infinity;
}

function isWell({ sent, good, unmeasured = 0 }: SecondMeasurement): boolean {
  return sent > 0 && good === sent && unmeasured === 0;
}
