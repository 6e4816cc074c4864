import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findChromium, launchBrowser } from './support/chromium/browser.ts';
import { PlaygroundPage } from './support/chromium/playground-page.ts';
import { startLabProcess } from './support/lab-process.ts';

/** Takes the pictures of the documentation from a run in the lab, as it is for everybody: `npm run screenshots`. */
const folder = fileURLToPath(new URL('../docs/pictures', import.meta.url));
const chromium = findChromium();
if (chromium === undefined) throw new Error('No Chromium is installed; set CHROMIUM_PATH.');

await mkdir(folder, { recursive: true });
const browser = await launchBrowser(chromium);
const lab = await startLabProcess(['--pace', 'brisk']);
try {
  const page = await PlaygroundPage.open(browser, lab.playgroundUrl ?? '');
  await page.enter('General');
  await page.post('/chaos run pod-failure');
  await page.shoot(`${folder}/propose.png`, await page.waitFor('Waiting for approval'));
  await page.actAs('Priya Nair');
  await page.click('Waiting for approval', 'Approve');
  await page.waitFor('2 of 3');
  await page.shoot(`${folder}/playground.png`);
  await page.shoot(`${folder}/observe.png`, await page.waitFor('Fault active'));
  await page.shoot(`${folder}/summary.png`, await page.waitFor('Summary ·', 240_000));
} finally {
  await browser.close();
  await lab.close();
}
