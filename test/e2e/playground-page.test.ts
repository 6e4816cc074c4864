import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { findChromium, launchBrowser } from '../support/chromium/browser.ts';
import { PlaygroundPage } from '../support/chromium/playground-page.ts';
import { startBriskLab, type LabProcess } from '../support/lab-process.ts';

const chromium = findChromium();
const patienceMs = 240_000;

(chromium === undefined ? describe.skip : describe)('in the browser', () => {
  let lab: LabProcess;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium ?? '');
    lab = await startBriskLab();
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  }, patienceMs);

  test(
    'somebody types, somebody else approves, and both watch the one card change until it says what came of it',
    async () => {
      const page = await PlaygroundPage.open(browser, lab.playgroundUrl ?? '');
      await page.enterChannel('General');
      await page.post('/chaos run pod-failure');
      const proposal = await page.waitFor('Waiting for approval');
      expect(await proposal.innerText()).toContain('1 of 3 pods (all 3 are ready)');
      expect(await proposal.innerText()).not.toContain('No approver is a member');
      await page.actAs('Priya Nair');
      await page.click('Waiting for approval', 'Approve');
      await page.waitFor('Measuring the baseline');
      const active = await page.waitFor('2 of 3');
      const picture = await active.screenshot();
      expect(picture.subarray(1, 4).toString()).toBe('PNG');
      const summary = await page.waitFor('Summary ·', 90_000);
      expect(await summary.innerText()).toContain('Priya Nair');
      expect(await page.card('Waiting for approval').count()).toBe(0);
      await page.close();
    },
    patienceMs,
  );
});
