import { setTimeout as delay } from 'node:timers/promises';
import { readData, startComposedBot, type Catalogue, type ComposedBot } from './composed-bot.ts';
import { tenantId, type Said } from './teams.ts';

/** Somebody without any role. */
export const robin = { aadObjectId: '22222222-0000-4000-8000-000000000002', name: 'Robin Vale' };
export const start = /POST .*\/start\?/;
export const cancel = /POST .*\/cancel\?/;
/** Another conversation than that of the runs. */
export const elsewhere = {
  conversation: { id: '19:elsewhere@thread.tacv2', tenantId, conversationType: 'channel' },
};

/** Starts a bot whose fault lasts for minutes, unless it is stopped. */
export function startLongFaultBot(
  change: (catalogue: Catalogue) => void = () => undefined,
): Promise<ComposedBot> {
  return startComposedBot({
    catalogue: (catalogue) => {
      Object.assign(catalogue.experiments['pod-failure'] ?? {}, { duration: '5m' });
      change(catalogue);
    },
  });
}

/** Proposes, approves, and waits until the fault is active. */
export async function injectFault(bot: ComposedBot): Promise<string> {
  const starts = bot.azure.find(start).length;
  const runId = await bot.startRun();
  await bot.azure.until(start, starts + 1).catch((error: unknown) => {
    const last = bot.said().findLast(({ text }) => text.includes(runId));
    throw new Error(`${runId} did not start, but: ${last?.text}`, { cause: error });
  });
  await untilCard(bot, runId, /Fault active/);
  return runId;
}

/** Waits until the card of a run shows a state. */
export function untilCard(bot: ComposedBot, runId: string, state: RegExp): Promise<Said> {
  return bot.untilSaid(new RegExp(`${state.source}[^]*${runId}`));
}

/** Proposes a run that nobody approves; resolves with its id. */
export async function propose(bot: ComposedBot): Promise<string> {
  const known = new Set(bot.said().map(({ id }) => id));
  await bot.say('run pod-failure');
  for (;;) {
    const found = bot
      .said()
      .filter(({ id }) => !known.has(id))
      .map(({ body }) => readData(body, 'run.approve')?.runId)
      .find((runId) => runId !== undefined);
    if (found) return found;
    await delay(20);
  }
}

/** Returns what a message mentions, as Entra object ids. */
export function listMentioned({ body }: Said): readonly (string | undefined)[] {
  return [...JSON.stringify(body).matchAll(/"mentioned":\{"id":"([^"]+)"/g)].map(([, id]) => id);
}
