import type { PredictionMeasurement, SecondMeasurement } from '../../domain/measurement.ts';
import type { ResultBatch } from '../../domain/prediction-result.ts';
import { DueHistory, findDueAt, type DueEntry } from './due-history.ts';
import { SecondTally } from './second-tally.ts';
import { SpanTally } from './span-tally.ts';
import { Tally, type TallyState } from './tally.ts';

/**
 * For how long settled predictions are kept one by one: as far back the beginning of a span can be moved. What injects a fault may not answer for minutes
 * when it is asked when the fault ended.
 */
const keptForMs = 180_000;
/** Where few are sent, more of them are kept. */
const leastKept = 20_000;
/** How many are folded at a time: each fold copies what is left, and a large one blocks the event loop. */
const foldedAtOnce = 5_000;

export type LedgerOptions = {
  readonly ratePerSecond: number;
  /** For each, good predictions within it are counted. */
  readonly latencyLimitsMs: readonly number[];
  /** What was counted before a restart. */
  readonly resumeFrom?: LedgerState;
};

/** What a ledger holds of everything due before `until`, to go on with after a restart. */
export type LedgerState = {
  readonly until: number;
  readonly spans: readonly {
    readonly name: string;
    readonly from: number;
    readonly tally: TallyState;
  }[];
  readonly seconds: readonly SecondMeasurement[];
};

type Span = { readonly name: string; from: number; readonly counts: SpanTally };

/**
 * Accounts for every due prediction of a run, measured or not, in spans of due time that follow each other without a hole. A prediction belongs to the
 * span in which it was due, whenever its result is known. All times are ms since the epoch.
 */
export class PredictionLedger {
  readonly #options: LedgerOptions;
  readonly #history: DueHistory;
  readonly #seconds: SecondTally;
  readonly #spans: Span[];
  readonly #mostKept: number;
  #lastEndedAt: number | null = null;
  /** Since when there is something to account for; with a restart, the end of what was before. */
  #resumesAt: number | undefined;

