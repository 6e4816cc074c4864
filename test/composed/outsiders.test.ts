import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readData, startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { jonas, priya, tenantId, type TeamsPerson } from '../support/composed/teams.ts';

const otherTenant = '99999999-0000-4000-8000-00000000bbbb';
const members = /\/members\//;
let bot: ComposedBot;
let count = 0;
beforeAll(async () => {
  bot = await startComposedBot();
});
afterAll(() => bot.close());
/** Who was looked up is remembered until the bot is started again. */
beforeEach(async () => {
  bot.connector.heal();
  bot.memberFields.clear();
  await bot.restart();
});

/** A conversation of a test's own. */
const inConversation = () => {
  count += 1;
  const id = `19:outsiders-${count}@thread.tacv2`;
  return { conversation: { id, tenantId, conversationType: 'channel', isGroup: true } };
};

/** Proposes a run in a conversation of its own; gives what its buttons carry. */
async function propose(change: object) {
  await bot.say('run pod-failure', undefined, change);
  const { id } = (change as { conversation: { id: string } }).conversation;
  return until(() => {
    const card = bot.said().findLast((said) => said.conversationId === id);
    return card && readData(card.body, 'run.approve');
  });
}

/** What `find` finds, as soon as it finds something. */
async function until<Found>(find: () => Found | undefined): Promise<Found> {
  for (;;) {
    const found = find();
    if (found) return found;
    await delay(20);
  }
}

/** A slow machine answers the click before Teams has answered; what was decided is told in the conversation. */
const isLate = ({ body }: { readonly body: unknown }) =>
  /being recorded/.test(JSON.stringify(body));

const refused = /Guests and people of other organisations can only stop the runs/;

describe('somebody whom only Teams knows for an outsider', () => {
  test.each([
    ['a guest', { userRole: 'guest' }],
    ['an anonymous participant', { userRole: 'anonymous' }],
    ['a member of another organisation', { tenantId: otherTenant }],
  ])('such as %s may not approve, and may stop', async (_who, fields) => {
    const where = inConversation();
    const data = await propose(where);
    bot.memberFields.set(priya.aadObjectId, fields);
    const answer = await bot.click('run.approve', data, priya, where);
    if (isLate(answer)) await bot.untilSaid(refused);
    else expect(JSON.stringify(answer.body)).toMatch(refused);
    const stop = await bot.click('run.stop', data, priya, where);
    expect(JSON.stringify(stop.body)).toMatch(/Withdrawn/);
    bot.memberFields.clear();
    expect(bot.azure.find(/POST .*\/start\?/)).toEqual([]);
  });

  test.each(['run pod-failure', 'freeze', 'status', 'history', 'audit'])(
    'may not say %s, and is told why',
    async (text) => {
      const where = inConversation();
      const guest: TeamsPerson = {
        aadObjectId: `33333333-0000-4000-8000-0000000000${count + 10}`,
        name: 'Guest',
      };
      bot.memberFields.set(guest.aadObjectId, { userRole: 'guest' });
      await bot.say(text, guest, where);
      const { id } = where.conversation;
      await until(() =>
        bot.said().find((said) => said.conversationId === id && refused.test(said.text)),
      );
      expect(bot.said().filter(({ conversationId }) => conversationId === id)).toHaveLength(1);
    },
  );
});

describe('a guest who opens the run form', () => {
  const guest: TeamsPerson = {
    aadObjectId: '44444444-0000-4000-8000-000000000001',
    name: 'Guest',
  };
  const shown = /only stop the runs of this conversation. Say "stop" to stop them/;

  test.each([
    ['as a dialog', { type: 'invoke', name: 'task/fetch', value: { data: { step: 'choose' } } }],
    ['as a card', { text: '', value: { step: 'choose' } }],
  ])('%s is refused in plain words', async (_how, change) => {
    const where = inConversation();
    bot.memberFields.set(guest.aadObjectId, { userRole: 'guest' });
    const { body } = await bot.deliver(bot.activity(guest, { ...change, ...where }));
    const { id } = where.conversation;
    const text = await until(() => {
      const said = bot.said().find(({ conversationId }) => conversationId === id)?.text;
      return said ?? (body as { task?: { value?: string } } | undefined)?.task?.value;
    });
    expect(text).toMatch(shown);
    expect(text).not.toContain('`');
  });
});

describe('a guest in the conversation of a run', () => {
  test.each([
    ['says stop', () => bot.say('stop', jonas)],
    ['says stop all', () => bot.say('stop all', jonas)],
    ['clicks stop', (data: object) => bot.click('run.stop', data, jonas)],
  ])('stops it who %s', async (_how, stop) => {
    bot.memberFields.set(jonas.aadObjectId, { userRole: 'guest' });
    const runId = await bot.startRun();
    await stop({ runId });
    const ended = new RegExp(`${runId}[^]*Stopped|Stopped[^]*${runId}`, 'i');
    expect((await bot.untilSaid(ended)).text).toContain(runId);
    bot.memberFields.clear();
  });

  test('stops none of another conversation', async () => {
    // In doubt stop stops: where the database takes a moment to answer, as on a busy machine, it is tried again.
    const outcomes: string[] = [];
    while (outcomes.length < 4 && !outcomes.includes('goes on'))
      outcomes.push(await stopFromElsewhere());
    expect(outcomes).toContain('goes on');
  });

  /** What becomes of a run that somebody of another conversation stops in each way. */
  async function stopFromElsewhere(): Promise<'goes on' | 'stopped'> {
    bot.memberFields.set(jonas.aadObjectId, { userRole: 'guest' });
    const runId = await bot.startRun();
    const where = inConversation();
    const { id } = where.conversation;
    const answers = (least: number) =>
      until(() => bot.said().filter(({ conversationId }) => conversationId === id)[least - 1]);
    await bot.say('help', jonas, where);
    await answers(1);
    await bot.say('stop all', jonas, where);
    await answers(2);
    await bot.say(`stop ${runId}`, jonas, where);
    await answers(3);
    await bot.click('run.stop', { runId }, jonas, where);
    await bot.say(`status ${runId}`);
    const { text } = await bot.untilSaid(new RegExp(runId));
    bot.memberFields.clear();
    await bot.say('stop all');
    await bot.untilSaid(new RegExp(`${runId}[^]*Stopped|Stopped[^]*${runId}`, 'i'));
    return /Stopp/.test(text) ? 'stopped' : 'goes on';
  }
});

describe('an approver whom Teams cannot tell of', () => {
  test.each([{ status: 503 }, { status: 404 }, { status: 403 }, { status: 500 }, 'break'] as const)(
    'decides nothing while it answers %j, and may decide afterwards',
    async (mishap) => {
      const where = inConversation();
      const data = await propose(where);
      bot.connector.refuse(members, mishap);
      const answer = await bot.click('run.approve', data, priya, where);
      const unsure = /could not say whether you are a guest/;
      if (isLate(answer)) await bot.untilSaid(unsure);
      else expect(JSON.stringify(answer.body)).toMatch(unsure);
      bot.connector.heal();
      expect(JSON.stringify((await bot.click('run.stop', data, priya, where)).body)).toMatch(
        /Withdrawn/,
      );
      expect(bot.azure.find(/POST .*\/start\?/)).toEqual([]);
    },
  );
});
