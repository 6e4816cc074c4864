import type { Gap, UnmeasuredCounts, UnmeasuredReason } from '../../domain/measurement.ts';

/** Beyond this many the last gap is widened: a machine that is short of breath all the time makes thousands. */
const mostGaps = 200;
/** Gaps of one cause that are closer than this are one. */
const joinedWithinMs = 1_000;

/** Collects the spans in which predictions were due and not measured, in order of due time. */
export class GapList {
  readonly #counts = new Map<UnmeasuredReason, number>();
  #gaps: Gap[] = [];

  add(gap: Gap): void {
    if (gap.due === 0) return;
    this.#counts.set(gap.reason, (this.#counts.get(gap.reason) ?? 0) + gap.due);
    const last = this.#gaps.at(-1);
    const isSame =
      last !== undefined && last.reason === gap.reason && gap.from - last.until < joinedWithinMs;
    if (last && (isSame || this.#gaps.length >= mostGaps))
      this.#gaps[this.#gaps.length - 1] = join(last, gap);
    else this.#gaps.push(gap);
  }

  /** Adds those of another list, which are later. */
  merge({ gaps = [], unmeasured = {} }: GapState): void {
    for (const gap of gaps) this.add(gap);
    // Widened gaps of several causes are listed under one of them; the counts by cause are exact.
    this.#counts.clear();
    for (const [reason, count] of Object.entries(unmeasured) as [UnmeasuredReason, number][])
      this.#counts.set(reason, count);
  }

  state(): GapState {
    if (this.#gaps.length === 0) return {};
    return { unmeasured: Object.fromEntries(this.#counts), gaps: [...this.#gaps] };
  }

  copy(): GapList {
    const copy = new GapList();
    copy.#gaps = [...this.#gaps];
    for (const [reason, count] of this.#counts) copy.#counts.set(reason, count);
    return copy;
  }
}

export type GapState = { readonly unmeasured?: UnmeasuredCounts; readonly gaps?: readonly Gap[] };

function join(one: Gap, next: Gap): Gap {
  return { ...one, until: Math.max(one.until, next.until), due: one.due + next.due };
}
