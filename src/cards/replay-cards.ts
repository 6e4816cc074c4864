import { isOtherSight, type Progress } from '../domain/progress.ts';
import { rebuildProgress, toRecorded } from '../domain/rebuild-progress.ts';
import type { RunEntry } from '../domain/run-event.ts';
import { applyEntry, foldRun, wasApproved, type Run } from '../domain/run.ts';
import type { AdaptiveCard } from './adaptive-card.ts';
import { renderAbortAlert } from './alert-card.ts';
import { renderRunCard } from './run-card.ts';
import { renderSummaryCard } from './summary-card.ts';

/** A card as it was at a moment, and what had changed then: the event of the journal, `progress`, `alert` or `summary`. */
export type CardFrame = {
  readonly at: number;
  readonly what: string;
  readonly card: AdaptiveCard;
};

/** How often a run was looked at. */
const tickMs = 1_000;
/** How long a card stands while only the clock and good predictions go on, about as in Teams. */
const quietMs = 10_000;

/**
 * Each state of a recorded run's cards in order, as they would be posted now: the live card after each event, and between events whenever more than the clock
 * had gone on, or that for a while. Throws on a journal that does not fold.
 */
export function* replayCards(entries: readonly RunEntry[]): Generator<CardFrame, void, undefined> {
  const recorded = toRecorded(foldRun(entries));
  let run: Run | undefined;
  let progress: Progress | undefined;
  let shownAt = 0;
  const show = (shown: Run, now: number) =>
    renderRunCard(shown, { now, ...(progress ? { progress } : {}) });
  for (const [index, entry] of entries.entries()) {
    const { at, event } = entry;
    run = run ? applyEntry(run, entry) : foldRun([entry]);
    shownAt = at;
    yield { at, what: event.type, card: show(run, at) };
    if (event.type === 'guard-tripped' && !event.isAfterEnd)
      yield { at, what: 'alert', card: renderAbortAlert(run, event.trip) };
    if (event.type === 'ended' && wasApproved(run))
      yield { at, what: 'summary', card: renderSummaryCard(run) };
    const until = entries[index + 1]?.at ?? at;
    for (let now = at + tickMs; now < until; now += tickMs) {
      const seen = rebuildProgress(run, recorded, now);
      if (!seen) break;
      const isDue = isOtherSight(progress, seen) || now - shownAt >= quietMs;
      progress = seen;
      if (!isDue) continue;
      shownAt = now;
      yield { at: now, what: 'progress', card: show(run, now) };
    }
  }
}
