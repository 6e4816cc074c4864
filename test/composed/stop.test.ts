import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import {
  readData,
  startComposedBot,
  type Catalogue,
  type ComposedBot,
} from '../support/composed/composed-bot.ts';
import { alex, priya, tenantId, type Said } from '../support/composed/teams.ts';

const robin = { aadObjectId: '22222222-0000-4000-8000-000000000002', name: 'Robin Vale' };
const start = /POST .*\/start\?/;
const cancel = /POST .*\/cancel\?/;
const elsewhere = {
  conversation: { id: '19:elsewhere@thread.tacv2', tenantId, conversationType: 'channel' },
};

let bot: ComposedBot;

/** A fault that would last for minutes, and the rights of these people. */
function serve(change: (catalogue: Catalogue) => void = () => undefined) {
  beforeAll(async () => {
    bot = await startComposedBot({
      catalogue: (catalogue) => {
        Object.assign(catalogue.experiments['pod-failure'] ?? {}, { duration: '5m' });
        change(catalogue);
      },
    });
  }, 60_000);
  afterAll(() => bot.close());
}

/** Proposes, approves, and waits until the fault is active. */
async function injectFault(): Promise<string> {
  const starts = bot.azure.find(start).length;
  const runId = await bot.startRun();
  await bot.azure.until(start, starts + 1, 60_000);
  await untilCard(runId, /Fault active/);
  return runId;
}

const untilCard = (runId: string, state: RegExp) =>
  bot.untilSaid(new RegExp(`${state.source}[^]*${runId}`), 60_000);

async function propose(): Promise<string> {
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

/** What was said since, in order. */
function saidAfter(count: number): readonly Said[] {
  return bot.said().slice(count);
}

const mentioned = ({ body }: Said) =>
  [...JSON.stringify(body).matchAll(/"mentioned":\{"id":"([^"]+)"/g)].map(([, id]) => id);

describe('stop', () => {
  serve();

  test('answers calmly where nothing is running', async () => {
    await bot.say('stop', alex, elsewhere);
    const { text } = await bot.untilSaid(/Nothing is running here/);
    expect(text).not.toMatch(/did not work|✖/);
  });

  test('stops the run that has a fault while a proposal waits, which is left alone', async () => {
    const runId = await injectFault();
    const waiting = await propose();
    const cancels = bot.azure.find(cancel).length;
    await bot.say('stop', robin);
    await bot.azure.until(cancel, cancels + 1);
    const { text, body } = await bot.untilSaid(/Stopping 1 run/);
    expect(text).toContain(runId);
    expect(text).toMatch(new RegExp(`Still waiting for approval[^]*${waiting}[^]*stop ${waiting}`));
    expect(readData(body, 'run.stop')?.runId).toBe(waiting);
    await untilCard(runId, /■ Stopped/);
    expect((await bot.untilSaid(new RegExp(`Waiting for approval[^]*${waiting}`))).text).toContain(
      'May approve',
    );
    expect(bot.failed.size).toBe(0);
    await bot.click('run.stop', { runId: waiting, digest: '' }, alex);
    await bot.untilSaid(new RegExp(`■ Stopped[^]*${waiting}[^]*Withdrawn`));
  }, 120_000);

  test('of two runs by their names stops both', async () => {
    const [one, other] = [await propose(), await propose()];
    await bot.say(`stop ${one} ${other}`, robin);
    for (const runId of [one, other])
      expect(await bot.untilSaid(new RegExp(`■ Stopped[^]*${runId}[^]*Withdrawn`))).toBeDefined();
  }, 60_000);

  test('that Azure refuses is told at once to proposer and approver, and goes on until Azure accepts', async () => {
    const runId = await injectFault();
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
    expect(mentioned(alert)).toEqual([alex.aadObjectId, priya.aadObjectId]);
    await untilCard(runId, /Azure has not accepted the stop/);
    await bot.azure.until(cancel, cancels + 3);
    const tries = bot.azure.find(cancel).slice(cancels);
    expect((tries[2]?.at ?? 0) - (tries[0]?.at ?? 0)).toBeGreaterThanOrEqual(2_500);
    const alerts = saidAfter(said).filter(({ text }) => text.includes('Azure refused to end'));
    expect(alerts).toHaveLength(1);
    bot.azure.heal();
    const accepted = await bot.untilSaid(/Azure accepted the stop/, 60_000);
    expect(mentioned(accepted)).toEqual([alex.aadObjectId, priya.aadObjectId]);
    await untilCard(runId, /■ Stopped/);
    await bot.say(`audit ${runId}`);
    const { text } = await bot.untilSaid(/cancel-refused/);
    expect(text).toContain('azure-forbidden 403 AuthorizationFailed');
    expect(text).not.toContain(message);
  }, 180_000);

  test('that Azure leaves unanswered is told as well', async () => {
    const runId = await injectFault();
    bot.azure.refuse(cancel, 'hang');
    await bot.say('stop', alex);
    const alert = await bot.untilSaid(/Azure does not answer/);
    expect(alert.text).toContain(runId);
    bot.azure.heal();
    await untilCard(runId, /■ Stopped/);
  }, 120_000);
});
