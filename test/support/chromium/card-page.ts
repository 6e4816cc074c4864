import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { toTeamsTheme, type CardTheme } from './teams-host-config.ts';

const require = createRequire(import.meta.url);
const scripts = [
  require.resolve('adaptivecards/dist/adaptivecards.min.js'),
  require.resolve('markdown-it/browser'),
  fileURLToPath(new URL('show-card.js', import.meta.url)),
];

const style = `body{margin:0;display:flex;gap:16px;align-items:flex-start;font:14px system-ui}
.frame{padding:8px;box-sizing:border-box}.frame h2{font:12px system-ui;margin:0 0 4px}
.ac-pushButton{font:inherit;padding:6px 12px;background:none;color:inherit;border:1px solid currentColor;border-radius:4px}
.ac-container.ac-adaptiveCard{border:1px solid #888;border-radius:4px}
.ac-textBlock p{margin:0}`;

export type CardFrame = { readonly width: number; readonly theme: CardTheme };

/** Opens a page that renders Adaptive Cards with Microsoft's own renderer and Teams' host configuration, in one frame or in several. */
export async function openCardPage(browser: Browser, frames: readonly CardFrame[]): Promise<Page> {
  const width = frames.reduce((sum, frame) => sum + frame.width + 16, -16);
  const page = await browser.newPage({ viewport: { width, height: 400 } });
  const places = frames.map(
    (frame, index) =>
      `<div class="frame" style="width:${frame.width}px;${toTeamsTheme(frame.theme).css}">${
        frames.length > 1 ? `<h2>${frame.theme}, ${frame.width} px</h2>` : ''
      }<div id="card-${index}"></div></div>`,
  );
  await page.setContent(`<!doctype html><style>${style}</style>${places.join('')}`);
  for (const path of scripts) await page.addScriptTag({ path });
  return page;
}

export type Rendered = {
  /** What the renderer found wrong with the card. */
  readonly problems: readonly string[];
  /** Texts that stick out to the side, or are cut off. */
  readonly overflowing: readonly string[];
  /** What can be read. */
  readonly text: string;
};

type Shown = { card: unknown; hostConfig: object; selector: string };
type InPage = { showCard(shown: Shown): Rendered };

/** Renders a card into a frame of the page, in place of the one before. */
export function renderInPage(
  page: Page,
  card: unknown,
  theme: CardTheme,
  frame = 0,
): Promise<Rendered> {
  const { hostConfig } = toTeamsTheme(theme);
  return page.evaluate((shown) => (globalThis as unknown as InPage).showCard(shown), {
    card,
    hostConfig,
    selector: `#card-${frame}`,
  });
}
