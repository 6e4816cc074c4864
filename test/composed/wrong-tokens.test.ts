import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { alex, botId } from '../support/composed/teams.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot();
});
afterAll(() => bot.close());

const claims = () => ({ aud: botId, serviceurl: bot.connector.url });
const long = 3_600;
const seconds = () => Math.floor(Date.now() / 1_000);

describe('tokens that anybody can send', () => {
  test('leave a line in the log, not a line each, and nothing on the console', async () => {
    const printed = (['error', 'warn', 'log'] as const).map((method) =>
      jest.spyOn(console, method).mockReturnValue(undefined),
    );
    await bot.say('help');
    await bot.untilSaid(/Commands|help/i);
    const before = bot.logged.length;
    const makers = [
      () => bot.issuer.forge(claims()),
      () => bot.token({ exp: seconds() - long }),
      () => bot.token({ nbf: seconds() + long }),
      () => bot.token({ aud: 'another-bot' }),
      () => bot.token({ serviceurl: 'https://elsewhere.example' }),
      () => `${bot.token().split('.').slice(0, 2).join('.')}.`,
    ];
    const statuses = new Set<number>();
    for (let round = 0; round < 20; round += 1)
      for (const make of makers) {
        const { status } = await bot.deliver(bot.activity(alex, { text: 'help' }), make());
        statuses.add(status);
      }
    const calls = printed.flatMap(({ mock }) => mock.calls);
    printed.forEach((spy) => spy.mockRestore());
    expect([...statuses].every((status) => status === 401 || status === 429)).toBe(true);
    expect(calls).toEqual([]);
    const lines = bot.logged.slice(before).filter(({ msg }) => /refused/.test(msg));
    // A line a minute, and a slow machine may take one.
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(10);
    expect(lines[0]).toMatchObject({ refused: 1, level: 40 });
    expect(JSON.stringify(lines)).not.toContain('BEGIN');
    expect(await bot.say('help')).toMatchObject({ status: 200 });
  });
});
