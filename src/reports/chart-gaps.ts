import { unmeasuredLabels } from '../domain/describe-gaps.ts';
import type { Gap } from '../domain/measurement.ts';
import type { Sheet } from './chart-layout.ts';
import type { Bar } from './chart-series.ts';

const look = { colour: 'muted', style: 'hatched' } as const;

/** A hatched bar over each span that was not measured, with its reason where there is room for it. */
export function toGapBars(sheet: Sheet): readonly Bar[] {
  const { zero } = sheet;
  const pixelMs = toPixelMs(sheet);
  return joinForChart(sheet).map(({ from, until, reason }): Bar => {
    const label = unmeasuredLabels[reason];
    const hasRoom = label.length * 7 * pixelMs < until - from;
    return { from: from - zero, until: until - zero, look, ...(hasRoom ? { label } : {}) };
  });
}

/** Gaps that are drawn over each other, or closer than a pixel, are one; its reason is that of the longest. */
function joinForChart(sheet: Sheet): readonly Gap[] {
  const { report, from: first, until: end } = sheet;
  const pixelMs = toPixelMs(sheet);
  const joined: Gap[] = [];
  for (const { from, until, ...gap } of report.course.gaps) {
    const here = { ...gap, from: Math.max(first, from), until: Math.min(end, until) };
    const last = joined.at(-1);
    if (here.until <= here.from) continue;
    if (last && here.from - last.until < pixelMs) joined[joined.length - 1] = join(last, here);
    else joined.push(here);
  }
  return joined;
}

function join(one: Gap, next: Gap): Gap {
  const longer = next.until - next.from > one.until - one.from ? next : one;
  return { ...longer, from: one.from, until: Math.max(one.until, next.until) };
}

function toPixelMs({ layout, from, until }: Sheet): number {
  return (until - from) / (layout.width - layout.left - layout.right);
}