  constructor(options: LedgerOptions) {
    const { ratePerSecond, resumeFrom } = options;
    this.#options = options;
    this.#mostKept = Math.max(leastKept, (ratePerSecond * keptForMs) / 1_000);
    this.#resumesAt = resumeFrom?.until;
    this.#history = new DueHistory({ ratePerSecond, since: resumeFrom?.until });
    this.#seconds = new SecondTally(resumeFrom?.seconds);
    this.#spans = (resumeFrom?.spans ?? []).map(({ name, from, tally }) => ({
      name,
      from,
      counts: new SpanTally(this.#history, Tally.from(tally)),
    }));
  }

  /** Takes results in and returns them as entries. Predictions that were due while the bot was away become a gap before the first of them. */
  take(batch: ResultBatch): readonly DueEntry[] {
    const entries = this.#history.take(this.#bridge(batch));
    for (const entry of entries) {
      if (entry.kind === 'gap') this.#seconds.skip(entry);
      else {
        this.#seconds.record(entry);
        this.#lastEndedAt = Math.max(this.#lastEndedAt ?? 0, entry.endedAt);
      }
    }
    this.#fold();
    return entries;
  }

  /** Adds the gap since what was known before the restart, once it is known when predictions are due again. */
  #bridge(batch: ResultBatch): ResultBatch {
    const from = this.#resumesAt;
    const until = findFirstDue(batch);
    if (from === undefined || until === undefined) return batch;
    this.#resumesAt = undefined;
    const count = Math.round(((until - from) * this.#options.ratePerSecond) / 1_000);
    const gap = { kind: 'unmeasured-span', from, until, count, reason: 'restart' } as const;
    return count > 0 ? { ...batch, results: [gap, ...batch.results] } : batch;
  }

  /** Adds what is too old to be moved to another span to its own. */
  #fold(): void {
    if (this.#history.size < this.#mostKept + foldedAtOnce) return;
    for (const entry of this.#history.trim(this.#mostKept)) {
      const end = entry.kind === 'gap' ? entry.until : entry.dueAt;
      for (const [index, { from, counts }] of this.#spans.entries()) {
        const until = this.#spans[index + 1]?.from ?? Number.POSITIVE_INFINITY;
        if (from <= end && findDueAt(entry) < until) counts.fold(entry, from, until);
      }
    }
  }

  /**
   * Begins a span at a due time, which ends the one before it there. The time may lie in the future or back: as far as single predictions are kept,
   * those due since then move to the new span.
   */
  begin(name: string, from: number): void {
    const earliest = Math.max(this.#spans.at(-1)?.from ?? from, this.#history.keptFrom ?? from);
    const counts = new SpanTally(this.#history, new Tally(this.#options.latencyLimitsMs));
    this.#spans.push({ name, from: Math.max(from, earliest), counts });
  }

  /**
   * Moves the beginning of the latest span of that name, as far as single predictions are kept and other spans leave room. One that began before they
   * are kept stays: what it counted then cannot be told apart any more.
   */
  redate(name: string, from: number): void {
    const index = this.#spans.findLastIndex((span) => span.name === name);
    const [before, span, after] = [index - 1, index, index + 1].map((at) => this.#spans[at]);
    const { keptFrom = 0 } = this.#history;
    if (!span || span.from < keptFrom) return;
    const earliest = Math.max(before?.from ?? 0, keptFrom);
    span.from = Math.min(Math.max(from, earliest), after?.from ?? Number.POSITIVE_INFINITY);
  }

  /** When a span begins and ends; it ends never while it is the last. */
  span(name: string): { readonly from: number; readonly until: number } {
    const [{ from }, until] = this.#find(name);
    return { from, until };
  }

  /** The span in which something is due; undefined before the first. */
  spanAt(dueAt: number): string | undefined {
    return this.#spans.findLast(({ from }) => from <= dueAt)?.name;
  }

  /** What was due before this is not kept one by one; minus infinity where everything is. */
  get knownSince(): number {
    return this.#history.keptFrom ?? Number.NEGATIVE_INFINITY;
  }

  /** Everything due before this is known. */
  get knownUntil(): number {
    return this.#history.knownUntil;
  }

  /** When a prediction was last answered or given up; null when none was. */
  get lastEndedAt(): number | null {
    return this.#lastEndedAt;
  }

  /**
   * The latest span of that name: what is settled of it until `at`, by default its end. Its last word once everything due before that is known. What is no
   * longer kept one by one counts in any case.
   */
  measurement(name: string, at?: number): PredictionMeasurement {
    const [span, until] = this.#find(name);
    return span.counts.settled(span.from, at ?? until).measurement();
  }

  /** The same as if it had begun at another time, as far as that span could be moved there, and when that would have been. */
  measurementAsOf(
    name: string,
    asked: { readonly from: number; readonly until: number },
  ): { readonly from: number; readonly predictions: PredictionMeasurement } {
    const [span] = this.#find(name);
    const { keptFrom = 0 } = this.#history;
    const from = span.from < keptFrom ? span.from : Math.max(asked.from, keptFrom);
    const until = Math.max(from, asked.until);
    return { from, predictions: span.counts.settled(from, until).measurement() };
  }

  /** The same with what is known ahead of what was due earlier: for showing how it goes. */
  progress(name: string): PredictionMeasurement {
    const [span, until] = this.#find(name);
    return span.counts.known(span.from, until).measurement();
  }

  /** Settled predictions and gaps that were due from `from` until `until`, in order, as far back as they are kept. */
  between(from: number, until: number): readonly DueEntry[] {
    return this.#history.between(from, until);
  }

  seconds(): readonly SecondMeasurement[] {
    return this.#seconds.measurements();
  }

  /** Everything in whole seconds that is settled. */
  state(): LedgerState {
    const until = Math.floor(this.#history.knownUntil / 1_000) * 1_000;
    return {
      until,
      spans: this.#spans.map((span, index) => {
        const end = Math.min(until, this.#spans[index + 1]?.from ?? until);
        const tally = span.counts.encode(span.from, end, end < until);
        return { name: span.name, from: span.from, tally };
      }),
      seconds: this.seconds().filter(({ at, spanMs = 1_000 }) => at + spanMs <= until),
    };
  }

  #find(name: string): [Span, number] {
    const index = this.#spans.findLastIndex((span) => span.name === name);
    const span = this.#spans[index];
    if (!span) throw new TypeError(`No span ${name} was begun.`);
    return [span, this.#spans[index + 1]?.from ?? Number.POSITIVE_INFINITY];
  }
}

/** Before this nothing of a session was due; undefined while its schedule is not known. */
function findFirstDue({ results, knownUntil }: ResultBatch): number | undefined {
  if (knownUntil <= 0) return undefined;
  const dueAt = results.map((result) =>
    result.kind === 'unmeasured-span' ? result.from : result.dueAt,
  );
  return Math.min(knownUntil, ...dueAt);
}
