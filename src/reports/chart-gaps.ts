import { unmeasuredLabels } from '../domain/describe-gaps.ts';
import { labelSightGapCause } from '../domain/describe-sight-gaps.ts';
import type { Sheet } from './chart-layout.ts';
import type { Bar } from './chart-series.ts';

/** A gap and its reason in a word or two. */
type Unseen = { readonly from: number; readonly until: number; readonly label: string };

const looks = {
  long: { look: { colour: 'muted', style: 'hatched' } },
  // A hatched bar that is so narrow is a black line over all else.
  short: { look: { colour: 'muted', style: 'solid' }, place: [0, 0.07] },
} as const satisfies Record<string, Pick<Bar, 'look' | 'place'>>;

/** What a chart, or something on it, spans; ms since the epoch. */
export type ChartSpan = Pick<Sheet, 'from' | 'until'>;

/** Part of the width of a chart, below which no hatching can be seen. */
const shortestHatched = 0.01;
const shortestHatchedMs = 1_000;

/** Whether a gap is too short on this span to be drawn as more than a tick at the top. */
export function isShortGap(gap: ChartSpan, span: ChartSpan): boolean {
  const leastMs = Math.max(shortestHatchedMs, shortestHatched * (span.until - span.from));
  return gap.until - gap.from < leastMs;
}

/** A hatched bar over each span in which predictions were not measured, with its reason where there is room for it, and a tick where it is short. */
export function toGapBars(sheet: Sheet): readonly Bar[] {
  const { gaps } = sheet.report.course;
  return toUnseenBars(
    gaps.map(({ from, until, reason }) => ({ from, until, label: unmeasuredLabels[reason] })),
    sheet,
  );
}

/** The same over each span in which pods were not seen. */
export function toSightGapBars(sheet: Sheet): readonly Bar[] {
  const { sightGaps } = sheet.report.course;
  return toUnseenBars(
    sightGaps.map(({ from, until, cause }) => ({ from, until, label: labelSightGapCause(cause) })),
    sheet,
  );
}

const tickPixels = 3;

function toUnseenBars(gaps: readonly Unseen[], sheet: Sheet): readonly Bar[] {
  const { zero } = sheet;
  const pixelMs = toPixelMs(sheet);
  const { short = [], long = [] } = Object.groupBy(gaps, (gap) =>
    isShortGap(gap, sheet) ? 'short' : 'long',
  );
  const bars = joinForChart(long, sheet).map(({ from, until, label }): Bar => {
    const hasRoom = label.length * 7 * pixelMs < until - from;
    return { from: from - zero, until: until - zero, ...looks.long, ...(hasRoom ? { label } : {}) };
  });
  const ticks = joinForChart(short, sheet).map(({ from, until }): Bar => ({
    from: from - zero,
    until: Math.max(until, from + tickPixels * pixelMs) - zero,
    ...looks.short,
  }));
  return [...bars, ...ticks];
}

/** Gaps that are drawn over each other, or closer than a pixel, are one; its reason is that of the longest. */
function joinForChart(gaps: readonly Unseen[], sheet: Sheet): readonly Unseen[] {
  const { from: first, until: end } = sheet;
  const pixelMs = toPixelMs(sheet);
  const joined: Unseen[] = [];
  for (const { from, until, label } of gaps) {
    const here = { label, from: Math.max(first, from), until: Math.min(end, until) };
    const last = joined.at(-1);
    if (here.until <= here.from) continue;
    if (last && here.from - last.until < pixelMs) joined[joined.length - 1] = join(last, here);
    else joined.push(here);
  }
  return joined;
}

function join(one: Unseen, next: Unseen): Unseen {
  const longer = next.until - next.from > one.until - one.from ? next : one;
  return { ...longer, from: one.from, until: Math.max(one.until, next.until) };
}

function toPixelMs({ layout, from, until }: Sheet): number {
  return (until - from) / (layout.width - layout.left - layout.right);
}
