import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { toGallery } from '../support/card-gallery.ts';
import { findChromium, launchBrowser } from '../support/chromium/browser.ts';
import { openCardPage, renderInPage } from '../support/chromium/card-page.ts';

const chromium = findChromium();
const cards = Object.entries(toGallery());
const phoneWidth = 320;

(chromium === undefined ? describe.skip : describe)("cards in Microsoft's renderer", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium ?? '');
  }, 60_000);
  afterAll(() => browser.close());

  test.each(['light', 'dark', 'contrast'] as const)(
    'are valid, and fit a phone, in the %s theme',
    async (theme) => {
      const page = await openCardPage(browser, { width: phoneWidth, theme });
      for (const [name, card] of cards) {
        const { problems, overflowing } = await renderInPage(page, card, theme);
        // Teams draws charts; this renderer falls back as older clients do.
        const unknown = problems.filter((problem) => !problem.includes('"Chart.Line"'));
        expect([name, unknown, overflowing]).toEqual([name, [], []]);
      }
      await page.close();
    },
    60_000,
  );
});
