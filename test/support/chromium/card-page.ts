import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';

/** Colours and sizes of a Teams client, as its renderer is configured. */
export type CardTheme = 'light' | 'dark' | 'contrast';

const require = createRequire(import.meta.url);
const scripts = [
  require.resolve('adaptivecards/dist/adaptivecards.min.js'),
  fileURLToPath(new URL('show-card.js', import.meta.url)),
];

const palettes = {
  light: {
    page: '#ffffff',
    text: '#242424',
    subtle: '#616161',
    fill: {
      accent: '#e8ebfa',
      good: '#e7f2da',
      warning: '#fbf6d9',
      attention: '#fcf4f6',
      emphasis: '#f0f0f0',
    },
  },
  dark: {
    page: '#292929',
    text: '#ffffff',
    subtle: '#adadad',
    fill: {
      accent: '#2f2f4a',
      good: '#0d2e0d',
      warning: '#463100',
      attention: '#3b1519',
      emphasis: '#1f1f1f',
    },
  },
  contrast: { page: '#000000', text: '#ffffff', subtle: '#ffffff', fill: {} },
} as const;

/** Opens a page that renders Adaptive Cards with Microsoft's own renderer, one at a time. */
export async function openCardPage(
  browser: Browser,
  { width, theme }: { width: number; theme: CardTheme },
): Promise<Page> {
  const { page: background, text } = palettes[theme];
  const page = await browser.newPage({ viewport: { width, height: 400 } });
  await page.setContent(
    `<!doctype html><style>body{margin:0;padding:8px;background:${background};color:${text};font:14px system-ui}
    .ac-pushButton{font:inherit;padding:6px 12px;background:none;color:inherit;border:1px solid currentColor;border-radius:4px}
    .ac-container.ac-adaptiveCard{border:1px solid #888;border-radius:4px}</style><div id="card"></div>`,
  );
  for (const path of scripts) await page.addScriptTag({ path });
  return page;
}

export type Rendered = {
  /** What the renderer found wrong with the card. */
  readonly problems: readonly string[];
  /** Texts that stick out to the side, or are cut off. */
  readonly overflowing: readonly string[];
};

type InPage = { showCard(shown: { card: unknown; palette: object }): Rendered };

/** Renders a card into the page, in place of the one before. */
export function renderInPage(page: Page, card: unknown, theme: CardTheme): Promise<Rendered> {
  return page.evaluate((shown) => (globalThis as unknown as InPage).showCard(shown), {
    card,
    palette: palettes[theme],
  });
}
