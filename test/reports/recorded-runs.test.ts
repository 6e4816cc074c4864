import { describe, expect, test } from '@jest/globals';
import { createDuePhase } from '../../src/domain/due-phase.ts';
import { isMeasured } from '../../src/domain/sample.ts';
import { renderJson } from '../../src/reports/render-json.ts';
import { renderMarkdown } from '../../src/reports/render-markdown.ts';
import { renderPage } from '../../src/reports/render-page.ts';
import type { Report } from '../../src/reports/report.ts';
import { findBrokenEntry } from '../../src/store/hash-chain.ts';
import { writeReport } from '../../src/write-report.ts';
import { sha256 } from '../support/proposal.ts';
import { toCardPictures, toSummaryCard } from '../support/recorded/card-pictures.ts';
import { endings } from '../support/recorded/endings.ts';
import {
  readCardCounts,
  readMarkdownCounts,
  readPageCounts,
  type LossCounts,
  type SaidCounts,
} from '../support/recorded/read-counts.ts';
import { toRecordedReport } from '../support/recorded/recorded-report.ts';
import { readRecorded, recordedNames } from '../support/recorded/recorded-runs.ts';

const conducted = recordedNames.filter((name) => name !== 'rejected');
/** Files of a bot that was killed may know of more predictions than its journal. */
const whole = conducted.filter((name) => name !== 'interrupted');

const toJson = (name: (typeof recordedNames)[number]) =>
  JSON.parse(renderJson(toRecordedReport(readRecorded(name)))) as Report;

/** The same numbers as the texts say, from the JSON of a report. */
function toCounts({ phases, spending, headline }: Report): SaidCounts {
  return {
    phases: phases.map(({ good, sent, due }) => ({ good, sent, due })),
    cost: spending && { lost: spending.lost, sent: spending.sent },
    headline: listLosses(headline).map(({ lost, sent }) => ({ lost, sent })),
  };
}

/** What a headline counts: the times before the fault and after the recovery only where something failed in them. */
function listLosses(headline: Report['headline']): readonly LossCounts[] {
  if (headline?.kind === 'rehearsed') return [headline];
  if (headline?.kind !== 'measured') return [];
  const others = [headline.before, headline.later].filter((other) => other !== undefined);
  return [headline, ...others.filter(({ lost }) => lost > 0)];
}

const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

describe('a recorded run', () => {
  test.each(recordedNames)('that was %s has the journal that its bot wrote', (name) => {
    const { chain, run } = readRecorded(name);
    expect(findBrokenEntry(chain, sha256)).toBeUndefined();
    expect(endings[name]).toContain(`${run.end?.ending}, ${run.end?.verdict ?? 'no verdict'}`);
  });

  test.each(recordedNames)('that was %s has a report in every form', (name) => {
    const report = toRecordedReport(readRecorded(name));
    for (const format of ['html', 'md', 'json', 'png'] as const) {
      const written = writeReport({ report, format, links: [] });
      // Nothing is drawn of a run in which nothing was measured.
      if (format === 'png' && report.phases.length === 0) expect(written).toBeUndefined();
      else expect(written?.length).toBeGreaterThan(1_000);
    }
  });

  test.each(conducted)('that was %s says the same numbers wherever it says them', (name) => {
    const recorded = readRecorded(name);
    const report = toRecordedReport(recorded);
    const counts = toCounts(toJson(name));
    expect(counts.phases.length).toBeGreaterThan(0);
    expect(readMarkdownCounts(renderMarkdown(report))).toEqual(counts);
    expect(readPageCounts(renderPage(report))).toEqual(counts);
    expect(readCardCounts(toSummaryCard(recorded))).toEqual(counts);
  });

  test.each(conducted)('that was %s adds up', (name) => {
    const { phases, spending, attribution, headline } = toJson(name);
    for (const { good, sent, due, lost, unmeasured } of phases) {
      expect(good + sum(Object.values(lost))).toBe(sent);
      expect(sent + sum(Object.values(unmeasured))).toBe(due);
    }
    if (!spending) return;
    const parts = new Map(spending.parts?.map((part) => [part.name, part.lost]));
    expect(sum([...parts.values()])).toBe(spending.lost);
    expect(sum(Object.values(attribution ?? {}))).toBe(spending.lost);
    const fault = phases.find((phase) => phase.name === 'fault');
    expect(parts.get('fault')).toBe(fault && fault.sent - fault.good);
    if (headline?.kind !== 'measured') return;
    expect(headline.lost + (headline.before?.lost ?? 0)).toBe(spending.lost);
  });

  test.each(whole)('that was %s counts its single predictions', (name) => {
    const { run, samples } = readRecorded(name);
    const phaseOf = createDuePhase(run);
    for (const { name: phase, good, sent, due } of toJson(name).phases) {
      const within = samples.filter(({ dueAt }) => phaseOf(dueAt) === phase);
      const measured = within.filter(isMeasured);
      const right = measured.filter(({ outcome }) => outcome === 'good');
      expect([phase, right.length, measured.length, within.length]).toEqual([
        phase,
        good,
        sent,
        due,
      ]);
    }
  });
});

test('every picture of a card can be drawn', () => {
  const cards = Object.entries(toCardPictures());
  expect(cards.length).toBeGreaterThan(50);
  for (const [name, card] of cards) expect([name, card.type]).toEqual([name, 'AdaptiveCard']);
});
