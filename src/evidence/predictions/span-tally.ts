import type { DueEntry, DueHistory } from './due-history.ts';
import { cutGap } from './split-gap.ts';
import type { Tally, TallyState } from './tally.ts';

/** What was counted of a span that began at `from`: everything due before `until`. */
type Counted = { readonly from: number; until: number; readonly tally: Tally };

/** Two counts go on apart: one to what is known by now, one to the last whole second. */
type Purpose = 'shown' | 'kept';

/** Counts what was due in one span of time, each prediction once, although the span's beginning and its end may still be moved. */
export class SpanTally {
  readonly #history: DueHistory;
  /** Of what is not kept one by one any more. */
  readonly #folded: Tally;
  readonly #counted = new Map<Purpose, Counted>();
  /** The state of the span once it has ended and is settled. */
  #ended: { readonly until: number; readonly state: TallyState } | undefined;

  constructor(history: DueHistory, folded: Tally) {
    this.#history = history;
    this.#folded = folded;
  }

  /** Adds what is no longer kept one by one; of a gap the part that lies in the span. */
  fold(entry: DueEntry, from: number, until: number): void {
    const part = entry.kind === 'gap' ? { ...entry, ...cutGap(entry, from, until) } : entry;
    count(part, this.#folded);
  }

  /** What is settled of the span. */
  settled(from: number, until: number): Tally {
    return this.#count('shown', from, until).tally;
  }

  /** The same with what is known ahead of what was due earlier. */
  known(from: number, until: number): Tally {
    const settled = this.#count('shown', from, until);
    const tally = settled.tally.copy();
    for (const entry of this.#history.knownBetween(settled.until, until)) count(entry, tally);
    return tally;
  }

  /** What was due before `end`, to go on with; with `isOver` the span ends there. */
  encode(from: number, end: number, isOver: boolean): TallyState {
    if (this.#ended?.until === end) return this.#ended.state;
    const state = this.#count('kept', from, end).tally.state();
    if (isOver) this.#ended = { until: end, state };
    return state;
  }

  /** Continues the earlier count, unless the span begins elsewhere by now or ends before what was counted. */
  #count(purpose: Purpose, from: number, until: number): Counted {
    const end = Math.min(until, this.#history.knownUntil);
    const known = this.#counted.get(purpose);
    const isUsable = known !== undefined && known.from === from && known.until <= end;
    const counted = isUsable ? known : { from, until: from, tally: this.#folded.copy() };
    for (const entry of this.#history.between(counted.until, end)) count(entry, counted.tally);
    counted.until = Math.max(counted.until, end);
    this.#counted.set(purpose, counted);
    return counted;
  }
}

function count(entry: DueEntry, tally: Tally): void {
  if (entry.kind === 'measured') tally.record(entry);
  else tally.skip(entry);
}
