import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readData, startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { robin } from '../support/composed/long-fault.ts';
import { hasEnded, openTalk, toRefusal, until, type Talk } from '../support/composed/talk.ts';
import { alex, jonas } from '../support/composed/teams.ts';

const summary = /^Summary · /m;
const summaryTitle = /Summary · /;
const card = /^Worst case$/m;
/** Far longer than the test lasts. */
const retryAfterSeconds = 600;

let bot: ComposedBot;
let refused: Talk;
let throttled: Talk;
let proposed: Talk;
let startsBefore = 0;

/**
 * Teams refuses a proposal and everything about one run, which somebody stops without permission, and throttles the summary of another run for longer
 * than the test lasts. Then the bot ends and is started again.
 */
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: (catalogue) => {
      Object.assign(catalogue.experiments['pod-failure'] ?? {}, { duration: '10s' });
      catalogue['roles'] = {
        lead: { people: [{ id: jonas.aadObjectId, name: jonas.name }] },
      };
      catalogue['access'] = { stop: ['lead'] };
    },
  });
  refused = openTalk(bot, 'refused');
  throttled = openTalk(bot, 'throttled');
  proposed = openTalk(bot, 'proposed');
  proposed.refuseAll(toRefusal(503));
  await bot.say('run pod-failure', alex, proposed.change);
  await conduct(refused, async () => {
    refused.refuseAll(toRefusal(503));
    await bot.say('stop', robin, refused.change);
  });
  await conduct(throttled, () => throttled.throttle(retryAfterSeconds));
  await until('a summary', () => throttled.asked('POST', summaryTitle).length > 0);
  await until('a proposal', () => proposed.asked('POST').length > 0);
  startsBefore = bot.azure.find('/start?').length;
  await bot.restart();
  await until('what was throttled', () => throttled.said(summary).length > 0);
  await Promise.all([refused, proposed].map(untilRefused));
  bot.connector.heal();
  await until('the rest', () =>
    [refused.said(summary), refused.said(/■ Stopped/), proposed.said(card)].every(
      ({ length }) => length > 0,
    ),
  );
  await until('the stop', () => refused.said(/Stopped without permission/).length > 0);
}, 300_000);
afterAll(() => bot.close());

/** Conducts a run to its end; something happens while its fault is active. */
async function conduct(talk: Talk, meanwhile: () => void | Promise<void>): Promise<void> {
  const runId = await talk.startRun();
  await until('a fault', () => bot.failed.size > 0);
  await meanwhile();
  await until(`the end of ${runId}`, () => hasEnded(bot, runId));
}

/** Teams refuses what is said after the restart, too. */
async function untilRefused(talk: Talk): Promise<void> {
  const count = () => talk.asked('POST').length + talk.asked('PUT').length;
  const before = count();
  await until('another refusal', () => count() > before);
}

describe('after a restart', () => {
  test.each([
    ['refused', /■ Stopped/],
    ['throttled', /✔ Held/],
  ])('the summary of a run is said once, and its card is up to date (%s)', (name, state) => {
    const talk = name === 'refused' ? refused : throttled;
    expect(talk.said(summary)).toHaveLength(1);
    expect(talk.said(card)).toHaveLength(1);
    expect(talk.said(card)[0]?.text).toMatch(state);
  });

  test('a stop without permission is told once', () => {
    expect(refused.said(/Stopped without permission/)).toHaveLength(1);
  });

  test('a summary that waited for as long as Teams had asked is said at once', () => {
    const statuses = throttled.asked('POST', summaryTitle).map(({ status }) => status);
    expect(statuses).toEqual([429, 201]);
  });

  test('a proposal that nobody has seen is posted once, and can be approved', () => {
    expect(proposed.said(card)).toHaveLength(1);
    expect(readData(proposed.said(card)[0]?.body, 'run.approve')).toBeDefined();
  });

  test('no fault is started again', () => {
    expect(bot.azure.find('/start?')).toHaveLength(startsBefore);
  });
});
