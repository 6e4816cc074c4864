import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { html } from '../../src/reports/html.ts';
import { escapeMarkdown, toCode } from '../../src/reports/markdown.ts';
import { renderMarkdown } from '../../src/reports/render-markdown.ts';
import { renderPage } from '../../src/reports/render-page.ts';
import type { Report } from '../../src/reports/report.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { sampleCourse, sampleJournal } from '../support/proposal.ts';
import { reportJournals, withTexts } from '../support/report-gallery.ts';
import { toJournal } from '../support/story-journal.ts';

const version = '0.1.0';
const reader = new MarkdownIt({ html: true, linkify: true });

/** What people and the cluster could write to have it become something. */
const typed = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '[Click](https://evil.example) ![seen](https://evil.example/x.png)',
  'https://evil.example www.evil.example',
  '**bold** _x_ ~~gone~~ `code` ``',
  '&lt;b&gt; &amp;',
  'a | b | c',
  '1. first',
  '# heading',
  '--- ',
  '</svg></table></style>',
  String.raw`C:\temp\*`,
];

describe('whatever is typed', () => {
  test.each(typed)('%j is shown on the page as it is and becomes nothing', (text) => {
    const page = renderPage(toReport(withTexts(text), { version }));
    const clean = renderPage(toReport(withTexts('x'), { version }));
    const tagsOf = (whole: string) =>
      whole
        .match(/<\/?[a-z][^\s>]*/gi)
        ?.filter((tag) => !/^<(path|text|g|clipPath|defs|pattern|\/.*)$/.test(tag));
    expect(tagsOf(page)).toEqual(tagsOf(clean));
    expect(page).not.toMatch(/<[^>]+\son\w+=/i);
    expect(page).toContain(html`${text}`.safe);
  });

  test.each(typed)('%j is shown in Markdown as it is and becomes nothing', (text) => {
    const tagsOf = (markdown: string) => reader.render(markdown).match(/<[^>]+>/g);
    expect(tagsOf(renderMarkdown(toReport(withTexts(text), { version })))).toEqual(
      tagsOf(renderMarkdown(toReport(withTexts('x'), { version }))),
    );
  });

  test.each([
    ['Markdown', (report: Report) => reader.render(renderMarkdown(report))],
    ['the page', (report: Report) => renderPage(report)],
  ])(
    '%s says how the fault was seen, and how it differed from what was approved',
    (_to, render) => {
      const textOf = (name: keyof typeof reportJournals) =>
        render(toReport(reportJournals[name], { version }))
          .replaceAll(/<[^>]+>/g, ' ')
          .replaceAll('&apos;', "'")
          .replaceAll(/[:–\s]+/g, ' ');
      const other = textOf('not as approved');
      expect(other).toContain("Evidence seen in Chaos Mesh's records");
      expect(other).toMatch(
        /2 \S+4xkqz \(09 01 00 to 09 01 59\), \S+9wlrt \(09 01 00 to 09 01 59\)/,
      );
      expect(other).toContain('Not as approved it hit 2 pods instead of 1');
      expect(other).toMatch(/Other pods that changed \S+tz2mh/);
      const left = textOf('left behind');
      expect(left).toContain('Evidence seen by signature');
      expect(left).toContain('Cut short its execution failed');
      expect(left).toMatch(/Still carried by \S+4xkqz \(running .*pause/);
      expect(textOf('aborted')).toContain('Cut short by a guard');
      expect(textOf('rehearsed')).not.toContain('Pods hit');
    },
  );

  test('Markdown has its tables, each cell in its column', () => {
    const text = renderMarkdown(toReport(reportJournals.deviated, { version }));
    const page = reader.render(text);
    expect(page.match(/<table>/g)?.length).toBe(8);
    expect(page).toContain('<th>During the fault</th>');
    expect(page).toContain('<td>85.32\u00A0%</td>');
    expect(text).toContain('| 85.32');
  });

  test.each(['//a.a', 'see //example.com/x', '///b.com', 'a//b.co//c.de'])(
    'is no link to another host: %s',
    (value) => {
      expect(reader.render(escapeMarkdown(value))).toBe(`<p>${value}</p>\n`);
    },
  );

  test('of any characters is one paragraph of text in Markdown, and one piece of code', () => {
    const decode = (markup: string) =>
      markup
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&amp;', '&');
    const text = fc
      .string({
        unit: fc.constantFrom(...Array.from('ab1 \\`*_[]()~<>&|#+-.!:@/"=')),
        minLength: 1,
      })
      .filter((value) => value.trim() === value && !/ {2}|www\./.test(value));
    fc.assert(
      fc.property(text, (value) => {
        expect(decode(reader.render(escapeMarkdown(value)))).toBe(`<p>${value}</p>\n`);
        if (value.includes('|')) return;
        expect(decode(reader.render(toCode(value).safe))).toBe(`<p><code>${value}</code></p>\n`);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the page', () => {
  test.each(Object.entries(reportJournals))(
    'of a run that %s takes nothing from elsewhere',
    (_name, journal) => {
      const page = renderPage(toReport(journal, { version }));
      expect(page).not.toMatch(/<script|<link|<iframe|<img|@import|url\((?!#)|src=|style=/i);
      expect(page.length).toBeLessThan(100_000);
    },
  );

  test('has every id once, and links to none that is not there', () => {
    const page = renderPage(toReport(reportJournals.deviated, { version }));
    const ids = Array.from(page.matchAll(/ id="([^"]+)"/g), ([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/(?:href="#|aria-labelledby=")([^"]+)"/g))
      expect(ids).toContain(target);
  });

  test('can be written of a run that was only proposed', () => {
    const report = toReport(reportJournals.held.slice(0, 1), { version });
    expect(renderPage(report)).toContain('Not ended yet');
    expect(renderMarkdown(report)).toContain('Nothing was measured.');
  });
});

test('a run of twelve hours that never ceases to fail is still a page of less than a megabyte', () => {
  const hours = 12 * 3_600;
  const pods = Array.from({ length: 120 }, (_, index) => `diabetes-7c9f6d-${index}`);
  const journal = toJournal({
    faultAt: 60,
    goneAt: 60 + hours,
    endAt: 100 + hours,
    leastReady: 1,
    lost: (second) => (second >= 60 && second % 4 === 0 ? 8 : 0),
    changes: Array.from({ length: 12_000 }, (_, index) => [
      60 + index * 3.5,
      pods[index % pods.length] ?? '',
      (['not-ready', 'restarted', 'ready'] as const)[Math.floor(index / pods.length) % 3] ??
        'ready',
      'again',
    ]),
    proposal: {
      guards: [
        { kind: 'availability-floor', floor: 0.1, windowMs: 600_000 },
        { kind: 'consecutive-failures', count: 100 },
        { kind: 'availability-drop', from: 0.5, to: 0.1, falseAlarms: 0.01 },
      ],
    },
  });
  const report = toReport(journal, { version });
  const page = renderPage(report);
  expect(report.course.outages.length).toBeGreaterThan(10_000);
  expect(page.length).toBeLessThan(1_000_000);
  expect(renderMarkdown(report)).toContain('more are in the JSON');
  // An attribution of all outages to all pods would take longer than this by far.
});

describe('a run that came to little', () => {
  const toText = (events: readonly RunEvent[]) =>
    renderMarkdown(toReport(sampleJournal(events), { version }));
  const until = (type: string) => {
    const course = sampleCourse();
    return course.slice(0, course.findIndex((event) => event.type === type) + 1);
  };

  test('is said to have been started, not to have injected nothing, when its start was asked for', () => {
    const failed = { type: 'failed', message: 'It failed.', suggestion: '' } as const;
    const text = toText([...until('start-requested'), failed]);
    expect(text).toContain('it was not seen to become active');
    expect(text).not.toContain('Nothing was injected');
  });

  test('has an undecided baseline, which is not one that was not steady', () => {
    const events = until('baseline-judged').map((event) =>
      event.type === 'baseline-judged'
        ? {
            ...event,
            steady: false,
            judgement: { ...event.judgement, finding: 'inconclusive' as const },
          }
        : event,
    );
    const text = toText(events);
    expect(text).toContain('could not tell whether the service was steady');
    expect(text).not.toContain('The baseline was not steady');
  });
});
