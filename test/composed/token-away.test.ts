import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import type { Mishap } from '../support/composed/front.ts';
import { cancel, robin, startLongFaultBot } from '../support/composed/long-fault.ts';
import { hasEnded, listLosses, openTalk, until } from '../support/composed/talk.ts';
import { alex } from '../support/composed/teams.ts';

const audience = 'https://api.botframework.com';
const tokens = `resource=${encodeURIComponent(audience)}`;
const summary = /^Summary · /m;
const card = /^Worst case$/m;
/** How long the bot waits for an answer of Teams, the token included. */
const callLimitMs = 25_000;

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startLongFaultBot();
  // The bot needs a new one for nearly every message.
  bot.tokenSeconds.set(audience, 1);
});
beforeEach(() => bot.identity.heal());
afterAll(() => bot.close());

type Check = { readonly name: string; readonly ok: boolean; readonly detail: string };

/** Resolves once the check `teams` of /readyz is as it should be. */
async function untilTeamsCheck(isRight: (check: Check) => boolean): Promise<void> {
  let seen: Check | undefined;
  for (const giveUpAt = Date.now() + 120_000; !seen || !isRight(seen); await delay(200)) {
    if (Date.now() > giveUpAt) throw new Error(`The check stays ${JSON.stringify(seen)}`);
    const response = await fetch(`${bot.url}/readyz`);
    const { checks = [] } = (await response.json()) as { checks?: readonly Check[] };
    seen = checks.find(({ name }) => name === 'teams');
  }
}

const mishaps: readonly (readonly [string, (back: Promise<void>) => Mishap])[] = [
  ['refuses', () => ({ status: 500, body: { error: 'unavailable' } })],
  ['withholds', (back) => ({ until: back })],
];

describe.each(mishaps)('while the identity %s the token of the bot', (name, toMishap) => {
  test('a stop cancels, health tells why nobody hears of it, and all is said afterwards', async () => {
    const talk = openTalk(bot, name);
    const runId = await talk.startRun();
    await until('an active fault', () => talk.said(/Fault active/).length > 0);
    const cancels = bot.azure.find(cancel).length;
    const back = Promise.withResolvers<void>();
    bot.identity.refuse(tokens, toMishap(back.promise));
    await bot.say('status', alex, talk.change);
    await bot.say('stop', robin, talk.change);
    await bot.azure.until(cancel, cancels + 1);
    await until('the end of the run', () => hasEnded(bot, runId));
    expect(bot.failed.size).toBe(0);
    expect(talk.said(/Stopping 1 run|Summary · /)).toEqual([]);
    await untilTeamsCheck(
      ({ ok, detail }) =>
        !ok && /Messages to .* have been waiting since .*: .*the bot gets no token/.test(detail),
    );
    bot.identity.heal();
    back.resolve();
    await until('what was to be said', () =>
      [/Stopping 1 run/, summary, /■ Stopped/].every((one) => talk.said(one).length > 0),
    );
    await untilTeamsCheck(({ ok, detail }) => ok && /every message was delivered/.test(detail));
    expect(talk.said(/Stopping 1 run/)).toHaveLength(1);
    expect(talk.said(summary)).toHaveLength(1);
    expect(talk.said(card).map(({ text }) => /■ Stopped/.test(text))).toEqual([true]);
    // The proposal that became the card, the answers to `status` and to `stop`, and the summary.
    expect(talk.said(/./)).toHaveLength(4);
    expect(listLosses(bot)).toEqual([]);
  });
});

test('an answer whose token comes too late is said once', async () => {
  const talk = openTalk(bot, 'late');
  const before = bot.identity.find(tokens).length;
  bot.identity.refuse(tokens, { afterMs: callLimitMs + 5_000 }, 1);
  await delay(1_500);
  await bot.say('status', alex, talk.change);
  await bot.identity.until(tokens, before + 1);
  await until('an answer', () => talk.said(/./).length > 0);
  const [{ status } = { status: undefined }] = bot.identity.find(tokens).slice(before);
  expect(status).toBeUndefined();
  await until('the late token', () => bot.identity.find(tokens)[before]?.status === 200);
  // What the late token is for would be said at once.
  await delay(2_000);
  expect(talk.said(/./)).toHaveLength(1);
  expect(listLosses(bot)).toEqual([]);
});
