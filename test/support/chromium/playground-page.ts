import type { Browser, Locator, Page } from 'playwright-core';

const mostTries = 5;
const shownWithinMs = 5_000;

/** The playground in a browser, used as a person does. */
export class PlaygroundPage {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(browser: Browser, url: string, height = 1_000): Promise<PlaygroundPage> {
    const page = await browser.newPage({ viewport: { width: 1_280, height } });
    await page.goto(url);
    await page.getByRole('treeitem').first().waitFor();
    return new PlaygroundPage(page);
  }

  /** Chooses a channel by its name. A page that is still being drawn may not take the click, so it is repeated. */
  async enterChannel(name: string): Promise<void> {
    const button = this.#page.getByRole('button', { name: 'Post' });
    for (let tries = 0; tries < mostTries && !(await button.isVisible()); tries += 1) {
      await this.#page.getByRole('treeitem').filter({ hasText: name }).click();
      await button.waitFor({ timeout: shownWithinMs }).catch(() => undefined);
    }
  }

  /** Starts a post in the channel that is shown. */
  async post(text: string): Promise<void> {
    const box = this.#page.getByRole('textbox').first();
    await box.click();
    await box.pressSequentially(text);
    await this.#page.getByRole('button', { name: 'Post' }).click();
  }

  /** Speaks and clicks as somebody else from now on. */
  async actAs(name: string): Promise<void> {
    const chooser = this.#page.locator('#lab-act-as');
    const option = chooser.locator('option').filter({ hasText: name });
    await chooser.selectOption((await option.getAttribute('value')) ?? '');
  }

  /** The card that shows this text; there must be one. */
  card(text: string): Locator {
    return this.#page.locator('.ac-adaptiveCard').filter({ hasText: text });
  }

  async waitFor(text: string, timeoutMs = 60_000): Promise<Locator> {
    const card = this.card(text).first();
    await card.waitFor({ timeout: timeoutMs });
    return card;
  }

  /** Clicks a button of the card that shows this text. */
  async click(text: string, button: string): Promise<void> {
    await this.card(text).getByRole('button', { name: button }).click();
  }

  async shoot(path: string, what?: Locator): Promise<void> {
    await (what ?? this.#page).screenshot({ path, animations: 'disabled' });
  }

  close(): Promise<void> {
    return this.#page.close();
  }
}
