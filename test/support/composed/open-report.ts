import type { ComposedBot } from './composed-bot.ts';
import type { Said } from './teams.ts';

/** Follows the link to the report in a summary, as somebody who clicks it; resolves with the report in a format. */
export async function openReport(
  bot: Pick<ComposedBot, 'url'>,
  summary: Said,
  format: 'json' | 'csv' | 'md',
): Promise<string> {
  const address = /https?:[^"\\]*\/reports\/[^"\\]*/.exec(JSON.stringify(summary.body))?.[0] ?? '';
  const { pathname, search } = new URL(address);
  // The bot listens on another port after a restart.
  const response = await fetch(`${bot.url}${pathname}.${format}${search}`);
  if (response.status !== 200) throw new Error(`The report was answered ${response.status}.`);
  return response.text();
}
