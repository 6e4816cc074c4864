import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { renderRunCard } from '../../src/cards/run-card.ts';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import { toGallery } from '../support/card-gallery.ts';
import { findChromium, launchBrowser } from '../support/chromium/browser.ts';
import { openCardPage, renderInPage } from '../support/chromium/card-page.ts';
import { cardThemes } from '../support/chromium/teams-host-config.ts';
import { proposer, sampleRun, startOfTime } from '../support/proposal.ts';
import { toCardPictures } from '../support/recorded/card-pictures.ts';

const chromium = findChromium();
const madeUp = toGallery();
const pictured = Object.entries(toCardPictures()).filter(([name, card]) => card !== madeUp[name]);
const cards = [...Object.entries(madeUp), ...pictured];
const widths = { phone: 320, desktop: 640 };

(chromium === undefined ? describe.skip : describe)("cards in Microsoft's renderer", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium ?? '');
  });
  afterAll(() => browser.close());

  test.each(
    cardThemes.flatMap((theme) =>
      Object.entries(widths).map(([device, width]) => [device, theme, width] as const),
    ),
  )('are valid, and fit a %s, in the %s theme of Teams', async (_device, theme, width) => {
    const page = await openCardPage(browser, [{ width, theme }]);
    for (const [name, card] of cards) {
      const { problems, overflowing } = await renderInPage(page, card, theme);
      // Teams draws charts; this renderer falls back as older clients do.
      const unknown = problems.filter((problem) => !problem.includes('"Chart.Line"'));
      expect([name, unknown, overflowing]).toEqual([name, [], []]);
    }
    await page.close();
  });

  test.each([
    '[Click](https://evil.example) and ![seen](https://evil.example/x.png)',
    '**bold** _x_ ~~gone~~ `code`',
    '<b>bold</b> <img src=x onerror=alert(1)> &amp; &lt;b&gt;',
    '<at>Priya Nair</at> <https://evil.example>',
    '${proposal.digest} {{DATE(2026-01-01)}} $root',
    '{{{DATE(2026-11-23T09:00:00Z,SHORT)}} {{TIME(2026-11-23T09:00:00Z)}}',
    '# heading',
    '1. first',
    '- item',
    '> quote',
    String.raw`C:\temp\*`,
    '2) second',
    '`run all`',
  ])('show %j as it was typed', async (typed) => {
    const run = sampleRun([], {
      title: `T ${typed}`,
      proposer: { ...proposer, name: typed },
      hypothesis: { title: typed, tolerances: [] },
    });
    const page = await openCardPage(browser, [{ width: widths.desktop, theme: 'light' }]);
    for (const card of [renderRunCard(run, { now: startOfTime }), renderSummaryCard(run)]) {
      const { text } = await renderInPage(page, card, 'light');
      expect(text).toContain(`T ${typed}`);
      expect(await page.locator('img, b, a, h1, li, blockquote, code, em').count()).toBe(0);
    }
    const hypothesis = await renderInPage(page, renderRunCard(run, { now: startOfTime }), 'light');
    expect(hypothesis.text.split('\n').filter((line) => line.includes(typed)).length).toBe(3);
    await page.close();
  });
});
