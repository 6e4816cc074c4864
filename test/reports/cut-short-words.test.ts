import { expect, test } from '@jest/globals';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import { foldRun } from '../../src/domain/run.ts';
import { toHeadLines } from '../../src/reports/chart-head.ts';
import { renderMarkdown } from '../../src/reports/render-markdown.ts';
import { renderPage } from '../../src/reports/render-page.ts';
import { toThresholds } from '../../src/reports/thresholds.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { executionId, toJournal } from '../support/story-journal.ts';

const journal = toJournal({
  faultAt: 60,
  goneAt: 72,
  endAt: 102,
  leastReady: 2,
  lost: () => 0,
  changes: [[60.4, 'diabetes-a', 'not-ready', 'not ready (ContainersNotReady)']],
  over: { execution: { executionId, state: 'cancelled', status: 'Cancelled' } },
});
const report = toReport(journal, { version: '0.1.0' });
const card = toCardTexts(renderSummaryCard(foldRun(journal)));

test('a fault that was stopped never held: what it kept until then has no tick anywhere', () => {
  const kept = /^– kept until the fault was cancelled in Azure \(12s of 60s\): availability/;
  expect(card.filter((text) => kept.test(text))).toHaveLength(1);
  expect(card.filter((text) => /✔|held in this run/.test(text))).toEqual([]);
  const head = toHeadLines(report, 0).map(({ text }) => text);
  expect(head.filter((text) => /✓|: held$/.test(text))).toEqual([]);
  const markdown = renderMarkdown(report);
  expect(markdown.split('## Hypothesis')[0]).not.toMatch(/✓|: held/);
  expect(markdown).toMatch(/kept until the fault was cancelled in Azure \(12s of 60s\), /);
  expect(renderPage(report).split('<nav')[0]).not.toMatch(/✓|: held/);
});

test('what was measured only after the fault was not kept until the stop', () => {
  const phases = report.phases.filter(({ name }) => name !== 'fault');
  const thresholds = toThresholds({ ...report, phases });
  expect(thresholds.map(({ finding }) => finding)).toEqual(['held', 'held', 'held']);
  expect(thresholds[0]?.value).toMatch(/after it: held$/);
});

test('says how long a fault lasted that was cut short, and how long it should have', () => {
  const said = card.find((text) => text.startsWith('The fault was cancelled'));
  expect(said).toMatch(/^The fault was cancelled in Azure after 12s of 60s\. /);
});
