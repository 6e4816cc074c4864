import { toBreakMs } from './guard.ts';
import { findEnd, type Gap, type SecondMeasurement } from './measurement.ts';
import { countLost, type Counted } from './prediction-stream.ts';

/** A span in which nothing was measured for so long that failures before and after it are not in a row. Times are ms since the epoch. */
export type Break = Pick<Gap, 'from' | 'until'>;

type Second = Counted & Pick<SecondMeasurement, 'at' | 'spanMs'>;

type Measured = {
  readonly seconds: readonly SecondMeasurement[];
  readonly gaps: readonly Gap[];
  readonly ratePerSecond: number;
};

/** Returns the breaks among the gaps that are known and the seconds in which nothing was measured, oldest first. */
export function listBreaks({ seconds, gaps, ratePerSecond }: Measured): readonly Break[] {
  const unmeasured = seconds.filter((second) => second.sent === 0 && (second.unmeasured ?? 0) > 0);
  const spans = [
    ...gaps,
    ...unmeasured.map((second) => ({ from: second.at, until: findEnd(second) })),
  ];
  const joined: Break[] = [];
  for (const { from, until } of spans.toSorted((one, other) => one.from - other.from)) {
    const last = joined.at(-1);
    if (last && from <= last.until)
      joined[joined.length - 1] = { from: last.from, until: Math.max(last.until, until) };
    else joined.push({ from, until });
  }
  const leastMs = toBreakMs(ratePerSecond);
  return joined.filter(({ from, until }) => until - from >= leastMs);
}

/** Returns seconds with predictions in the spans between the breaks. A second in which a break begins is before it. */
function splitAtBreaks(
  seconds: readonly Second[],
  breaks: readonly Break[],
): readonly (readonly Second[])[] {
  const measured = seconds.filter(({ sent }) => sent > 0);
  const parts = Map.groupBy(measured, ({ at }) => breaks.filter(({ from }) => from <= at).length);
  return [...parts.values()];
}

/** Returns how many predictions in a row were not good by now, counted in whole seconds without a good one. */
export function countConsecutiveLost(seconds: readonly Second[], breaks: readonly Break[]): number {
  const last = splitAtBreaks(seconds, breaks).at(-1) ?? [];
  const lastGood = last.findLastIndex(({ good }) => good > 0);
  return countLost(last.slice(lastGood + 1));
}

/** Returns the least and the most predictions that can have been lost in a row: their order within a second is not recorded. */
export function boundLongestRow(
  seconds: readonly Second[],
  breaks: readonly Break[],
): { readonly least: number; readonly most: number } {
  const bounds = splitAtBreaks(seconds, breaks).map((part) => boundUnbroken(part, breaks));
  return {
    least: Math.max(0, ...bounds.map(({ least }) => least)),
    most: Math.max(0, ...bounds.map(({ most }) => most)),
  };
}

function boundUnbroken(seconds: readonly Second[], breaks: readonly Break[]) {
  let [least, most] = [0, 0];
  let [whole, ending] = [0, 0];
  for (const second of seconds) {
    const { sent, good } = second;
    const lost = sent - good;
    // In a minute that is recorded as a whole, losses may be on both sides of a break.
    const cuts = breaks.filter(({ from, until }) => from > second.at && until < findEnd(second));
    const row = Math.ceil(lost / (good + cuts.length + 1));
    whole = good > 0 || cuts.length > 0 ? 0 : whole + lost;
    least = Math.max(least, whole, row);
    most = Math.max(most, ending + lost);
    ending = good > 0 ? lost : ending + lost;
  }
  return { least, most };
}
