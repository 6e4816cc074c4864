import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { renderPage } from '../../src/reports/render-page.ts';
import { renderProblem } from '../../src/reports/render-problem.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { findChromium, launchBrowser } from '../support/chromium/browser.ts';
import { serveReport, type ServedReport } from '../support/served-report.ts';
import { reportJournals, withTexts } from '../support/report-gallery.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const chromium = findChromium();
const version = '0.1.0';
const long = `${'long-name-without-a-break'.repeat(6)} and some words`;
const journals = {
  ...reportJournals,
  'only proposed': reportJournals.held.slice(0, 1),
  'of long names': withTexts(long),
};
const pages = {
  ...Object.fromEntries(
    Object.entries(journals).map(([name, journal]) => [
      name,
      renderPage(toReport(journal, { version }), [{ name: 'Markdown', href: 'r.md' }]),
    ]),
  ),
  problem: renderProblem({ title: 'Expired', text: 'It is old.', suggestion: 'Ask again.' }),
};
const widths = { 'a small phone': 320, 'a tablet': 744, 'a desktop': 1_280 };
const cases = Object.entries(widths).flatMap(([device, width]) =>
  (['light', 'dark'] as const).map((theme) => [device, theme, width] as const),
);

type Axe = { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };

/** What axe finds wrong: contrast, names, order of headings, tables, landmarks. */
async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
  });
}

(chromium === undefined ? describe.skip : describe)('the page of a report in Chromium', () => {
  let browser: Browser;
  let served: ServedReport;
  beforeAll(async () => {
    browser = await launchBrowser(chromium ?? '');
    served = await serveReport(reportJournals.deviated);
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
  });

  test.each(cases)(
    'fits %s, in %s, and everybody can read it',
    async (_device, colorScheme, width) => {
      for (const [name, html] of Object.entries(pages)) {
        const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
        await page.setContent(html);
        const scrolls = await page.evaluate('document.documentElement.scrollWidth');
        const violations = width === widths['a tablet'] ? [] : await findViolations(page);
        expect([name, scrolls, violations]).toEqual([name, width, []]);
        await page.close();
      }
    },
  );

  test('is shown under its own security headers as it is without them, and asks for nothing', async () => {
    const page = await browser.newPage({ viewport: { width: 1_280, height: 800 } });
    const problems: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => problems.push(message.text()));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(served.link);
    expect(problems.filter((text) => !text.includes('favicon'))).toEqual([]);
    expect(requests.filter((url) => !url.endsWith('favicon.ico'))).toEqual([served.link]);
    const style = `getComputedStyle(document.querySelector('.outcome')).paddingLeft`;
    expect(await page.evaluate(style)).toBe('24px');
    expect(await page.locator('svg.wide').isVisible()).toBe(true);
    expect(await page.locator('svg.narrow').isVisible()).toBe(false);
    await page.close();
  });

  test('can be walked through by keyboard: first to the report, then to its parts and forms', async () => {
    const page = await browser.newPage();
    await page.goto(served.link);
    const walked: string[] = [];
    for (let count = 0; count < 10; count += 1) {
      await page.keyboard.press('Tab');
      walked.push(String(await page.evaluate('document.activeElement.textContent')));
    }
    expect(walked).toEqual([
      'Skip to the report',
      'Hypothesis',
      'Baseline',
      'Inject',
      'Monitor',
      'Infer',
      'Evidence',
      'Markdown',
      'JSON',
      'PNG',
    ]);
    await page.close();
  });

  test('is a table to a screen reader also where there is no room for columns', async () => {
    const page = await browser.newPage({ viewport: { width: 320, height: 800 } });
    await page.goto(served.link);
    const table = page.getByRole('table', { name: 'Each tolerance in each phase' });
    const row = table.getByRole('row').filter({ hasText: 'availability' });
    expect(await row.getByRole('rowheader').count()).toBe(1);
    expect(await row.getByRole('cell').count()).toBe(3);
    expect(await table.getByRole('columnheader').allTextContents()).toEqual([
      'Tolerance',
      'Before',
      'During the fault',
      'After',
    ]);
    await page.close();
  });

  test('is light on paper, also for who likes it dark', async () => {
    const page = await browser.newPage({ colorScheme: 'dark' });
    await page.goto(served.link);
    const toBackground = () =>
      page.evaluate('getComputedStyle(document.body).backgroundColor') as Promise<string>;
    expect(await toBackground()).toBe('rgb(15, 20, 25)');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await toBackground()).toBe('rgb(255, 255, 255)');
    expect(await page.locator('nav').isVisible()).toBe(false);
    await page.close();
  });
});
