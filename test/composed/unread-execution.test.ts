import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import type { Mishap } from '../support/composed/front.ts';
import { listMentioned } from '../support/composed/long-fault.ts';
import { hasEnded, until } from '../support/composed/talk.ts';
import { alex, priya } from '../support/composed/teams.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    // A guard that is late on a busy machine would end the fault first.
    catalogue: ({ experiments }) =>
      Object.assign(experiments['pod-failure'] ?? {}, { guards: { lostSight: '5m' } }),
  });
});
afterEach(() => bot.azure.heal());
afterAll(() => bot.close());

const readOfExecution = /GET .*\/executions\/[^/?]+\?/;

/** Lets Azure answer every read of the execution like this as soon as the fault is active; resolves with the id of the run. */
async function refuseReads(mishap: Mishap): Promise<string> {
  const runId = await bot.startRun();
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  bot.azure.refuse(readOfExecution, mishap);
  return runId;
}

const unknownEnd = 'Whether the fault ended as planned is not known';

/** The run ends although nothing more is heard of it, tells it to those who are responsible, and holds nothing. */
async function expectUnknownEnd(runId: string): Promise<string> {
  await until('the end', () => hasEnded(bot, runId), 240_000);
  const { text } = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  expect(text).toContain(unknownEnd);
  expect(text).not.toMatch(/Held/);
  const alert = await bot.untilSaid(
    new RegExp(`End of the fault not confirmed[^]*${runId}[^]*${unknownEnd}`),
  );
  expect(listMentioned(alert)).toEqual(
    expect.arrayContaining([alex.aadObjectId, priya.aadObjectId]),
  );
  expect(bot.failed.size).toBe(0);
  return text;
}

const scope =
  '/subscriptions/5b1c0000-0000-4000-8000-000000000001/resourceGroups/chaos/providers/Microsoft.Chaos/experiments/e';
const forbidden = `The client 'c' with object id '5b1c0000-0000-4000-8000-000000000009' does not have authorization to perform action 'Microsoft.Chaos/experiments/executions/read' over scope '${scope}' or the scope is invalid.`;

describe('a run whose execution can no longer be read', () => {
  test('ends when Azure has lost the execution, and says so from the start', async () => {
    const body = { error: { code: 'ResourceNotFound', message: 'The execution was not found.' } };
    const runId = await refuseReads({ status: 404, body });
    await bot.untilSaid(
      new RegExp(`${runId}[^]*The fault is active[^]*no longer has the execution`),
    );
    await bot.say('health');
    await bot.untilSaid(new RegExp(`execution of ${runId}[^]*no longer has the execution`));
    const summary = await expectUnknownEnd(runId);
    expect(summary).toContain('Find out who deleted the experiment');
  }, 400_000);

  test('ends when the bot may not read it, and names the missing role', async () => {
    const body = { error: { code: 'AuthorizationFailed', message: forbidden } };
    const runId = await refuseReads({ status: 403, body });
    const role = 'Chaos Studio Experiment Contributor';
    await bot.untilSaid(
      new RegExp(`${runId}[^]*The fault is active[^]*does not let the bot read[^]*${role}`),
    );
    await bot.say('health');
    await bot.untilSaid(
      new RegExp(`execution of ${runId}[^]*does not let the bot read[^]*${role}`),
    );
    const summary = await expectUnknownEnd(runId);
    expect(summary).toContain(role);
  }, 400_000);

  test('ends when Azure answers nothing but errors for the rest of it', async () => {
    const runId = await refuseReads({ status: 503 });
    await bot.untilSaid(
      new RegExp(`${runId}[^]*The fault is active[^]*does not answer requests to read`),
    );
    await expectUnknownEnd(runId);
  }, 400_000);
});

test('a throttled read is not repeated before Retry-After is over, and the run ends by what Azure says then', async () => {
  const retryAfterMs = 12_000;
  const runId = await refuseReads({
    status: 429,
    body: { error: { code: 'TooManyRequests', message: 'Try again later.' } },
    headers: { 'retry-after': String(retryAfterMs / 1_000) },
  });
  const [first] = await bot.azure.until(readOfExecution, reads() + 1).then((all) => all.slice(-1));
  await bot.untilSaid(
    new RegExp(`${runId}[^]*The fault is active[^]*allows no more requests to read`),
  );
  const [next] = await bot.azure
    .until(readOfExecution, reads() + 1)
    .then((all) => all.slice(all.findIndex((one) => one === first) + 1));
  expect((next?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(retryAfterMs - 500);
  bot.azure.heal();
  const { text } = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 240_000);
  expect(text).not.toContain(unknownEnd);
}, 400_000);

const reads = () => bot.azure.find(readOfExecution).length;
