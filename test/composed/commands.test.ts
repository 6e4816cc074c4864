import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { jonas, tenantId } from '../support/composed/teams.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: ({ experiments }) => {
      Object.assign(experiments['pod-failure'] ?? {}, { duration: '5m' });
    },
  });
});
afterAll(() => bot.close());

let asked = 0;

/** Says something in a conversation of its own; resolves with the answers once there are `count`. */
async function ask(name: string, texts: readonly string[], count = texts.length) {
  const conversation = { id: `19:${name}@thread.tacv2`, tenantId, conversationType: 'channel' };
  // A person of its own, since commands are counted by person.
  const person = {
    aadObjectId: `3333${String(asked).padStart(4, '0')}-0000-4000-8000-000000000001`,
    name,
  };
  asked += 1;
  const which = new RegExp(`^POST .*${encodeURIComponent(conversation.id)}`);
  for (const text of texts) {
    const { status } = await bot.say(text, person, { conversation });
    expect(status).toBe(200);
  }
  await bot.connector.until(which, count);
  return bot
    .said()
    .filter(({ conversationId }) => conversationId === conversation.id)
    .map(({ text }) => text);
}

const start = /POST .*\/start\?/;
const cancel = /POST .*\/cancel\?/;

describe('what people write to stop', () => {
  test('ends the fault in Azure', async () => {
    const [starts, cancels] = [start, cancel].map((which) => bot.azure.find(which).length);
    const runId = await bot.startRun();
    await bot.azure.until(start, (starts ?? 0) + 1);
    await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
    await bot.say(`<at>Chaos Marshal</at> <p><b>pls STOP it!!!</b></p>`, jonas);
    const sent = await bot.azure.until(cancel, (cancels ?? 0) + 1);
    expect(sent.length).toBeGreaterThan(cancels ?? 0);
    await bot.untilSaid(/Stopped by Jonas Berg/);
  });

  test('is answered calmly where nothing runs, with the word that was not understood', async () => {
    const [answer] = await ask('calm', ['stop pod-failure!']);
    expect(answer).toMatch(/Nothing is running here[^]*I didn't understand "pod-failure"/);
  });
});

test('only calls to stop pass the rate limit', async () => {
  const flood = Array.from({ length: 40 }, () => 'summarize stop');
  await ask('flood', [...flood, 'Stop it, please'], 1);
  await bot.untilSaid(/Nothing is running here/);
  // Twenty at once, and one more every two seconds.
  const refused = bot.logged.filter(({ msg }) => msg.startsWith('Too many commands'));
  expect(refused.length).toBeGreaterThan(0);
});

test('long texts are refused by their length, and stop is answered behind them', async () => {
  const long = ['<at', '<at>', 'run x a = ', 'a = ', '"', "='", '&lt;at'].map((piece) =>
    piece.repeat(Math.floor(60_000 / piece.length)),
  );
  const answers = await ask('long', [...long, 'stop']);
  expect(answers.filter((text) => /too long for a command/.test(text)).length).toBe(long.length);
  expect(answers.some((text) => text.includes('Nothing is running here'))).toBe(true);
  expect(answers.join('').length).toBeLessThan(5_000);
});

test('a wrong command is answered with whole commands, the experiment first', async () => {
  const [delay, typo, word] = await ask('wrong', [
    'run network-delay latency=200ms',
    'run pod-failre duration=90s',
    'w'.repeat(1_900),
  ]);
  expect(delay).toMatch(/There is no experiment "network-delay"/);
  expect(delay).not.toMatch(/no parameter/);
  expect(typo).toMatch(/run pod-failure/);
  expect(word).not.toMatch(/w{100}|run pod/);
});

test('mode=fixed value=50% proposes nothing, and a name in capitals does', async () => {
  const [refused] = await ask('amount', ['run pod-failure mode=fixed value=50%']);
  expect(refused).toMatch(/mode=fixed value=5\b[^]*mode=fixed-percent value=50%/);
  const answers = await ask('capitals', ['run POD-FAILURE']);
  expect(answers.join('\n')).toMatch(/Waiting for approval/);
});
