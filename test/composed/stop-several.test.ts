import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import { robin } from '../support/composed/long-fault.ts';
import {
  channel,
  countCancels,
  experiments,
  groupChat,
  injectFaultIn,
  otherChannel,
  personalChat,
  startRunIn,
  startSeveralRunsBot,
  toCancelOf,
  toPlace,
  toThread,
  untilShown,
  type ExperimentName,
  type Place,
} from '../support/composed/several-runs.ts';

const [first, second, third] = experiments;
const patienceMs = 240_000;

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startSeveralRunsBot();
});
afterAll(() => bot.close());

/** The cancels that Azure received for each experiment. */
const count = () => experiments.map((experiment) => countCancels(bot, experiment));

/** The live card says that the run was stopped, and a summary of its own was posted. */
async function untilEnded(runId: string): Promise<void> {
  await untilShown(bot, runId, /■ Stopped/);
  await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
}

/** Starts a run in each of these places at once. */
function injectEach(places: readonly Place[]): Promise<string[]> {
  return places.reduce<Promise<string[]>>(async (earlier, place, index) => {
    const runIds = await earlier;
    const runId = await startRunIn(bot, place, experiments[index] as ExperimentName);
    return [...runIds, runId];
  }, Promise.resolve([]));
}

describe('with several runs at once', () => {
  test(
    'stop ends both runs of this conversation with one cancel each, and not that of another',
    async () => {
      const before = count();
      const [here, alsoHere, there] = await injectEach([channel, channel, otherChannel]);
      for (const runId of [here, alsoHere, there])
        await untilShown(bot, runId ?? '', /Fault active/);
      await bot.say('stop', robin, channel);
      const { text } = await bot.untilSaid(/Stopping 2 runs/);
      expect(text).toContain(here);
      expect(text).toContain(alsoHere);
      expect(text).not.toContain(there);
      for (const runId of [here, alsoHere]) await untilEnded(runId ?? '');
      expect(count()).toEqual(before.map((cancels, index) => cancels + (index < 2 ? 1 : 0)));
      await untilShown(bot, there ?? '', /Fault active/);
      await bot.say('stop', robin, otherChannel);
      await untilEnded(there ?? '');
      expect(count()).toEqual(before.map((cancels) => cancels + 1));
    },
    patienceMs,
  );

  test(
    'stop all ends the runs of every conversation, with one cancel each',
    async () => {
      const before = count();
      const runIds = await injectEach([channel, otherChannel, groupChat]);
      for (const runId of runIds) await untilShown(bot, runId, /Fault active/);
      await bot.say('stop all', robin, toPlace('19:third@thread.tacv2', 'channel'));
      const { text } = await bot.untilSaid(/Stopping 3 runs/);
      for (const runId of runIds) expect(text).toContain(runId);
      for (const runId of runIds) await untilEnded(runId);
      expect(count()).toEqual(before.map((cancels) => cancels + 1));
      expect(bot.failed.size).toBe(0);
    },
    patienceMs,
  );
});

/** A private command, as Teams sends it: only the bot is addressed. */
const slash = { recipient: { id: '28:bot', name: 'Chaos Marshal', isTargeted: true } };
const thread = toThread(channel, '1700000000001');
const otherThread = toThread(channel, '1700000000002');

type Call = {
  readonly text: string;
  readonly where: string;
  readonly proposedIn: Place;
  readonly stoppedIn: Place;
  readonly change?: object;
};

describe('a run is stopped by', () => {
  let other: string;
  const runIds: string[] = [];
  beforeAll(async () => {
    other = await injectFaultIn(bot, otherChannel, third);
  });
  afterAll(async () => {
    await bot.say(`stop ${other}`, robin, personalChat);
    await untilEnded(other);
  });

  const group = { proposedIn: groupChat, stoppedIn: groupChat };
  const mention = '<at>Chaos Marshal</at>';
  test.each<Call>([
    { text: 'stop', where: 'a personal chat', proposedIn: personalChat, stoppedIn: personalChat },
    { text: 'STOP!!!', where: 'a group chat', ...group },
    { text: '/chaos stop', where: 'another thread', proposedIn: thread, stoppedIn: otherThread },
    {
      text: `${mention} stop`,
      where: 'the channel itself',
      proposedIn: thread,
      stoppedIn: channel,
    },
    {
      text: `<p>${mention}&nbsp;Stop.</p>`,
      where: 'its thread',
      proposedIn: thread,
      stoppedIn: thread,
    },
    { text: '/stop', where: 'a slash command of a group chat', ...group, change: slash },
    {
      text: 'stop',
      where: 'a slash command in a thread',
      proposedIn: channel,
      stoppedIn: otherThread,
      change: slash,
    },
  ])(
    '$text in $where, which leaves the runs of others alone',
    async ({ text, proposedIn, stoppedIn, change = {} }) => {
      // Two clusters in turn: on each, a run is taken only once the run before is over.
      const experiment = runIds.length % 2 === 0 ? first : second;
      const lastHere = runIds.at(-2);
      if (lastHere !== undefined) await untilEnded(lastHere);
      const [before, others] = [countCancels(bot, experiment), countCancels(bot, third)];
      const runId = await injectFaultIn(bot, proposedIn, experiment);
      runIds.push(runId);
      await bot.say(text, robin, { ...stoppedIn, ...change });
      await bot.azure.until(toCancelOf(experiment), before + 1);
      // The run before, on the other cluster, may still be recovering.
      const answer = await bot.untilSaid(new RegExp(`Stopping \\d runs?[^]*${runId}`));
      expect(answer.conversationId).toBe(stoppedIn.conversation.id);
      await untilShown(bot, runId, /(Fault gone, recovering|■ Stopped)/);
      expect([countCancels(bot, experiment), countCancels(bot, third)]).toEqual([
        before + 1,
        others,
      ]);
      await untilShown(bot, other, /Fault active/);
    },
    patienceMs,
  );

  test(
    'its id in a personal chat, while stop there stops nothing of a channel',
    async () => {
      for (const earlier of runIds.slice(-2)) await untilEnded(earlier);
      const before = countCancels(bot, second);
      const runId = await injectFaultIn(bot, channel, second);
      const alone = toPlace('a:1pAlone', 'personal');
      await bot.say('stop', robin, alone);
      const { text, conversationId } = await bot.untilSaid(/Nothing is running here/);
      expect(conversationId).toBe(alone.conversation.id);
      expect(text).toContain('stop all');
      expect(countCancels(bot, second)).toBe(before);
      await bot.say(`stop ${runId}`, robin, alone);
      await untilEnded(runId);
      expect(countCancels(bot, second)).toBe(before + 1);
    },
    patienceMs,
  );
});
