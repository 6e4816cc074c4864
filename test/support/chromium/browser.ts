import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const candidates = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The Chromium that is installed here; undefined when there is none, unless the environment asks for every test. */
export function findChromium(): string | undefined {
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  if (found === undefined && process.env['CHAOS_MARSHAL_REQUIRE_ALL'] === '1')
    throw new Error('No Chromium is installed; set CHROMIUM_PATH.');
  return found;
}

export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--force-color-profile=srgb'] });
}
