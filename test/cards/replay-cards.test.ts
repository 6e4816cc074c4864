import { describe, expect, test } from '@jest/globals';
import { replayCards, type CardFrame } from '../../src/cards/replay-cards.ts';
import { renderRunCard } from '../../src/cards/run-card.ts';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import { foldRun } from '../../src/domain/run.ts';
import { startOfTime } from '../support/proposal.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { reportJournals } from '../support/report-gallery.ts';

const at = (second: number) => startOfTime + second * 1_000;
const frames = Object.fromEntries(
  Object.entries(reportJournals).map(([name, journal]) => [name, [...replayCards(journal)]]),
) as Record<keyof typeof reportJournals, CardFrame[]>;
const textOf = (frame: CardFrame | undefined) => toCardTexts(frame?.card).join(' | ');
const atSecond = (second: number) => frames.aborted.findLast((frame) => frame.at <= at(second));

describe('the cards of a recorded run played again', () => {
  test.each(Object.entries(reportJournals))(
    'are those of each event of a run that %s, and what was seen in between, in order',
    (name, journal) => {
      const played = frames[name as keyof typeof reportJournals];
      const ofJournal = played.filter(
        ({ what }) => !['progress', 'alert', 'summary'].includes(what),
      );
      expect(ofJournal.map(({ what }) => what)).toEqual(journal.map(({ event }) => event.type));
      expect(played.map((frame) => frame.at)).toEqual(
        played.map((frame) => frame.at).toSorted((one, other) => one - other),
      );
      expect(played.at(-1)).toEqual({
        at: journal.at(-1)?.at,
        what: 'summary',
        card: renderSummaryCard(foldRun(journal)),
      });
      const [first] = journal;
      const proposed = foldRun(first ? [first] : []);
      expect(played[0]?.card).toEqual(renderRunCard(proposed, { now: first?.at ?? 0 }));
      expect(played.every(({ card }) => card.type === 'AdaptiveCard')).toBe(true);
    },
  );

  test('show the numbers, the pods and the words of their moment, and none that came later', () => {
    expect(textOf(atSecond(40))).toMatch(/Measuring the steady state, 1\ds left/);
    expect(textOf(atSecond(40))).toContain('3 of 3');
    const under = textOf(atSecond(64));
    expect(under).toContain('Fault active');
    expect(under).toContain('0 of 3');
    // Eight, ten and eight of ten from 61 on.
    expect(under).toMatch(/14 of 40/);
    expect(under).toMatch(/The fault is active, 5\ds left/);
    expect(textOf(atSecond(66))).not.toContain('Guard: availability');
    expect(textOf(atSecond(68))).toContain('Guard: availability was 46%');
    expect(textOf(atSecond(74))).toContain('2 of 3');
    expect(textOf(atSecond(74))).toContain('not ready (ContainersNotReady)');
    expect(frames.aborted.filter(({ what }) => what === 'alert')).toHaveLength(1);
  });

  test('are no more than there was to see: not one for each second', () => {
    const quiet = frames.rehearsed.filter(({ what }) => what === 'progress');
    expect(quiet.length).toBeLessThan(20);
    expect(frames.held.filter(({ what }) => what === 'progress').length).toBeLessThan(35);
  });
});
