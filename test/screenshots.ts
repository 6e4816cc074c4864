import { mkdir, readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { renderPage } from '../src/reports/render-page.ts';
import { findChromium, launchBrowser } from './support/chromium/browser.ts';
import { openCardPage, renderInPage, type CardFrame } from './support/chromium/card-page.ts';
import { PlaygroundPage } from './support/chromium/playground-page.ts';
import { cardThemes } from './support/chromium/teams-host-config.ts';
import { startLabProcess } from './support/lab-process.ts';
import { toCardPictures } from './support/recorded/card-pictures.ts';
import { toRecordedReport } from './support/recorded/recorded-report.ts';
import { readRecorded } from './support/recorded/recorded-runs.ts';

/**
 * Takes the pictures of the documentation: every card as Teams draws it and the reports of four runs, from the recorded runs, and a run in the lab as people see
 * it there. `npm run screenshots [-- cards|reports|run]`; `npm run record-runs` records the runs again.
 */
const folder = fileURLToPath(new URL('../docs/pictures', import.meta.url));
/** So that no card has to be scrolled. */
const pageHeight = 2_000;
const reportFrames = [
  { device: 'desktop', width: 1_100, height: 800, colorScheme: 'light' },
  { device: 'desktop-dark', width: 1_100, height: 1_400, colorScheme: 'dark' },
  { device: 'phone', width: 360, height: 1_400, colorScheme: 'light' },
  { device: 'phone-dark', width: 360, height: 1_400, colorScheme: 'dark' },
] as const;
const forms = ['Markdown', 'JSON', 'PNG'].map((name) => ({ name, href: '#' }));
const chromium = findChromium();
if (chromium === undefined) throw new Error('No Chromium is installed; set CHROMIUM_PATH.');

const [only] = process.argv.slice(2);
const isAsked = (what: 'cards' | 'reports' | 'run') => only === undefined || only === what;
const browser = await launchBrowser(chromium);
try {
  if (isAsked('cards')) await shootCards(browser);
  if (isAsked('reports')) await shootReports(browser);
  if (isAsked('run')) await shootRun(browser);
} finally {
  await browser.close();
}

/** Empties a folder of pictures, so that none is left that is not taken any more. */
async function renew(name: 'cards' | 'reports'): Promise<void> {
  await rm(`${folder}/${name}`, { recursive: true, force: true });
  await mkdir(`${folder}/${name}`, { recursive: true });
}

/** One sheet for each card that docs/cards.md shows: on a phone in every theme, and on a desktop. */
async function shootCards(browserToUse: Browser): Promise<void> {
  const cards = Object.entries(toCardPictures());
  await renew('cards');
  const frames: CardFrame[] = [
    ...cardThemes.map((theme) => ({ theme, width: 320 })),
    { theme: 'light', width: 560 },
  ];
  const page = await openCardPage(browserToUse, frames);
  const shown = await readFile(new URL('../docs/cards.md', import.meta.url), 'utf8');
  for (const [name, card] of cards) {
    const file = name.replaceAll(/[^a-z]+/g, '-');
    if (!shown.includes(`(pictures/cards/${file}.jpeg)`)) continue;
    for (const [index, { theme }] of frames.entries()) await renderInPage(page, card, theme, index);
    await page.screenshot({
      path: `${folder}/cards/${file}.jpeg`,
      type: 'jpeg',
      quality: 45,
      fullPage: true,
    });
  }
  await page.close();
}

/** Each outcome: the whole page on a desktop, and its beginning on a phone and in the dark. */
async function shootReports(browserToUse: Browser): Promise<void> {
  await renew('reports');
  for (const name of ['held', 'deviated', 'aborted', 'interrupted'] as const) {
    const html = renderPage(toRecordedReport(readRecorded(name)), forms);
    for (const { device, width, height, colorScheme } of reportFrames) {
      const page = await browserToUse.newPage({ viewport: { width, height }, colorScheme });
      await page.setContent(html);
      await page.screenshot({
        path: `${folder}/reports/${name}-${device}.jpeg`,
        type: 'jpeg',
        quality: 50,
        fullPage: device === 'desktop',
      });
      await page.close();
    }
  }
}

async function shootRun(browserToUse: Browser): Promise<void> {
  const lab = await startLabProcess(['--pace', 'brisk']);
  try {
    const page = await PlaygroundPage.open(browserToUse, lab.playgroundUrl ?? '', pageHeight);
    await page.enterChannel('General');
    await page.post('/chaos run pod-failure');
    await page.shoot(`${folder}/propose.png`, await page.waitFor('Waiting for approval'));
    await page.actAs('Priya Nair');
    await page.click('Waiting for approval', 'Approve');
    await page.waitFor('2 of 3');
    // Long enough for the numbers to say something.
    await delay(15_000);
    await page.shoot(`${folder}/observe.png`, await page.waitFor('Fault active'));
    const summary = await page.waitFor('Summary ·', 240_000);
    await delay(1_000);
    await page.shoot(`${folder}/summary.png`, summary);
    await page.shoot(`${folder}/playground.png`);
  } finally {
    await lab.close();
  }
}
