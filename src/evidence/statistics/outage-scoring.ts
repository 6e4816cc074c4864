import { toUpperLimit } from './binomial-interval.ts';

/** How outages are told from background losses. */
export type OutageScoring = {
  /** The share of predictions that is lost in the background, 0 to 1; by `toBackgroundLimit` of the baseline. */
  readonly background: number;
  readonly ratePerSecond: number;
};

/** The share lost in an outage that is looked for. */
const depth = 0.5;
/** How often background losses may look like an outage. */
const falsePerHour = 0.1;

/** What each prediction adds to the score of an outage, and the score that makes one. */
export type Scores = { readonly lost: number; readonly good: number; readonly limit: number };

/**
 * Returns the scores for outages that lose half: ln(d/e) for a loss and ln((1-d)/(1-e)) for a good prediction, with
 * d = 0.5 and e the background; the limit is ln(3600 r/F) for r predictions a second and F = 0.1 false outages an
 * hour. Undefined where the background is as deep as an outage.
 * Source: Karlin & Altschul 1990, PNAS 87, 2264; Ruzzo & Tompa 1999, ISMB, 234.
 */
export function toScores({ background, ratePerSecond }: OutageScoring): Scores | undefined {
  if (!(background > 0 && background < depth)) return undefined;
  return {
    lost: Math.log(depth / background),
    good: Math.log((1 - depth) / (1 - background)),
    limit: Math.log((3_600 * ratePerSecond) / falsePerHour),
  };
}

/** Returns the background to reckon with: the upper one-sided 95% limit of what a baseline lost (Clopper & Pearson). */
export function toBackgroundLimit({ lost, due }: { readonly lost: number; readonly due: number }) {
  return toUpperLimit(lost, due);
}

/** The shortest total outage that can be told from background losses. */
export type Shortest = { readonly lost: number; readonly ms: number };

/** Returns ⌈limit/score of a loss⌉ losses in a row, and the time they take; undefined where no outage can be told. */
export function toShortestTellable(scoring: OutageScoring): Shortest | undefined {
  const scores = toScores(scoring);
  if (!scores) return undefined;
  const lost = Math.ceil(scores.limit / scores.lost);
  return { lost, ms: (lost / scoring.ratePerSecond) * 1_000 };
}
