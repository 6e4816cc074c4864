import { describe, expect, test } from '@jest/globals';
import { foldRun } from '../../src/domain/run.ts';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import { toKeyFigures } from '../../src/reports/key-figures.ts';
import type { Report } from '../../src/reports/report.ts';
import { renderMarkdown } from '../../src/reports/render-markdown.ts';
import { renderPage } from '../../src/reports/render-page.ts';
import { describeBackground } from '../../src/reports/describe-background.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { reportJournals } from '../support/report-gallery.ts';
import { toJournal } from '../support/story-journal.ts';
import { toCardTexts } from '../support/card-texts.ts';

const version = '0.1.0';
type Name = keyof typeof reportJournals;

/** What is read first of a run, each as plain text: what stands above the first section. */
function toTops(name: Name) {
  const report = toReport(reportJournals[name], { version });
  const page = renderPage(report).split('<nav')[0]?.split('<body>')[1] ?? '';
  const markdown = renderMarkdown(report).split('## Hypothesis')[0] ?? '';
  return {
    page: tidy(
      page
        .replaceAll(/<[^>]+>/g, ' ')
        .replaceAll('&gt;', '>')
        .replaceAll('&lt;', '<'),
    ),
    markdown: tidy(markdown.replaceAll(/[\\*`]/g, '')),
    card: tidy(
      toCardTexts(renderSummaryCard(foldRun(reportJournals[name])))
        .join('\n')
        .replaceAll('\\', ''),
    ),
  };
}

const tidy = (text: string) => text.replaceAll(/\s+/g, ' ').replaceAll(/ (?=[.:,])/g, '');

describe('the top of a report', () => {
  test.each<[Name, string]>([
    [
      'held',
      '4 of 600 predictions failed in 2 episodes of at most 2s while one pod was down; users would hardly have noticed.',
    ],
    [
      'deviated',
      'The service failed most predictions for about 5s while one pod was down: 91 of 620 predictions failed; users would have noticed.',
    ],
    ['aborted', 'A guard ended the fault after 11s of 60s.'],
    ['rehearsed', 'Nothing was injected: this was a rehearsal.'],
  ])('says of a run that %s what it means, the same on card, page and Markdown', (name, words) => {
    for (const top of Object.values(toTops(name))) expect(top).toContain(words);
  });

  test('puts each tolerance next to its values', () => {
    const { page, markdown } = toTops('deviated');
    for (const top of [page, markdown]) {
      expect(top).toContain(
        '✕ availability >= 95% 85.32 % during the fault, 100 % after it: deviated',
      );
      expect(top).toContain(
        '✕ p95 <= 500ms 85.32 % right within 500ms (needs 95 %; failed predictions count as slow), p95 of right answers 16 ms during the fault, 100 % right within 500ms (needs 95 %), p95 of right answers 16 ms after it: deviated',
      );
      expect(top).toContain(
        '✕ pods ready >= 2 minimum 1 during the fault, minimum 3 after it: deviated',
      );
    }
  });

  test('names the service and the cluster', () => {
    const { page, markdown } = toTops('held');
    for (const top of [page, markdown]) expect(top).toContain('on service diabetes, cluster aks');
  });
});

test('the longest outage has its depth, and is said to be estimated where it is', () => {
  const report = toReport(reportJournals.deviated, { version });
  const noteOf = (outages: Report['course']['outages']) =>
    toKeyFigures({ ...report, course: { ...report.course, outages } }).find(
      ({ name }) => name === 'Longest outage',
    )?.note;
  const { outages } = report.course;
  const note = 'at 09:01:00 UTC, 56 of 140 lost';
  expect(noteOf(outages)).toBe(`${note}, estimated`);
  expect(noteOf(outages.map((outage) => ({ ...outage, exact: true })))).toBe(note);
  expect(noteOf(outages.map((outage) => ({ ...outage, mayBeLonger: true })))).toBe(
    `${note}, estimated: it may have gone on unmeasured`,
  );
});

test('that there was no outage is said of what was measured only', () => {
  const { course, ...report } = toReport(reportJournals.held, { version });
  const noteOf = (unmeasured: object) => {
    const seconds = course.seconds.map((second) => ({ ...second, ...unmeasured }));
    const figures = toKeyFigures({ ...report, course: { ...course, outages: [], seconds } });
    return figures.find(({ name }) => name === 'Longest outage')?.note;
  };
  expect(noteOf({})).toBe('in the whole run');
  expect(noteOf({ unmeasured: 1 })).toBe('in what was measured of the run');
  const background = { lost: 1, sent: 600, cleanOf: 300 };
  const gap = { from: 0, until: 1_000, due: 10, reason: 'restart' } as const;
  const sayOf = (gaps: Report['course']['gaps']) =>
    describeBackground({ ...report, course: { ...course, outages: [], background, gaps } });
  expect(sayOf([])).toMatch(/^No outage in the whole run\. /);
  expect(sayOf([gap])).toMatch(/^No outage in what was measured of the run\. /);
});

describe('an aborted run', () => {
  const guard = 'abort when availability < 50% over 10s';
  const numbers = 'availability was 46% over the last 10s, under the floor of 50%, at 09:01:07 UTC';

  test('shows which guard ended the fault, and its numbers', () => {
    for (const top of Object.values(toTops('aborted')))
      expect(top).toContain(`${guard}: ${numbers}`);
  });

  test('shows them, whatever its verdict rests on', () => {
    const journal = reportJournals.aborted.map((entry) =>
      entry.event.type === 'ended'
        ? { ...entry, event: { ...entry.event, why: 'During the fault, p95 broke its bound.' } }
        : entry,
    );
    const report = toReport(journal, { version });
    const card = toCardTexts(renderSummaryCard(foldRun(journal)))
      .join('\n')
      .replaceAll('\\', '');
    expect(card).toContain(`${guard}: ${numbers}`);
    expect(renderPage(report).split('<nav')[0]).toContain('availability was 46% over the last 10s');
    expect(renderMarkdown(report).split('## Hypothesis')[0]).toContain(
      'availability was 46% over the last 10s',
    );
  });

  test('before the fault was reported active has its guard and its chart, too', () => {
    const skipped = ['fault-active', 'fault-seen', 'observed'];
    const kept = reportJournals.aborted.filter(({ event }) => !skipped.includes(event.type));
    const journal = kept.map((entry, index) => ({ ...entry, sequence: index + 1 }));
    const report = toReport(journal, { version });
    const page = renderPage(report);
    expect(page).toContain('>Guard tripped<');
    expect(page.split('<nav')[0]).toContain('availability was 46% over the last 10s');
    expect(report.guards[0]).toMatchObject({ decision: 'tripped' });
  });
});

describe('a service that loses some predictions without a fault', () => {
  const journal = toJournal({
    faultAt: 120,
    goneAt: 180,
    endAt: 210,
    leastReady: 3,
    lost: (second) => (second === 130 || second === 131 ? 10 : second % 5 === 0 ? 1 : 0),
    changes: [],
  });

  test('has background losses apart from its outages, the same in page and Markdown', () => {
    const report = toReport(journal, { version });
    expect(report.course.outages).toMatchObject([{ lost: 20, sent: 20 }]);
    expect(report.course.background).toMatchObject({ sent: 1_880 });
    const words =
      /1 outage in the whole run \(about 2s\)\. Outside of outages, \d+ of 1880 predictions failed in the whole run \(1\.\d\d\u00A0%\); an outage shorter than 0\.\ds is not told from that\./;
    expect(renderPage(report)).toMatch(words);
    expect(renderMarkdown(report)).toMatch(words);
  });

  test('says nothing of it where the baseline lost nothing', () => {
    const report = toReport(reportJournals.deviated, { version });
    expect(report.course.background).toBeUndefined();
    expect(renderMarkdown(report)).not.toContain('Outside of outages');
  });
});
