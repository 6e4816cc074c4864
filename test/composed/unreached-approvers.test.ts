import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readData, startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { alex, jonas, priya, tenantId } from '../support/composed/teams.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot();
});
afterAll(() => bot.close());

const askEither = `${priya.name} or ${jonas.name}`;
const chat = (id: string, conversationType: string) => ({
  conversation: { id, tenantId, conversationType },
});

/** The card of the proposal in a conversation. */
async function propose(id: string, conversationType: string) {
  await bot.say('run pod-failure', alex, chat(id, conversationType));
  await bot.connector.until(new RegExp(`POST .*${id}/activities`));
  for (;;) {
    await bot.untilSaid(/Waiting for approval/);
    const card = bot.said().find(({ conversationId }) => conversationId === id);
    if (card) return card;
  }
}

test('a proposal in a personal chat says that nobody can approve it there, and whom to ask', async () => {
  const { text } = await propose('a-personal', 'personal');
  expect(text).toMatch(/Nobody else sees this personal chat, so nobody can approve here/);
  expect(text).toContain(askEither);
});

test('a proposal where no approver is a member says so, also to the proposer, and whom to ask', async () => {
  for (const { aadObjectId } of [priya, jonas]) bot.absent.add(aadObjectId);
  const { text, body } = await propose('a-lonely', 'channel');
  bot.absent.clear();
  expect(text).toMatch(/No approver is a member of this conversation/);
  expect(text).toContain(askEither);
  const mine = await bot.click('run.refresh', readData(body, 'run.approve') ?? {}, alex);
  expect(JSON.stringify(mine.body)).toContain('No approver is a member of this conversation');
});

test('nothing of the kind is said where an approver is a member, or where Teams does not say', async () => {
  bot.absent.add(jonas.aadObjectId);
  expect((await propose('a-shared', 'channel')).text).not.toMatch(/No approver is a member/);
  bot.connector.refuse('/members/', { status: 403 });
  expect((await propose('a-closed', 'channel')).text).not.toMatch(/No approver is a member/);
  bot.connector.heal();
  bot.absent.clear();
});
