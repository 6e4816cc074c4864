import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findChromium, launchBrowser } from './support/chromium/browser.ts';
import { PlaygroundPage } from './support/chromium/playground-page.ts';
import { startLabProcess } from './support/lab-process.ts';

/** Takes the pictures of the documentation from a run in the lab, as it is for everybody: `npm run screenshots`. */
const folder = fileURLToPath(new URL('../docs/pictures', import.meta.url));
/** So that no card has to be scrolled. */
const pageHeight = 2_000;
const chromium = findChromium();
if (chromium === undefined) throw new Error('No Chromium is installed; set CHROMIUM_PATH.');

await mkdir(folder, { recursive: true });
const browser = await launchBrowser(chromium);
const lab = await startLabProcess(['--pace', 'brisk']);
try {
  const page = await PlaygroundPage.open(browser, lab.playgroundUrl ?? '', pageHeight);
  await page.enter('General');
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
  await browser.close();
  await lab.close();
}
