import type { Gap } from '../../domain/measurement.ts';

/** Splits a gap at every multiple of `stepMs`, so that the parts add up to it. */
export function splitGap(gap: Gap, stepMs: number): readonly Gap[] {
  const parts: Gap[] = [];
  for (let from = gap.from; from < gap.until;) {
    const until = Math.min(gap.until, (Math.floor(from / stepMs) + 1) * stepMs);
    parts.push(cutGap(gap, from, until));
    from = until;
  }
  return parts.length === 0 ? [gap] : parts;
}

/** Returns the part of a gap from `from` until `until`. The parts between any cuts add up to the whole. */
export function cutGap(gap: Gap, from: number, until: number): Gap {
  const [start, end] = [Math.max(gap.from, from), Math.min(gap.until, until)];
  return { ...gap, from: start, until: end, due: countUntil(gap, end) - countUntil(gap, start) };
}

/** How many of them were due before `at`: they are spread evenly, the first at the beginning. */
function countUntil({ from, until, due }: Gap, at: number): number {
  return until <= from ? due : Math.ceil((due * (at - from)) / (until - from));
}
