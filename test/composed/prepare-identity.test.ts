import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { clusterResourceId } from '../support/composed/world.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot();
});
afterAll(() => bot.close());

const start = /POST .*\/start\?/;
const warning = /does not exist in Azure yet/;

test('the first proposal says that the identity has no roles, and preparing shows how to grant them', async () => {
  await bot.say('run pod-failure');
  const proposal = await bot.untilSaid(/pod-failure, one pod/);
  expect(proposal.text).toMatch(warning);
  await bot.say('stop');

  await bot.say('experiments prepare pod-failure');
  const prepared = await bot.untilSaid(/Prepared: chaos/);
  const [command] = /az role assignment create [^\n]+/.exec(prepared.text) ?? [];
  expect(command?.replaceAll('\\', '')).toMatch(
    new RegExp(
      `^az role assignment create --assignee-object-id [0-9a-f-]{36} --assignee-principal-type ServicePrincipal --role "Azure Kubernetes Service RBAC Admin" --scope "${clusterResourceId}"$`,
    ),
  );
  expect(bot.azure.find(start)).toHaveLength(0);
  expect(bot.logged.some(({ by, created }) => Boolean(by) && created === true)).toBe(true);

  const runId = await bot.startRun();
  const card = bot.said().find(({ text }) => text.includes(runId));
  expect(card?.text).not.toMatch(warning);
  await bot.untilSaid(new RegExp(`Summary of run ${runId}\\. Held`), 90_000);
  expect(bot.azure.find(start)).toHaveLength(1);
});
