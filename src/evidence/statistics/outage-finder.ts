import type { Known } from './loss-runs.ts';
import { toScores, type OutageScoring, type Scores } from './outage-scoring.ts';

/** A span in which far more was lost than in the background. */
export type Outage = {
  /** When its first lost prediction was due, in milliseconds. */
  readonly from: number;
  /** When its last lost prediction was due, in milliseconds. */
  readonly until: number;
  readonly lost: number;
  readonly due: number;
  /** The share lost in it, 0 to 1. */
  readonly depth: number;
};

/** The losses outside outages. */
export type Background = { readonly lost: number; readonly due: number };

type Segment = { from: number; due: number; lost: number; peak: Peak };
type Peak = { score: number; until: number; due: number; lost: number };

/**
 * Finds outages as scoring segments in predictions that come in order of due time, each in constant time. The score
 * of a segment rises with each loss and falls with each good prediction. A segment begins with a loss at score 0; it
 * is an outage once its score reaches the limit, and lasts to its highest score. It is over when the score is back
 * at 0 or has fallen by the limit from its highest: then the service is as surely good again as it was bad, and a
 * later outage is one of its own.
 * Source: Karlin & Altschul 1990, PNAS 87, 2264; Ruzzo & Tompa 1999, ISMB, 234; ending a segment by its fall:
 * Altschul et al. 1990, J. Mol. Biol. 215, 403.
 */
export class OutageFinder {
  readonly #scores: Scores | undefined;
  readonly #over: Outage[] = [];
  #segment: Segment | undefined;
  #score = 0;
  #due = 0;
  #lost = 0;

  constructor(scoring: OutageScoring) {
    this.#scores = toScores(scoring);
  }

  see({ dueAt, good }: Known): void {
    this.#due += 1;
    if (!good) this.#lost += 1;
    if (!this.#scores) return;
    if (good) this.#seeGood(this.#scores);
    else this.#seeLost(this.#scores, dueAt);
  }

  #seeLost(scores: Scores, dueAt: number): void {
    this.#score += scores.lost;
    const segment = (this.#segment ??= startSegment(dueAt));
    segment.due += 1;
    segment.lost += 1;
    if (this.#score <= segment.peak.score) return;
    const { due, lost } = segment;
    segment.peak = { score: this.#score, until: dueAt, due, lost };
  }

  #seeGood(scores: Scores): void {
    if (!this.#segment) return;
    this.#segment.due += 1;
    this.#score += scores.good;
    const least = Math.max(0, this.#segment.peak.score - scores.limit);
    if (this.#score <= least) this.interrupt();
  }

  /** Ends what goes on: nothing is known of the time until the next prediction. */
  interrupt(): void {
    this.#over.push(...this.#findCurrent());
    this.#segment = undefined;
    this.#score = 0;
  }

  #findCurrent(): readonly Outage[] {
    const segment = this.#segment;
    if (!segment || !this.#scores || segment.peak.score < this.#scores.limit) return [];
    const { until, due, lost } = segment.peak;
    return [{ from: segment.from, until, lost, due, depth: lost / due }];
  }

  /** The outages so far, in order; the last one may still grow. */
  get outages(): readonly Outage[] {
    return [...this.#over, ...this.#findCurrent()];
  }

  /** What was lost outside these outages. */
  get background(): Background {
    const outages = this.outages;
    return {
      lost: outages.reduce((left, { lost }) => left - lost, this.#lost),
      due: outages.reduce((left, { due }) => left - due, this.#due),
    };
  }
}

function startSegment(from: number): Segment {
  return { from, due: 0, lost: 0, peak: { score: 0, until: from, due: 0, lost: 0 } };
}
