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
import { alex, priya } from '../support/composed/teams.ts';

let bot: ComposedBot;

/** A fault that would last for minutes, and the rights of these people. */
function serve(change?: (catalogue: Catalogue) => void) {
  beforeAll(async () => {
    bot = await startLongFaultBot(change);
  });
  afterAll(() => bot.close());
}

describe('stop', () => {
  serve();

  test('answers calmly where nothing is running', async () => {
    await bot.say('stop', alex, elsewhere);
    const { text } = await bot.untilSaid(/Nothing is running here/);
    expect(text).not.toMatch(/did not work|✖/);
  });

  test('stops the run that has a fault while a proposal waits, which is left alone', async () => {
    const runId = await injectFault(bot);
    const waiting = await propose(bot);
    const cancels = bot.azure.find(cancel).length;
    await bot.say('stop', robin);
    await bot.azure.until(cancel, cancels + 1);
    const { text, body } = await bot.untilSaid(/Stopping 1 run/);
    expect(text).toContain(runId);
    expect(text).toMatch(new RegExp(`Still waiting for approval[^]*${waiting}[^]*stop ${waiting}`));
    expect(readData(body, 'run.stop')?.runId).toBe(waiting);
    await untilCard(bot, runId, /■ Stopped/);
    expect((await bot.untilSaid(new RegExp(`Waiting for approval[^]*${waiting}`))).text).toContain(
      'May approve',
    );
    expect(bot.failed.size).toBe(0);
    await bot.click('run.stop', { runId: waiting, digest: '' }, alex);
    await bot.untilSaid(new RegExp(`■ Stopped[^]*${waiting}[^]*Withdrawn`));
  });

  test('of two runs by their names stops both', async () => {
    const [one, other] = [await propose(bot), await propose(bot)];
    await bot.say(`stop ${one} ${other}`, robin);
    for (const runId of [one, other])
      expect(await bot.untilSaid(new RegExp(`■ Stopped[^]*${runId}[^]*Withdrawn`))).toBeDefined();
  });

  test('by the id of no run, or of one that has ended, stops what runs here', async () => {
    const ended = await injectFault(bot);
    await bot.say('stop r-zzzzzz', robin);
    const { text } = await bot.untilSaid(/There is no run r-zzzzzz/);
    expect(text).toMatch(new RegExp(`Stopping 1 run[^]*${ended}`));
    await untilCard(bot, ended, /■ Stopped/);
    const runId = await injectFault(bot);
    await bot.say(`stop ${ended}`, robin);
    const answer = await bot.untilSaid(new RegExp(`Run ${ended} has already ended`));
    expect(answer.text).toMatch(new RegExp(`Stopping 1 run[^]*${runId}`));
    await untilCard(bot, runId, /■ Stopped/);
  });

  test('ends a run whose experiment Azure does not write', async () => {
    const write = /PUT .*\/experiments\//;
    const starts = bot.azure.find('/start?').length;
    const writes = bot.azure.find(write).length;
    bot.azure.refuse(write, 'hang');
    const runId = await bot.startRun();
    await bot.azure.until(write, writes + 1);
    await bot.say('stop', robin);
    await untilCard(bot, runId, /■ Stopped/);
    expect(bot.azure.find('/start?')).toHaveLength(starts);
    bot.azure.heal();
  });

  test('that Azure refuses is told at once to proposer and approver, and goes on until Azure accepts', async () => {
    const runId = await injectFault(bot);
    const message = 'The client has no authorization to perform this action.';
    const [cancels, said] = [bot.azure.find(cancel).length, bot.said().length];
    bot.azure.refuse(cancel, {
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message } },
    });
    await bot.say('stop', robin);
    const alert = await bot.untilSaid(/Azure refused to end the fault/);
    expect(alert.text).toContain(`403 AuthorizationFailed: ${message}`);
    expect(alert.text).toMatch(/The fault continues until \d\d:\d\d:\d\d UTC/);
    expect(alert.text).toMatch(/choose Stop/);
    expect(JSON.stringify(alert.body)).toContain('https://portal.azure.com/#resource/');
    expect(listMentioned(alert)).toEqual([alex.aadObjectId, priya.aadObjectId]);
    await untilCard(bot, runId, /Azure has not accepted the stop/);
    await bot.azure.until(cancel, cancels + 3);
    const tries = bot.azure.find(cancel).slice(cancels);
    expect((tries[2]?.at ?? 0) - (tries[0]?.at ?? 0)).toBeGreaterThanOrEqual(2_500);
    const alerts = bot
      .said()
      .slice(said)
      .filter(({ text }) => text.includes('Azure refused to end'));
    expect(alerts).toHaveLength(1);
    bot.azure.heal();
    const accepted = await bot.untilSaid(/Azure accepted the stop/);
    expect(listMentioned(accepted)).toEqual([alex.aadObjectId, priya.aadObjectId]);
    await untilCard(bot, runId, /■ Stopped/);
    await bot.say(`audit ${runId}`);
    const { text } = await bot.untilSaid(/cancel-refused/);
    expect(text).toContain('azure-forbidden 403 AuthorizationFailed');
    expect(text).not.toContain(message);
  });

  test('that Azure leaves unanswered is told as well, and the reason of a later refusal, too', async () => {
    const runId = await injectFault(bot);
    bot.azure.refuse(cancel, 'hang');
    await bot.say('stop', alex);
    const alert = await bot.untilSaid(/Azure does not answer/);
    expect(alert.text).toContain(runId);
    expect(JSON.stringify(alert.body)).toContain('https://portal.azure.com/#resource/');
    bot.azure.heal();
    bot.azure.refuse(cancel, { status: 403, body: { error: { code: 'RoleGone', message: '' } } });
    const refusal = await bot.untilSaid(
      new RegExp(`${runId}[^]*Azure answered 403 RoleGone`),
      60_000,
    );
    expect(refusal.id).not.toBe(alert.id);
    bot.azure.heal();
    await untilCard(bot, runId, /Azure accepted the stop/);
    await untilCard(bot, runId, /■ Stopped/);
  });
});
