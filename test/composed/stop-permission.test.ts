import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readData, type Catalogue, type ComposedBot } from '../support/composed/composed-bot.ts';
import {
  cancel,
  elsewhere,
  injectFault,
  listMentioned,
  propose,
  robin,
  startLongFaultBot,
  untilCard,
} from '../support/composed/long-fault.ts';
import { alex, jonas, priya } from '../support/composed/teams.ts';

const title = 'One pod of the scoring service fails';
let bot: ComposedBot;

/** A fault that would last for minutes, and the rights of these people. */
function serve(change?: (catalogue: Catalogue) => void) {
  beforeAll(async () => {
    bot = await startLongFaultBot(change);
  });
  afterAll(() => bot.close());
}

describe('where chaos.yaml keeps stopping and seeing to some', () => {
  serve((catalogue) => {
    catalogue['roles'] = {
      lead: { people: [{ id: jonas.aadObjectId, name: jonas.name }] },
      'on-call': {
        groups: [{ id: '99999999-0000-4000-8000-000000000001', name: 'On-call' }],
      },
    };
    catalogue['access'] = { stop: ['on-call'], see: ['lead'] };
  });

  test('a stop does not wait for a directory that hangs', async () => {
    const runId = await injectFault(bot);
    bot.graph.refuse('', 'hang');
    const cancels = bot.azure.find(cancel).length;
    await bot.say('stop', robin);
    await bot.azure.until(cancel, cancels + 1);
    expect(bot.graph.requests.every(({ status }) => status === undefined)).toBe(true);
    bot.graph.heal();
    await untilCard(bot, runId, /■ Stopped/);
  });

  test('whoever proposed a run stops it without a look into the directory', async () => {
    const runId = await injectFault(bot);
    const asked = bot.graph.requests.length;
    await bot.say(`stop ${runId}`, alex);
    await untilCard(bot, runId, /■ Stopped/);
    expect(bot.graph.requests).toHaveLength(asked);
    expect(bot.said().filter(({ text }) => text.includes('Stopped without permission'))).toEqual(
      [],
    );
  });

  test('a stop that was not allowed takes effect, is journaled and told', async () => {
    const runId = await injectFault(bot);
    bot.graph.refuse('', { afterMs: 1_500 });
    await bot.say('stop', robin);
    const alert = await bot.untilSaid(/Stopped without permission/);
    bot.graph.heal();
    expect(alert.text).toContain(robin.name);
    expect(alert.text).toMatch(/access lets only on-call/);
    expect(alert.text).toContain(runId);
    expect(listMentioned(alert)).toEqual([alex.aadObjectId, priya.aadObjectId]);
    await untilCard(bot, runId, /■ Stopped/);
    await bot.say(`audit ${runId}`, jonas);
    expect((await bot.untilSaid(/stop-disallowed/)).text).toContain(robin.name);
  });

  test('a proposal is not withdrawn by somebody who may not', async () => {
    const runId = await propose(bot);
    await bot.say(`stop ${runId}`, robin);
    const refusal = await bot.untilSaid(/You don't have permission to withdraw/);
    expect(refusal.text).toContain(runId);
    await bot.say(`stop ${runId}`, alex);
    await bot.untilSaid(new RegExp(`■ Stopped[^]*${runId}[^]*Withdrawn`));
  });

  test('a guest who may not see a run stops it with a click in its conversation', async () => {
    const guest = { aadObjectId: '44444444-0000-4000-8000-000000000004', name: 'Gil Guest' };
    bot.memberFields.set(guest.aadObjectId, { userRole: 'guest' });
    const runId = await injectFault(bot);
    await bot.say('help', guest);
    await bot.untilSaid(/Guests and people of other organisations/);
    const cancels = bot.azure.find(cancel).length;
    const click = await bot.click('run.stop', { runId }, guest);
    expect(JSON.stringify(click.body)).not.toMatch(/Guests and people/);
    await bot.azure.until(cancel, cancels + 1);
    await untilCard(bot, runId, /■ Stopped/);
  });

  test('titles are not told to somebody who may not see the run', async () => {
    const runId = await injectFault(bot);
    const approve = readData((await untilCard(bot, runId, /Fault active/)).body, 'run.stop');
    for (const verb of ['run.approve', 'run.reject', 'run.refresh', 'run.report']) {
      const { body } = await bot.click(verb, approve ?? {}, robin);
      expect([verb, JSON.stringify(body)]).toEqual([
        verb,
        expect.stringContaining(`You don't have permission to see ${runId}`),
      ]);
      expect(JSON.stringify(body)).not.toMatch(new RegExp(`${title}|${priya.name}|${alex.name}`));
    }
    const said = bot.said().length;
    for (const text of [`status ${runId}`, `summarize ${runId}`, `audit ${runId}`, 'freeze'])
      await bot.say(text, robin, elsewhere);
    await bot.untilSaid(/Frozen[^]*don't have permission to see this run/);
    await bot.say(`stop ${runId}`, robin, elsewhere);
    await bot.untilSaid(/Stop asked for 1 run[^]*don't have permission to see this run/);
    await untilCard(bot, runId, /■ Stopped/);
    const there = bot
      .said()
      .slice(said)
      .filter(({ conversationId }) => conversationId === elsewhere.conversation.id);
    expect(there.length).toBeGreaterThanOrEqual(5);
    for (const { text } of there) expect(text).not.toContain(title);
  });
});
