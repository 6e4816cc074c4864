import { afterEach, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';

const patienceMs = 240_000;
const quarterMs = 15 * 60_000;

let bot: ComposedBot | undefined;
afterEach(async () => {
  await bot?.close();
  bot = undefined;
}, patienceMs);

/** A time of day in UTC on the quarter hour. */
const toTime = (at: number) =>
  new Date(Math.floor(at / quarterMs) * quarterMs).toISOString().slice(11, 16);

test(
  'a namespace that a pattern protects is left alone, and nothing is asked of Azure',
  async () => {
    bot = await startComposedBot({
      catalogue: (catalogue) => {
        catalogue.limits = { leaveReady: 0, protectedNamespaces: ['def*'] };
      },
    });
    await bot.say('run pod-failure');
    await bot.untilSaid(/the namespace default is protected/);
    expect(bot.azure.find(/PUT/)).toEqual([]);
  },
  patienceMs,
);

test(
  'a night that has begun is open, and the morning after a night that is not named is closed',
  async () => {
    const now = Date.now();
    // Until a quarter of an hour before it began, so it lasts over midnight at almost any time of day.
    const from = now - 2 * 3_600_000;
    const night = { zone: 'UTC', from: toTime(from), until: toTime(from - quarterMs) };
    bot = await startComposedBot({
      catalogue: (catalogue) => {
        catalogue['calendar'] = night;
        const experiment = catalogue.experiments['pod-failure'];
        const closed = { from: '2020-01-01', to: '2090-01-01', reason: 'Change freeze' };
        catalogue.experiments['closed'] = {
          ...experiment,
          calendar: { ...night, closures: [closed] },
        };
      },
    });
    await bot.say('run pod-failure');
    const proposal = await bot.untilSaid(/One pod of the scoring service fails/);
    expect(proposal.text).not.toMatch(/runs are for/);
    await bot.say('run closed');
    await bot.untilSaid(/Change freeze/);
  },
  patienceMs,
);
